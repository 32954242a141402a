"""Commands for who writes an analysis: `new`, `try` and `check`."""

import bdb
import contextlib
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis_jobs.authoring.new import Template
from analysis_jobs.cli.app import WRITING, app
from analysis_jobs.cli.options import AsJson
from analysis_jobs.process import EXIT_INVALID
from analysis_jobs.wording import size_text

if TYPE_CHECKING:
    from analysis_jobs.authoring.check import Report
    from analysis_jobs.authoring.trial import Trial

WhichAnalysis = Annotated[str, typer.Argument(help="a Python file, a folder, or the name of an installed module")]
Parameters = Annotated[Path | None, typer.Option(help="parameters file, as the pipeline's --parameters")]


@app.command(rich_help_panel=WRITING)
def new(
    folder: Annotated[Path, typer.Argument(help="where to make it; its last part is the name of the analysis")],
    template: Annotated[Template, typer.Option("--from", help="what to start from")] = "table",
) -> None:
    """Make a folder with an analysis, its parameters, a test and an example job, which runs at once."""
    from analysis_jobs.authoring.new import create

    for path in create(folder, template):
        typer.echo(path)
    command = shlex.join(["analysis-jobs", "try", str(folder), "--job", str(folder / "jobs" / "example.json")])
    typer.echo(f"\ntry it:  {command}")
    typer.echo(f"{folder / 'README.md'} tells how to check, test and run it")


@app.command("try", rich_help_panel=WRITING)
def try_one(
    analysis: WhichAnalysis,
    job: Annotated[Path, typer.Option(help="job file")],
    parameters: Parameters = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="one parameter; may be repeated")
    ] = None,
    results: Annotated[Path | None, typer.Option(help="folder for the files; default a fresh one")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="open Python's debugger where the analysis fails")] = False,
    as_json: AsJson = False,
) -> None:
    """Run an analysis on one job, in the open, and show what came out; nothing is published or recorded."""
    from analysis_jobs.authoring.trial import prepare_trials

    on_failure = _debugger if debug else _tell
    failed = False
    with _only_ours_on_stdout(as_json) as say:
        for trial in prepare_trials(analysis, job, results, parameters, assignments or []):
            if before := len(trial.files()):
                typer.echo(f"files that were in {trial.results} before ({before}) are listed as well", err=True)
            found = _found(trial, trial.outcome(on_failure))
            failed |= found["state"] == "failed"
            say(json.dumps(found) if as_json else _in_words(found))
    if failed:
        raise typer.Exit(1)


@app.command(rich_help_panel=WRITING)
def check(analysis: WhichAnalysis, parameters: Parameters = None, as_json: AsJson = False) -> None:
    """Load an analysis as jobs do, and list everything that is wrong with it."""
    from analysis_jobs.authoring.check import check_analysis

    with _only_ours_on_stdout(as_json) as say:
        report = check_analysis(analysis, parameters)
        say(json.dumps(report.as_json()) if as_json else "\n".join(_report_lines(report)))
    if report.wrong:
        raise typer.Exit(EXIT_INVALID)


@contextlib.contextmanager
def _only_ours_on_stdout(wanted: bool) -> Iterator[Callable[[str], object]]:
    """Yield what prints our lines; what the analysis and its programs print goes to standard error meanwhile."""
    if not wanted:
        yield typer.echo
        return
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w") as ours:
        os.dup2(2, 1)
        try:
            yield lambda line: print(line, file=ours, flush=True)
        finally:
            sys.stdout.flush()
            os.dup2(ours.fileno(), 1)


def _tell(error: BaseException, traceback: str) -> None:
    if isinstance(error, bdb.BdbQuit):  # of a breakpoint() in the analysis
        raise typer.Exit(1)
    typer.echo(traceback, err=True)


def _debugger(error: BaseException, traceback: str) -> None:
    import pdb

    from analysis_jobs.stages.analyze.job import user_frames

    _tell(error, traceback)
    if frames := user_frames(error):
        typer.echo("the debugger is where it failed: `up` and `down` walk the calls, `p NAME` shows a value, `q` ends")
        pdb.post_mortem(frames)


def _found(trial: "Trial", outcome: Mapping[str, Any]) -> dict[str, Any]:
    names = ("state", "outputs", "reason", "error", "seconds", "peak_memory_bytes", "key")
    return {
        "inputs": trial.job.inputs,
        "parameters": trial.keyed.parts["parameters"],
        **{name: outcome[name] for name in names if name in outcome},
        "files": [{"path": name, "size": size} for name, size in trial.files().items()],
        "results": str(trial.results),
    }


def _in_words(found: Mapping[str, Any]) -> str:
    error, outputs = found.get("error", {}), json.dumps(found.get("outputs"), indent=2)
    why = f": {error['type']}: {error['message']}" if error else f": {found['reason']}" if "reason" in found else ""
    files = [(_printable(file["path"]), size_text(file["size"])) for file in found["files"]] or [("none", "")]
    lines = [
        *("inputs", *(f"  {location}" for location in found["inputs"])),
        *("parameters", *_table([(name, json.dumps(value)) for name, value in found["parameters"].items()])),
        f"state  {found['state']}{why}",
        *(("outputs", *(f"  {line}" for line in outputs.splitlines())) if "outputs" in found else ()),
        *("files", *_table(files)),
        f"took   {found['seconds']:.2f} s, at most {size_text(found['peak_memory_bytes'])} of memory",
        f"key    {found['key']}",
        f"files lie in {found['results']}",
    ]
    return "\n".join(lines)


def _printable(name: str) -> str:
    return name if name.isprintable() else repr(name)


def _report_lines(report: "Report") -> Iterator[str]:
    yield from (f"{finding.level}: {finding.message}" for finding in report.findings)
    if report.import_seconds is None:
        yield "its models and parameters were not looked at, as it cannot be imported"
    count = len(report.wrong)
    yield f"{report.name}: {count} thing{'s are' if count > 1 else ' is'} wrong" if count else f"{report.name} is fine"
    for title, fields in (("parameters", report.parameters), ("outputs", report.outputs)):
        if fields:
            yield title
            yield from _table([("name", "type", "default", "description"), *map(_row, fields)])
    if report.files:
        yield f"code   sha256:{report.digest}, which is part of every key, of"
        yield from (f"  {name}" for name in report.files)
    if report.import_seconds is not None:
        yield f"imported in {report.import_seconds:.1f} s"


def _row(field: Mapping[str, Any]) -> tuple[str, ...]:
    default = "required" if "default" not in field else json.dumps(field["default"])
    return field["name"], field["type"], default, field["description"]


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
