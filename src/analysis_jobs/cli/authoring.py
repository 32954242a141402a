"""Commands for who writes an analysis: `new`, `try`, `check` and `image`.

Imports within functions are for a quick start.
"""

import contextlib
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis_jobs.authoring.new import Template
from analysis_jobs.cli.app import WRITING, app, left_uncaught
from analysis_jobs.cli.options import (
    AsJson,
    EnvironmentCache,
    InputsBy,
    WhichCode,
    WhichEnvironment,
    contents_of,
    named_folder,
)
from analysis_jobs.cli.tables import named_values, say, say_json, show_facts, show_table
from analysis_jobs.errors import InvalidInput
from analysis_jobs.pipeline import PIPELINE_NAME, __version__
from analysis_jobs.process import EXIT_INVALID
from analysis_jobs.redaction.pump import redacted_descriptors
from analysis_jobs.redaction.text import redacted
from analysis_jobs.wording import error_text, size_text, visible_in_colours

if TYPE_CHECKING:
    from analysis_jobs.authoring.check import AnalysisCheck

FIELD_COLUMNS = ("name", "type", "default", "description")
WhichAnalysis = Annotated[str, typer.Argument(help="a Python file, a folder, or the name of an installed module")]
ParametersFile = Annotated[Path | None, typer.Option(help="parameters file, like --parameters of the pipeline")]


@app.command(rich_help_panel=WRITING)
def new(
    folder: Annotated[Path, typer.Argument(help="folder to make; its name is the name of the analysis")],
    template: Annotated[Template, typer.Option("--from", help="example to start from")] = "table",
) -> None:
    """Make a folder with an analysis that runs at once, its parameters, a test and an example job."""
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
    number: Annotated[int | None, typer.Option(min=0, help="run only this parameter set, from 0")] = None,
    results: Annotated[
        Path | None,
        typer.Option(help="folder for the files; default: a new one", parser=named_folder, metavar="PATH"),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="open Python's debugger where the analysis fails")] = False,
    raises: Annotated[
        bool, typer.Option("--raise", help="catch no exception of the analysis, for the debugger of an editor")
    ] = False,
    allow_pickle: Annotated[
        bool,
        typer.Option("--allow-pickle", help="let open_nwb read pickled objects, like --allow_pickle of the pipeline"),
    ] = False,
    code_identity: WhichCode = "files",
    environment: WhichEnvironment = None,
    environment_cache: EnvironmentCache = None,
    inputs_by: InputsBy = "location",
    as_json: AsJson = False,
) -> None:
    """Run an analysis on one job, without Nextflow, and show what came out; nothing is published or recorded."""
    from analysis_jobs.environments.choice import environment_of
    from analysis_jobs.environments.remote import EnvironmentEnded, object_in
    from analysis_jobs.recordings.pickles import ALLOWING

    if debug and raises:
        raise InvalidInput(
            "--debug and --raise are given together; choose the debugger of Python, or that of your editor"
        )
    if allow_pickle:
        os.environ.update(ALLOWING)
    given = {
        "analysis": analysis,
        "job": str(job),
        "results": str(results) if results else None,
        "parameters": str(parameters) if parameters else None,
        "assignments": assignments or [],
        "number": number,
        "code_identity": code_identity,
        "contents": contents_of(job, inputs_by),
    }
    how = {"debug": debug, "raises": raises, "redact": not (debug and as_json)}
    ran_in = environment_of(analysis, environment, environment_cache)
    with contextlib.ExitStack() as opened:
        with _only_ours_on_stdout(as_json):
            call = opened.enter_context(object_in(ran_in, "analysis_jobs.authoring.trying:Trying", **given))
        if raises and ran_in.is_here:
            left_uncaught.append(lambda: _try_each(call, how, as_json))
            return
        try:
            states = _try_each(call, how, as_json)
        except EnvironmentEnded as error:  # which has said why
            raise typer.Exit(error.code) from None
    if "failed" in states:
        raise typer.Exit(1)


def _try_each(call: Callable[..., Any], how: dict[str, bool], as_json: bool) -> list[str]:
    """Run the trials of a job file one after the other, show each, and return their states."""
    states = []
    with _only_ours_on_stdout(as_json) as print_ours:
        for number in range(call("count")):
            about = call("run", number=number, **how)
            states.append(about["state"])
            if as_json:
                print_ours(json.dumps(about))
            else:
                show_facts(_facts(about))
    return states


@app.command(rich_help_panel=WRITING)
def check(
    analysis: WhichAnalysis,
    parameters: ParametersFile = None,
    environment: WhichEnvironment = None,
    environment_cache: EnvironmentCache = None,
    as_json: AsJson = False,
) -> None:
    """Load an analysis as jobs do, and list everything that is wrong with it."""
    from analysis_jobs.authoring.check import AnalysisCheck
    from analysis_jobs.environments.choice import environment_of
    from analysis_jobs.environments.remote import object_in

    ran_in = environment_of(analysis, environment, environment_cache)
    given = {"analysis": analysis, "parameters": str(parameters) if parameters else None}
    with (
        redacted_descriptors(visible_in_colours),
        _only_ours_on_stdout(as_json),
        object_in(ran_in, "analysis_jobs.authoring.check_apart:check_apart", **given) as call,
    ):
        report = AnalysisCheck.of_json(call("as_json"))
    if as_json:
        say_json(report.as_json())
    else:
        _show_report(report)
    if report.wrong:
        raise typer.Exit(EXIT_INVALID)


@app.command(rich_help_panel=WRITING)
def image(
    analysis: Annotated[str, typer.Argument(help="a Python file or a folder")],
    tag: Annotated[str, typer.Option("--tag", help="name of the image, for --analysis_image")],
    base: Annotated[str, typer.Option("--base-image", help="base image")] = f"{PIPELINE_NAME}:{__version__}",
    options: Annotated[
        list[str] | None, typer.Option("--option", help="option of docker build or podman build; may be repeated")
    ] = None,
) -> None:
    """Build an image with an analysis and the packages that it declares, with docker or podman."""
    from analysis_jobs.authoring.image import build_image

    build_image(analysis, tag, base, options or [])
    say(tag)


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
        for line in _identities(report):
            say(line)
    if report.import_seconds is not None:
        typer.echo(f"imported in {report.import_seconds:.1f} s")


def _identities(report: "AnalysisCheck") -> Iterator[str]:
    """Yield which edits change each identity of the code."""
    yield "editing them makes jobs run again, even if only a comment or docstring changes"
    yield f"with --code_identity syntax, the code is syntax:{report.syntax}:"
    yield "then editing comments or docstrings makes no job run again"


def _findings(report: "AnalysisCheck") -> Iterator[str]:
    yield from (f"{finding.level}: {finding.message}" for finding in report.findings)
    if report.import_seconds is None:
        yield "its models and parameters were not checked, because it cannot be imported"
    count = len(report.wrong)
    yield f"{report.name}: {count} thing{'s are' if count > 1 else ' is'} wrong" if count else f"{report.name} is fine"


def _row(field: Mapping[str, Any]) -> tuple[str, ...]:
    default = "required" if "default" not in field else json.dumps(field["default"])
    unit = f"[{field['unit']}]" if "unit" in field else ""
    return field["name"], field["type"], default, f"{field['description']} {unit}".strip()
