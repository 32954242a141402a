"""The forms of the notes of a record: what each says, in which words, and when it is there."""

import re
from typing import NamedTuple


class NoteForm(NamedTuple):
    """One note of a record.

    Attributes
    ----------
    text
        Its words, with the names of its values in braces.
    means
        What it says.
    there
        When it is there.
    """

    text: str
    means: str
    there: str = "always"


# In the order of the notes. Readers find a note by how it begins, so a form that has been written once stays.
FORMS = {
    "code": NoteForm("code {code}", "identity of the code, as in the key"),
    "source": NoteForm(
        "source files sha256:{digest}", "digest of the source files", "where the identity of the code is another"
    ),
    "commit": NoteForm("git commit {commit}{changes}", "commit of the code at the launch", "in a checkout of git"),
    "pushed": NoteForm("{pushed}", "whether a remote branch had that commit", "in a checkout of git"),
    "subject": NoteForm("subject {subject}", "whose the recording is", "where it is known"),
    "acquired": NoteForm("acquired {time}", "when the recording was acquired", "where it is known"),
    "sources": NoteForm(
        "made from the results {keys}", "keys of the results that the job is made from", "of a job over results"
    ),
    "query": NoteForm(
        "query used to find the data assets: {query}", "the dispatcher's query", "where the job file has one"
    ),
    "run": NoteForm(
        "attempt {attempt}, Nextflow run {run_name}", "which attempt at the job this is, and the launch's name"
    ),
    "host": NoteForm("host {host}", "machine or container that the job ran in"),
    "executor": NoteForm("executor {executor}{job}", "what started the task, and its job there", "where it is known"),
    "container": NoteForm("in a container of {engine}", "engine of the container", "in a container"),
    "pickles": NoteForm(
        "pickled objects in recordings allowed", "that recordings could run programs", "with --allow_pickle"
    ),
    "environment": NoteForm(
        "environment {kind}{declared}, sha256:{digest}",
        "which environment the analysis ran in, what declared it, and the digest of its packages",
        "except in results of older versions",
    ),
    "packages": NoteForm(
        "packages {packages}", "packages of that environment", "unless it is the one that was active"
    ),
    "input": NoteForm(
        "input {identity}", "what an input was when the job began, a note for each", "where inputs are looked at"
    ),
    "time": NoteForm("{seconds} s, {cpu_seconds} s of CPU", "how long the analysis took, and its time on processors"),
    "asked": NoteForm("asked {resources}", "what the task asked for", "where Nextflow tells"),
    "again": NoteForm(
        "attempt {attempt} of its task", "which attempt at the task this is, within a launch", "from the second on"
    ),
    "bytes_read": NoteForm("read {bytes} bytes", "what it read", "on Linux"),
    "bytes_written": NoteForm("wrote {bytes} bytes", "what it wrote", "on Linux"),
    "storage_bytes_read": NoteForm(
        "{bytes} bytes from storage", "what of it a disk or file server delivered", "on Linux"
    ),
    "storage_bytes_written": NoteForm("{bytes} bytes to storage", "what of it a disk or file server took", "on Linux"),
    "fetched_bytes": NoteForm(
        "fetched {bytes} bytes of remote files", "what open_nwb fetched of remote HDF5 files", "where it did"
    ),
    "cost": NoteForm("cost {cost} at {price} per hour", "what the job cost", "with --price_per_hour"),
    "code_ocean": NoteForm(
        "Code Ocean {what} {value}", "capsule, commit, image, pipeline, computation and user, a note for each",
        "on Code Ocean",
    ),
}  # fmt: skip
_PUSHED = {True: "pushed", False: "not pushed to any known remote"}
# What values look like, of those that are not any text
_VALUES = {
    "digest": "[0-9a-f]+",
    "commit": "[0-9a-f]+",
    "changes": "( with uncommitted changes)?",
    "pushed": "|".join(_PUSHED.values()),
    "attempt": "[0-9]+",
    "bytes": "[0-9]+",
    "job": "(, job .+)?",
    "kind": "(active|auto|path)",
    "declared": "( of .+)?",
    **dict.fromkeys(("seconds", "cpu_seconds", "cost", "price"), r"[0-9.]+(e[+-][0-9]+)?"),
}


def note(name: str, **values: object) -> str:
    """Return a note of a form, with these values."""
    return FORMS[name].text.format(**values)


def begin_of(name: str) -> str:
    """Return how a note of a form begins, up to its first value."""
    return FORMS[name].text.partition("{")[0]


def pushed_note(pushed: bool) -> str:
    """Return the note that says whether a remote has the commit."""
    return note("pushed", pushed=_PUSHED[pushed])


def pattern_of(name: str) -> str:
    """Return a regular expression, of JSON Schema and of Python, for the whole of a note of a form."""
    literal, *rest = re.split(r"\{(\w+)\}", FORMS[name].text)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    text = literal + "".join(f"({_VALUES.get(value, '.+')}){after}" for value, after in pairs)
    return f"^{text}$"
