"""Commands about one job: `show`, `files`, `get` and `logs`."""

import codecs
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from analysis_jobs.bucket.names import LOG
from analysis_jobs.bucket.places import bucket_now, location_of, whole_place_now
from analysis_jobs.cli.app import SEEING, USING, app
from analysis_jobs.cli.launches import decided_text, launch_as_json
from analysis_jobs.cli.options import (
    OUT,
    AsJson,
    Key,
    Outdir,
    StoreUrl,
    command_line,
    full_key,
    named_folder,
    open_store_of,
)
from analysis_jobs.cli.tables import (
    SHORT_KEY,
    brief_time,
    many_lines,
    named_results,
    named_values,
    on_terminal,
    say,
    say_json,
    show_facts,
    show_table,
)
from analysis_jobs.documents import JobState
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.records.asked import asked_text
from analysis_jobs.records.read import process_of
from analysis_jobs.results.facts import facts_of_record
from analysis_jobs.results.fetch import ResultLine, fetch, matching, not_as_listed, result_lines, unchecked
from analysis_jobs.results.files import open_result
from analysis_jobs.results.launches import LaunchLine, launch_lines, run_names
from analysis_jobs.results.lineage import made_from, replaced_by, used_by
from analysis_jobs.results.listing import JobLine, documents_of, labelled_lines, line_of
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import error_text, listed, plural, size_text

Moved = Annotated[
    str | None,
    typer.Option("--bucket", help="where the bucket is now, if it was moved; default: where the record says"),
]


@app.command(rich_help_panel=SEEING)
def show(
    key: Key,
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: Moved = None,
) -> None:
    """Show a job: what ran, when and where, with which parameters, and what came out."""
    opened = open_store_of(outdir, store, read_only=True)
    whole = full_key(key, opened)
    record, state = documents_of(whole, opened)
    place = whole_place_now(record, outdir, bucket)
    files = _files_if_there(record, place) if record else None
    (line,) = labelled_lines([line_of(whole, record, state)])
    launch = next(iter(launch_lines(opened, [line.launch] if line.launch else [])), None)
    before = made_from(whole, line.locations, opened)
    after = used_by(whole, (line.location, location_of(record, place) if record else None), opened)
    if as_json:
        about = {"label": line.label, "subject": line.subject, "acquired": line.acquired}
        known = {"record": record, "state": state, "launch": launch and launch_as_json(launch)}
        related = {"made_from": list(before), "used_by": list(after)}
        say_json({"key": whole, **about, **known, **related, "files": [asdict(file) for file in files or ()]})
        return
    show_facts(_facts(line, record, state, launch, files))
    replaced = replaced_by(list(before), opened)
    show_facts([("made from", named_results(before, replaced)), ("used by", named_results(after))])


def _files_if_there(record: Mapping[str, Any], bucket: str | None) -> list[ResultLine] | None:
    """Return the files of a record; None where the bucket does not say, which is no reason to show nothing."""
    try:
        return result_lines(record, bucket)
    except (InvalidInput, ServiceUnavailable) as error:
        print(f"warning: {error}", file=sys.stderr)
        return None


def _facts(
    line: JobLine,
    record: Mapping[str, Any] | None,
    state: JobState | None,
    launch: LaunchLine | None,
    files: list[ResultLine] | None,
) -> Iterator[tuple[str, object]]:
    brief = {"key": line.key, "label": line.label, "state": line.state, "analysis": line.name, "tag": line.tag}
    yield from {**brief, "subject": line.subject, "acquired": brief_time(line.acquired)}.items()
    yield "why", line.message
    for name, when in (("started", line.started), ("ended", line.ended)):
        if when:
            yield name, f"{brief_time(when)} UTC"
    if line.seconds is not None:
        yield "seconds", f"{line.seconds:g}"
    yield "attempt", line.attempt
    yield "inputs", list(line.locations)
    yield "parameters", named_values(line.parameters)
    if record:
        yield "outputs", named_values(process_of(record).get("output_parameters") or {})
        yield from facts_of_record(record)
    elif state and state["state"] != "pending" and (asked := state.get("asked")):
        yield "asked for", asked_text(asked)
    if line.code.startswith(("sha256:", "syntax:", "version:")):
        yield "code", line.code
    if state and (owner := state.get("owner")):
        yield "claimed by" if line.state in ("pending", "expired") else "settled by", f"run {owner['session']}"
    if launch:
        yield "launch", _words_of_launch(launch)
    yield "location", line.location
    if files is not None:
        yield "files", f"{len(files)}, {size_text(sum(file.size for file in files))}"


def _words_of_launch(line: LaunchLine) -> list[str]:
    launch, note = line.launch, f" ({line.note})" if line.note else ""
    names = ", then ".join(run_names(launch))
    known = [
        f"{names}, by {launch['user']} on {launch['host']}, {brief_time(launch['started'])} UTC",
        f"{line.state}{note}: {decided_text(line)}",
    ]
    return [*known, launch["report"]] if "report" in launch else known


@app.command(rich_help_panel=USING)
def files(
    key: Key,
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: Moved = None,
) -> None:
    """List the files of a job's results, with sizes and SHA-256 as published; `get` compares the contents."""
    record = _done(key, open_store_of(outdir, store, read_only=True))
    place = bucket_now(record, outdir, bucket)
    lines, location = result_lines(record, place), location_of(record, place)
    if as_json:
        for line in lines:
            say_json({**asdict(line), "location": f"{location}/{line.path}"})
    else:
        length = SHORT_KEY if on_terminal() else None
        rows = [(line.path, line.size, (line.sha256 or "")[:length]) for line in lines]
        show_table(("path", "size", "sha256"), rows, flexible=("path",))
    if why := unchecked(lines, location):
        print(f"warning: {why}", file=sys.stderr)
    if wrong := not_as_listed(record, lines, place):
        said = f"of these files, {listed(wrong)}"
        print(f"warning: {said}; `analysis-jobs fsck` says what else is damaged", file=sys.stderr)
        raise typer.Exit(1)


@app.command(rich_help_panel=USING)
def get(
    key: Key,
    target: Annotated[
        Path, typer.Argument(help="folder to copy to, made if needed", metavar="DEST", parser=named_folder)
    ],
    only: Annotated[
        list[str] | None, typer.Option(help="only files whose names match, such as '*.png'; may be repeated; quote it")
    ] = None,
    even_unchecked: Annotated[
        bool, typer.Option("--unchecked", help="also copy results that have no manifest to check them by")
    ] = False,
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: Moved = None,
) -> None:
    """Copy the results of a job to a folder, checked by SHA-256; files that are there already are not copied again."""
    record = _done(key, open_store_of(outdir, store, read_only=True))
    place = bucket_now(record, outdir, bucket)
    lines = matching(result_lines(record, place, even_damaged=even_unchecked), only or ())
    if why := unchecked(lines, location_of(record, place)):
        if not even_unchecked:
            raise InvalidInput(f"{why}; give --unchecked to copy it anyway")
        print(f"warning: {why}", file=sys.stderr)
    copied = set(fetch(record, lines, target, place))
    if as_json:
        for line in lines:
            say_json({**asdict(line), "file": str(target / line.path), "copied": line.path in copied})
        return
    size = size_text(sum(line.size for line in lines if line.path in copied))
    before = f", {len(lines) - len(copied)} already there" if len(lines) > len(copied) else ""
    say(f"{len(copied)} of {plural(len(lines), 'file')} ({size}) copied to {target}{before}")


@app.command(rich_help_panel=SEEING)
def logs(
    key: Key,
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
    bucket: Moved = None,
) -> None:
    """Print what the analysis wrote to its log; of a failed job the end of it, and the traceback."""
    opened = open_store_of(outdir, store, read_only=True)
    whole = full_key(key, opened)
    record, state = documents_of(whole, opened)
    if record:
        with _published_log(record, bucket_now(record, outdir, bucket)) as log:
            if as_json:
                say_json({"key": whole, "log": log.read().decode(errors="replace"), "error": None})
            else:
                _print_log(log)
        return
    _log_of_state(whole, state, as_json)


def _published_log(record: Mapping[str, Any], bucket: str | None) -> IO[bytes]:
    try:
        return open_result(record, LOG, "rb", bucket=bucket)
    except FileNotFoundError as error:
        raise InvalidInput(str(error)) from None


def _print_log(log: IO[bytes]) -> None:
    if on_terminal():
        text = log.read().decode(errors="backslashreplace")
        typer.echo(many_lines(text.rstrip()) if text.strip() else "(the log is empty)")
    else:
        decode = codecs.getincrementaldecoder("utf-8")("backslashreplace").decode
        colour = b""
        for block in iter(lambda: log.read(1 << 16), b""):
            colour = block.rpartition(b"\x1b[")[2] if b"\x1b[" in block else colour
            sys.stdout.write(decode(block))
        sys.stdout.write(decode(b"", final=True))
        if colour and not colour.startswith((b"m", b"0m")):  # it would last in the terminal that shows it in the end
            sys.stdout.write("\x1b[0m")


def _log_of_state(key: str, state: JobState | None, as_json: bool) -> None:
    assert state is not None  # the store has just found it, and no record
    error = state.get("error")
    if not error:
        reason = f": {state['reason']}" if state.get("reason") else ""
        raise InvalidInput(f"{key} has no log: it is {state['state']}{reason}; logs are kept of results and failures")
    if as_json:
        say_json({"key": key, "log": error.get("log_tail", ""), "error": error})
        return
    say(f"failed in {error['stage']}, {error_text(error, with_cause=True)}")
    tail, traceback = error.get("log_tail") or "", error.get("traceback") or ""
    if traceback and traceback.strip() not in tail:
        typer.echo(many_lines(f"\n{traceback.rstrip()}"))
    if tail:
        typer.echo(many_lines(f"\nend of its log:\n{tail.rstrip()}"))


def _done(beginning: str, store: Store) -> dict[str, Any]:
    key = full_key(beginning, store)
    record, state = documents_of(key, store)
    if record is None:
        why = f"{command_line('show', key[:SHORT_KEY])} says more"
        raise InvalidInput(f"{key} has no results: it is {state['state'] if state else 'unknown'}; {why}")
    return record
