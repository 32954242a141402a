"""What the pipeline promises, held against what there is: each check returns what is wrong, in sentences."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from support.lab import Ended, outputs_of

from chaos.jobs import DONE, JobFile, expected_states, names_of_kind, possible_states, wrong_states
from chaos.plan import Round

WITHOUT_RESULT = {"failed", "gave_up", "invalid"}
# By kind how many files are published of a job, beside its log
FILES = {"good": 3, "flaky": 2, "slow": 3, "large": 2}
LOG = "analysis.log"
Manifests = Mapping[str, Mapping[str, Any]]


def wrong_account(files: Sequence[JobFile], ended: Ended, launch: int) -> list[str]:
    """Return what is wrong with the account and the exit status of a quiet launch, the first (0) or a later one."""
    states = {file.kind: expected_states(file.kind, launch) for file in files}
    return wrong_states(files, ended.rows, states) + _wrong_status(ended)


def wrong_account_in_chaos(files: Sequence[JobFile], ended: Ended) -> list[str]:
    """Return what is wrong with that of a launch which ended by itself, whatever was done to its tasks and services."""
    if not ended.rows:
        return [] if ended.returncode else ["a launch ended with 0, and has no jobs.tsv"]
    states = {file.kind: possible_states(file.kind) for file in files}
    return wrong_states(files, ended.rows, states) + _wrong_status(ended)


def _wrong_status(ended: Ended) -> list[str]:
    """A launch whose jobs all have a result may still say that something of it died; never the other way."""
    without = sorted(row["file"] for row in ended.rows if row["state"] in WITHOUT_RESULT)
    return [f"a launch ended with 0 although {without} have no result"] if without and not ended.returncode else []


def names_by_key(files: Sequence[JobFile], rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the names of jobs by their keys, which an account has."""
    names = {file.path: file.name for file in files}
    return {row["key"]: names[row["file"]] for row in rows if row["key"]}


def wrong_runs(
    before: Mapping[int, set[str]], runs: Iterable[Mapping[str, Any]], removed: Mapping[int, set[str]]
) -> list[str]:
    """Return the jobs that were run although they had a record.

    Parameters
    ----------
    before
        By launch the names of the jobs that had a record when it began.
    runs
        What the analyses noted.
    removed
        By launch the names of the jobs that somebody began to remove since it began, which may be run again.
    """
    return [
        f"{run['name']} was run by launch {run['launch']} although it had a record before that"
        for run in runs
        if run["name"] in before.get(run["launch"], set()) - removed.get(run["launch"], set())
    ]


def wrong_repeats(files: Sequence[JobFile], launches: set[int], runs: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the jobs that launches ran more than once together, of those which end well, though nothing was done."""
    times = Counter(run["name"] for run in runs if run["launch"] in launches)
    well = names_of_kind(files, ("good", "slow", "large", "empty"))
    return [
        f"{name} was run {count} times in a calm time" for name, count in times.items() if count > 1 and name in well
    ]


def wrong_results(
    files: Sequence[JobFile], rows: Sequence[Mapping[str, str]], published: Manifests, records: Manifests
) -> list[str]:
    """Return what is wrong with what is published and recorded: one of each for each job that is done, and whole.

    `published` are manifests by whose sums and sizes all there is was checked.
    """
    kinds = {row["key"]: file.kind for row in rows for file in files if file.path == row["file"] and file.kind in DONE}
    wrong = [
        f"{what} are of {sorted(found)}, and done are {sorted(kinds)}"
        for what, found in (("results", published), ("records", records))
        if found.keys() != kinds.keys()
    ]
    if wrong:
        return wrong
    return [
        f"{key}: {said}" for key, kind in kinds.items() for said in _wrong_result(kind, published[key], records[key])
    ]


def _wrong_result(kind: str, manifest: Mapping[str, Any], record: Mapping[str, Any]) -> list[str]:
    run = manifest["outputs"]["run"]
    wrong = []
    if record["location"] != manifest["location"]:
        wrong.append(f"its record says {record['location']}, its manifest {manifest['location']}")
    if outputs_of(record) != manifest["outputs"]:
        wrong.append(f"its record has the outputs {outputs_of(record)}, its manifest {manifest['outputs']}")
    lines = {line["path"]: line for line in manifest["files"] if line["path"] != LOG}
    if len(lines) != FILES[kind] or len(lines) + 1 != len(manifest["files"]):
        wrong.append(f"it has the files {[line['path'] for line in manifest['files']]}")
    wrong += [f"{path} is not whole, or of another run than {run}" for path in lines if not _is_of(lines[path], run)]
    return wrong


def _is_of(line: Mapping[str, Any], run: str) -> bool:
    """Return whether a file's every line is its own name, which has the run in it."""
    text = f"{line['path']}\n".encode()
    count = line["size"] // len(text)
    return f"of run {run}." in line["path"] and hashlib.sha256(text * count).hexdigest() == line["sha256"]


def findings_allowed(plan: Round) -> set[str]:
    """Return the kinds of what `fsck` may find before its repair: left by attempts that died, or by damages."""
    damaged = {one.kind for phase in plan.phases for one in phase.damages}
    dead = any(not phase.is_calm for phase in plan.phases)
    leftovers = {"leftovers"} if dead or "leftovers" in damaged else set()
    killed = any(action.dies is not None for phase in plan.phases for action in phase.actions)
    half = {"half forgotten"} if killed else set()
    return leftovers | half | ({"no record beside the files"} if "record beside the files" in damaged else set())


def wrong_findings(said: str, allowed: set[str]) -> list[str]:
    """Return what `fsck --json` found, but for kinds that are allowed, and what is young or not ours."""
    found = [one for line in said.splitlines() if not (one := json.loads(line))["harmless"]]
    return [f"fsck: {one['key']}: {one['kind']}: {one['detail']}" for one in found if one["kind"] not in allowed]


def leaks(folder: Path, elsewhere: Iterable[bytes], secrets: Mapping[str, str]) -> list[str]:
    """Return where planted secrets are: in the files of a folder, or in what is kept elsewhere."""
    found = [
        f"the secret {name} is in {path}"
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
        for name in _secrets_in(path.read_bytes(), secrets)
    ]
    kept = {name for content in elsewhere for name in _secrets_in(content, secrets)}
    return found + [f"the secret {name} is in the bucket or the store" for name in sorted(kept)]


def _secrets_in(content: bytes, secrets: Mapping[str, str]) -> list[str]:
    return [name for name, secret in secrets.items() if secret.encode() in content]
