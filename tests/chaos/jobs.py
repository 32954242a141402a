"""Job files of a lab, by what becomes of their jobs, and the state that each must have in the end."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

WEIGHTS = {"good": 6, "slow": 3, "large": 2, "flaky": 1, "fails": 1, "empty": 1, "dies": 1, "invalid": 1}
DEATHS = ("SIGSEGV", "SIGKILL", "SIGTERM", "SIGABRT")
INVALID = (
    "{",
    "[]",
    '{"s3_loc": ["a"]}',
    '{"s3_location": [" "]}',
    '{"s3_location": []}',
    '{"s3_location": ["a"], "s3_location": ["b"]}',
    '{"s3_location": ["a"], "distributed_parameters": {"no_such": 1}}',
)
DONE = ("good", "slow", "large", "flaky")  # in the end


@dataclass(frozen=True)
class JobFile:
    """A file: its path within the jobs folder, its kind, the input whose name its job goes by, and its text."""

    path: str
    kind: str
    name: str
    text: str

    def write(self, jobs: Path) -> None:
        target = jobs / self.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self.text)


def draw_job_files(random: Random, before: Sequence[JobFile] = ()) -> tuple[JobFile, ...]:
    """Return some job files, beside those before, some of which have the job of another one."""
    first = len(before)
    files = [_draw_file(random, first + number) for number in range(random.randint(2, 6))]
    jobs = [file for file in (*before, *files) if file.kind != "invalid"]
    repeated = [random.choice(jobs) for _ in range(random.randint(0, 2)) if jobs]
    repeats = [
        JobFile(_path(random, f"again {first + number}"), file.kind, file.name, _text(random, file.name))
        for number, file in enumerate(repeated)
    ]
    return (*files, *repeats)


def _draw_file(random: Random, number: int) -> JobFile:
    kind = random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    name = f"dies {random.choice(DEATHS)} {number}" if kind == "dies" else f"{kind} {number}"
    text = random.choice(INVALID) if kind == "invalid" else _text(random, name)
    return JobFile(_path(random, name), kind, name, text)


def _path(random: Random, name: str) -> str:
    """Return a name at the top, or in a folder whose files are to be one batch."""
    return f"{random.choice(('', '', 'together/'))}{name}.json"


def _text(random: Random, name: str) -> str:
    """Return a job by one of the spellings that are the same job."""
    inputs = [name, random.choice((f"{name} more", f"{name} more/"))]
    random.shuffle(inputs)
    ids = [str(random.randrange(1000)) for _ in inputs]
    return json.dumps({"s3_location": inputs, "asset_id": ids})


def expected_states(kind: str, launch: int) -> set[str]:
    """Return what a job of a kind may be after the first (0) or a later quiet launch."""
    if kind == "flaky" and launch == 0:
        return {"done", "failed"}  # it may never have run before
    if kind in DONE:
        return {"done"}
    return {"failed"} if kind in ("fails", "dies") else {kind}


def possible_states(kind: str) -> set[str]:
    """Return what a job of a kind may be after a launch that something was done to."""
    if kind == "invalid":
        return {"invalid"}
    return {"failed", "claimed"} | ({"done"} if kind in DONE else {kind} & {"empty"})


def names_of_kind(files: Sequence[JobFile], kinds: Sequence[str]) -> set[str]:
    return {file.name for file in files if file.kind in kinds}


def wrong_states(
    files: Sequence[JobFile], rows: Sequence[Mapping[str, str]], states: Mapping[str, set[str]]
) -> list[str]:
    """Return what is wrong with the rows of ``jobs.tsv``: a line for each file, once, with a state that may be.

    Parameters
    ----------
    files
        What was to be accounted for.
    rows
        The account.
    states
        By kind those that may be.
    """
    found = sorted(row["file"] for row in rows)
    if found != sorted(file.path for file in files):
        return [f"jobs.tsv has lines of {found}, and the job files are {sorted(file.path for file in files)}"]
    by_path = {row["file"]: row for row in rows}
    wrong = []
    for name in {file.name: None for file in files}:
        same = [file for file in files if file.name == name]
        said = [by_path[file.path] for file in same]
        first = [row for row in said if row["state"] != "repeat"]
        if len(first) != 1 or first[0]["state"] not in states[same[0].kind] or len({row["key"] for row in said}) != 1:
            lines = [(row["file"], row["state"], row["reason"], row["key"]) for row in said]
            wrong.append(f"{name} is to be once of {sorted(states[same[0].kind])}, and is {lines}")
    return wrong
