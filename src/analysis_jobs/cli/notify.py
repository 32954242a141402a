"""The command that sends a message: `notify`, for a script around launches, which tells what a launch itself cannot.

Imports within functions are for a quick start.
"""

import sys
from typing import Annotated

import typer

from analysis_jobs.cli.app import RUNNING, app
from analysis_jobs.cli.tables import say
from analysis_jobs.errors import InvalidInput

_LONGEST = 3000  # characters: services cut or refuse what is longer


@app.command(rich_help_panel=RUNNING)
def notify(
    title: Annotated[str, typer.Argument(help="the first line, such as: the nightly launch ended early")],
) -> None:
    """Send a message to the addresses in ANALYSIS_NOTIFY: a title, and the end of what standard input has."""
    from analysis_jobs.process import outward
    from analysis_jobs.report.notify import ADDRESSES, has_addresses, send_message
    from analysis_jobs.wording import cut

    if not has_addresses():
        raise InvalidInput(
            f"there is nobody to send a message to: set the variable {ADDRESSES} to an address of Apprise "
            "(docs/report.md)"
        )
    # Secrets are looked for in all of it: a cut could leave half of one
    given = b"" if sys.stdin.isatty() else sys.stdin.buffer.read()
    text = outward(given.decode(errors="backslashreplace")).strip()[-_LONGEST:]
    if problem := send_message(cut(outward(title), 200), text or outward(title)):
        say(f"the message was not sent: {problem}")
        raise typer.Exit(1)
    say("the message was sent")
