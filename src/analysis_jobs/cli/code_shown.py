"""How commands show in which files two versions of code differ."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import typer

from analysis_jobs.cli.tables import many_lines, say
from analysis_jobs.documents import CodeIdentity
from analysis_jobs.results.job_code import FileDifference, JobCode, file_differences, same_code
from analysis_jobs.wording import plural


def say_code(a: JobCode, b: JobCode, *, stat: bool) -> None:
    """Say in which files code A and code B differ, and the lines; with `stat` only how many."""
    differences = _differences(a, b)
    for line in _lines_of_code(a, b, differences):
        say(line)
    for difference in differences or []:
        change = f"+{difference.added} -{difference.removed}"
        say(f"  {difference.change:9}  {difference.file}  {change}")
    for difference in [] if stat else differences or []:
        if difference.diff:  # there is none of an empty file that came or went
            typer.echo(many_lines(difference.diff))


def json_of_code(a: JobCode, b: JobCode, *, stat: bool) -> dict[str, Any]:
    """Return the same for programs; `files` is null where the files of one are not to be had."""
    differences = _differences(a, b)
    left_out = {"diff"} if stat else set()
    files = [{name: value for name, value in asdict(one).items() if name not in left_out} for one in differences or []]
    sides = {name: {"digest": side.digest, "why": side.why or None} for name, side in (("a", a), ("b", b))}
    return {**sides, "same": same_code(a, b), "files": None if differences is None else files}


def identity_lines(same: dict[CodeIdentity, bool]) -> Iterator[str]:
    """Yield for each identity whether by it an edit computes jobs again."""
    for identity, is_same in same.items():
        default = ", the default" if identity == "files" else ""
        what = "the same code, so no job runs again" if is_same else "other code, so jobs run again"
        yield f"by --code_identity {identity}{default}: {what}"


def _differences(a: JobCode, b: JobCode) -> list[FileDifference] | None:
    return file_differences(a.archived, b.archived) if a.archived and b.archived else None


def _lines_of_code(a: JobCode, b: JobCode, differences: list[FileDifference] | None) -> Iterator[str]:
    if differences:
        yield f"code: {plural(len(differences), 'file')} of it {'differs' if len(differences) == 1 else 'differ'}"
    elif differences == [] or same_code(a, b).get("files"):
        yield "code: the same files"
    else:
        is_known = a.digest and b.digest
        yield f"code: {'it differs, and in which files' if is_known else 'whether its files differ'} is not known"
        yield from (f"  {name}: {side.why}" for name, side in (("A", a), ("B", b)) if side.why)
    yield from (f"  {line}" for line in identity_lines(same_code(a, b)))
