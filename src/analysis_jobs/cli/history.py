"""The command about what was done to a job after it was computed: `history`."""

from analysis_jobs.cli.app import KEEPING, app
from analysis_jobs.cli.options import (
    OUT,
    AsJson,
    Key,
    Outdir,
    StoreUrl,
    checked_beginning,
    exit_if_damaged,
    full_key,
    open_store_of,
)
from analysis_jobs.cli.tables import brief_time, on_terminal, say, say_json, show_table
from analysis_jobs.documents import HistoryNote
from analysis_jobs.wording import size_text, to_the_second

_COLUMNS = ("time (UTC)", "act", "by", "size", "what")


@app.command(rich_help_panel=KEEPING)
def history(key: Key, as_json: AsJson = False, outdir: Outdir = OUT, store: StoreUrl = None) -> None:
    """Show what was done to a job after it was computed: who, when, and what; also for a forgotten job."""
    opened = open_store_of(outdir, store, read_only=True)
    notes = list(opened.history(checked_beginning(key), whole=as_json))
    whole = full_key(key, opened, {note["key"] for note in notes})
    notes = [note for note in notes if note["key"] == whole]
    if as_json:
        for note in notes:
            say_json(note)
    elif notes:
        show_table(_COLUMNS, map(_row, notes), flexible=("what",))
    else:
        say(f"nothing was done to {whole} after it was computed")
    exit_if_damaged(opened)


def _row(note: HistoryNote) -> tuple[str, ...]:
    when = brief_time(note["when"]) if on_terminal() else to_the_second(note["when"])
    size = size_text(note["bytes"]) if "bytes" in note else ""
    return when, note["act"], note["by"], size, note["what"]
