"""Commands for who writes an analysis: `new`, `try` and `check`.

Imports within functions are for a quick start.
"""

import bdb
import contextlib
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis_jobs.authoring.new import Template
from analysis_jobs.cli.app import WRITING, app, left_uncaught
from analysis_jobs.cli.options import AsJson
from analysis_jobs.cli.tables import named_values, say, say_json, show_facts, show_table
from analysis_jobs.errors import InvalidInput
from analysis_jobs.process import EXIT_INVALID
from analysis_jobs.redaction.addresses import open_address
from analysis_jobs.redaction.pump import redacted_descriptors
from analysis_jobs.redaction.text import redacted
from analysis_jobs.wording import error_text, size_text, visible, visible_in_colours

if TYPE_CHECKING:
    from analysis_jobs.authoring.check import AnalysisCheck
    from analysis_jobs.authoring.trial import Trial

FIELD_COLUMNS = ("name", "type", "default", "description")
WhichAnalysis = Annotated[str, typer.Argument(help="a Python file, a folder, or the name of an installed module")]
ParametersFile = Annotated[Path | None, typer.Option(help="parameters file, as the pipeline's --parameters")]


@app.command(rich_help_panel=WRITING)
def new(
    folder: Annotated[Path, typer.Argument(help="where to make it; its last part is the name of the analysis")],
    template: Annotated[Template, typer.Option("--from", help="what to start from")] = "table",
) -> None:
    """Make a folder with an analysis, its parameters, a test and an example job, which runs at once."""
    from analysis_jobs.authoring.new import create

    for path in create(folder, template):
        say(path)
    command = shlex.join(["analysis-jobs", "try", str(folder), "--job", str(folder / "jobs" / "example.json")])
    typer.echo(f"\ntry it:  {command}")
    typer.echo(f"{folder / 'README.md'} tells how to check, test and run it")


@app.command("try", rich_help_panel=WRITING)
def try_one(
    analysis: WhichAnalysis,
    job: Annotated[Path, typer.Option(help="job file")],
    parameters: ParametersFile = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="one parameter; may be repeated")
    ] = None,
    results: Annotated[Path | None, typer.Option(help="folder for the files; default a fresh one")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="open Python's debugger where the analysis fails")] = False,
    raises: Annotated[
        bool, typer.Option("--raise", help="catch nothing that the analysis raises: for the debugger of an editor")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run an analysis on one job, without Nextflow, and show what came out; nothing is published or recorded."""
    from analysis_jobs.authoring.trial import ready_trials

    if debug and raises:
        raise InvalidInput(
            "--debug and --raise are given together; choose the debugger of Python, or that of your editor"
        )
    with redacted_descriptors(visible_in_colours), _only_ours_on_stdout(as_json):
        trials = ready_trials(analysis, job, results, parameters, assignments or [])
    if raises:
        left_uncaught.append(lambda: _run_redacted(trials, _outcome_uncaught, as_json))
        return
    with contextlib.ExitStack() as redacting:
        if not (debug and as_json):
            redacting.enter_context(redacted_descriptors(visible_in_colours))
        on_failure = partial(_debugger, redacting) if debug else _print_traceback
        states = _run_each(trials, lambda trial: trial.outcome(on_failure), as_json)
    if "failed" in states:
        raise typer.Exit(1)


@app.command(rich_help_panel=WRITING)
def check(analysis: WhichAnalysis, parameters: ParametersFile = None, as_json: AsJson = False) -> None:
    """Load an analysis as jobs do, and list everything that is wrong with it."""
    from analysis_jobs.authoring.check import check_analysis

    with redacted_descriptors(visible_in_colours), _only_ours_on_stdout(as_json):
        report = check_analysis(analysis, parameters)
    if as_json:
        say_json(report.as_json())
    else:
        _show_report(report)
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
            yield lambda line: print(redacted(line), file=ours, flush=True)
        finally:
            sys.stdout.flush()
            os.dup2(ours.fileno(), 1)


def _run_redacted(trials: Iterable["Trial"], run: Callable[["Trial"], Mapping[str, Any]], as_json: bool) -> None:
    with redacted_descriptors(visible_in_colours):
        _run_each(trials, run, as_json)


def _run_each(trials: Iterable["Trial"], run: Callable[["Trial"], Mapping[str, Any]], as_json: bool) -> list[str]:
    """Run trials one after the other, show each, and return their states."""
    from analysis_jobs.stages.analyze.ending import fail_where_nothing_can_be_written

    fail_where_nothing_can_be_written()
    states = []
    with _only_ours_on_stdout(as_json) as print_ours:
        for trial in trials:
            if before := len(trial.files()):
                typer.echo(f"files that were in {trial.results} before ({before}) are listed as well", err=True)
            about = _about(trial, run(trial))
            states.append(about["state"])
            if as_json:
                print_ours(json.dumps(about))
            else:
                show_facts(_facts(about))
            os.chdir(trial.results)  # where also a job ends, for what is written only then
    return states


def _outcome_uncaught(trial: "Trial") -> dict[str, Any]:
    return {"state": "done", "outputs": trial.outputs()}


def _print_traceback(error: BaseException, traceback: str) -> None:
    if isinstance(error, bdb.BdbQuit):  # of a breakpoint() in the analysis
        raise typer.Exit(1)
    typer.echo(visible(traceback), err=True)


def _debugger(redacting: contextlib.ExitStack, error: BaseException, traceback: str) -> None:
    import pdb

    from analysis_jobs.stages.analyze.job import user_frames

    _print_traceback(error, traceback)
    redacting.close()  # as a debugger needs the terminal itself
    if frames := user_frames(error):
        typer.echo("the debugger is where it failed: `up` and `down` walk the calls, `p NAME` shows a value, `q` ends")
        pdb.post_mortem(frames)


def _about(trial: "Trial", outcome: Mapping[str, Any]) -> dict[str, Any]:
    from analysis_jobs.stages.dedupe.candidates import note_on

    names = ("state", "outputs", "reason", "error", "seconds", "peak_memory_bytes")
    return {
        "inputs": list(map(open_address, trial.job.inputs)),
        "parameters": trial.keyed.parts["parameters"],
        **{name: outcome[name] for name in names if name in outcome},
        **({"note": note} if (note := note_on(trial.job, trial.keyed)) else {}),
        "key": trial.keyed.key,
        "files": [{"path": name, "size": size} for name, size in trial.files().items()],
        "results": str(trial.results),
    }


def _facts(about: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    yield "inputs", about["inputs"]
    yield "parameters", named_values(about["parameters"])
    if "note" in about:
        yield "note", about["note"]
    yield "state", about["state"]
    yield "why", error_text(about["error"]) if "error" in about else about.get("reason")
    if "outputs" in about:
        yield "outputs", named_values(about["outputs"])
    yield "files", [f"{file['path']} ({size_text(file['size'])})" for file in about["files"]] or ["none"]
    if "seconds" in about:
        yield "took", f"{about['seconds']:.2f} s, at most {size_text(about['peak_memory_bytes'])} of memory"
    yield "key", about["key"]
    yield "results", about["results"]


def _show_report(report: "AnalysisCheck") -> None:
    for line in _findings(report):
        say(line)
    for title, fields in (("parameters", report.parameters), ("outputs", report.outputs)):
        if fields:
            typer.echo(title)
            show_table(FIELD_COLUMNS, map(_row, fields), flexible=("type", "default", "description"))
    if report.files:
        typer.echo(f"code: sha256:{report.digest}, which is part of every key, of")
        for name in report.files:
            say(f"  {name}")
    if report.import_seconds is not None:
        typer.echo(f"imported in {report.import_seconds:.1f} s")


def _findings(report: "AnalysisCheck") -> Iterator[str]:
    yield from (f"{finding.level}: {finding.message}" for finding in report.findings)
    if report.import_seconds is None:
        yield "its models and parameters were not looked at, as it cannot be imported"
    count = len(report.wrong)
    yield f"{report.name}: {count} thing{'s are' if count > 1 else ' is'} wrong" if count else f"{report.name} is fine"


def _row(field: Mapping[str, Any]) -> tuple[str, ...]:
    default = "required" if "default" not in field else json.dumps(field["default"])
    return field["name"], field["type"], default, field["description"]
