"""The command about launches: `launches`."""

from collections.abc import Mapping

from analysis_jobs.cli.app import SEEING, app
from analysis_jobs.cli.filters import Limit
from analysis_jobs.cli.options import OUT, AsJson, Outdir, StoreUrl, exit_if_damaged, open_store_of
from analysis_jobs.cli.tables import brief_time, on_terminal, say_json, show_table
from analysis_jobs.results.launches import LaunchLine, launch_lines
from analysis_jobs.results.times import seconds_of
from analysis_jobs.wording import to_the_second

LAUNCH_COLUMNS = ("session", "run", "state", "analysis", "by", "on", "started (UTC)", "minutes", "jobs", "note")
SHORT_SESSION = 8  # characters, up to the first dash


@app.command("launches", rich_help_panel=SEEING)
def list_launches(
    limit: Limit = None,
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
) -> None:
    """List the launches that the store remembers, the newest first: ended, running, or died."""
    opened = open_store_of(outdir, store, read_only=True)
    lines = launch_lines(opened)[:limit]
    if as_json:
        for line in lines:
            say_json(launch_as_json(line))
    else:
        show_table(LAUNCH_COLUMNS, map(_row, lines), flexible=("analysis", "by", "on", "jobs", "note"))
    exit_if_damaged(opened)


def launch_as_json(line: LaunchLine) -> dict[str, object]:
    """Return a launch as programs get it: as the store has it, with what became of it, and how that is known."""
    return {**line.launch, "state": line.state, "note": line.note}


def _row(line: LaunchLine) -> tuple[object, ...]:
    launch = line.launch
    session, started = launch["session"], to_the_second(launch["started"])
    if on_terminal():
        session, started = session[:SHORT_SESSION], brief_time(started)[: len("2026-01-31 14:00")]
    took = f"{(seconds_of(launch['ended']) - seconds_of(launch['started'])) / 60:.1f}" if "ended" in launch else ""
    return (
        session, launch["run_name"], line.state, launch["analysis"], launch["user"], launch["host"], started, took,
        decided_text(line), line.note,
    )  # fmt: skip


def decided_text(line: LaunchLine) -> str:
    """Return the jobs of a launch in words: how they ended, or what was decided on them."""
    counts = line.launch.get("counts")
    return _counted(counts) if counts is not None else f"decided: {_counted(line.launch['decided'])}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "none"
