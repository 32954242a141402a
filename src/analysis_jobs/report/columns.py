"""The columns of ``jobs.tsv``: their names in order, what each says, and the form of its cells."""

from typing import Literal, NamedTuple, get_args

from analysis_jobs.documents import Decision

RowState = Literal["done", "empty", "failed", "gave_up", "invalid", "not_started", "claimed", "repeat"]
STATES: tuple[RowState, ...] = get_args(RowState)
# States of jobs that have no result and want somebody's attention: they make the run's exit status 1.
WITHOUT_RESULT: tuple[RowState, ...] = ("failed", "gave_up", "invalid")


class Column(NamedTuple):
    """A column: its name, what it says, and a regular expression for the whole of its cells."""

    name: str
    means: str
    form: str = ".*"


_NUMBER = r"\d+(\.\d+)?(e[+-]?\d+)?"
_ACCOUNT = (
    Column("file", "job file, which has a line for each of its parameter sets", ".+"),
    Column("key", "what the job is known by, or empty where the file is not a job", "([0-9a-f]{64})?"),
    Column("state", "what became of the job", "|".join(STATES)),
    Column("reason", "why, in words", ".+"),
    Column("attempt", "how often it was tried, this time included, or empty where it was not", r"\d*"),
    Column("seconds", "seconds that the analysis took, or empty where that is not known", f"({_NUMBER})?"),
    Column("location", "folder or s3:// URL of the results, or empty where there are none"),
)
_OF_RECORDING = (
    Column("label", "what people call the job: the recording, and the parameters in which jobs differ"),
    Column("subject", "whose the recording is, or empty where that is not known"),
    Column("acquired", "when the recording was acquired, ISO 8601, or empty where that is not known"),
    Column("inputs", "locations that were analysed, with ', ' between them"),
)
EVERY = (*_ACCOUNT, *_OF_RECORDING)
COLUMNS = tuple(column.name for column in _ACCOUNT)
# What follows them, before parameters and outputs
OF_RECORDING = tuple(column.name for column in _OF_RECORDING)
# How the names begin of the columns behind these, and what those say
OF_VALUES = {
    "parameters.": "value of a parameter that is not the same in all jobs, a list as JSON",
    "outputs.": "value of an output that is not a list",
}


def state_of(decision: Decision) -> str:
    """Return the state of a job that is not to run: that is decided already."""
    return decision.get("state", decision["decision"])
