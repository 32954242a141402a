"""The message at the end of a launch, sent by Apprise to the addresses that the environment has.

The addresses hold secrets: they are in no parameter and no file, and what Apprise itself logs of them is not kept.
Imports within functions are for who has not installed it.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from analysis_jobs.process import outward
from analysis_jobs.report.columns import WITHOUT_RESULT
from analysis_jobs.report.failures import Group, failure_groups
from analysis_jobs.report.row_labels import label_of
from analysis_jobs.report.run import Run
from analysis_jobs.wording import cut, listed, plural, seconds_text

if TYPE_CHECKING:
    from apprise import Apprise

ADDRESSES = "ANALYSIS_NOTIFY"
When = Literal["always", "failures"]
MOST_CAUSES = 5  # of failures; the report has all
_LONGEST_CAUSE = 300  # characters

log = logging.getLogger(__name__)


def notify(run: Run, report: str, when: When) -> None:
    """Send the message of a launch that has ended; where that fails, warn, as no job depends on it.

    Parameters
    ----------
    run
        The launch.
    report
        The address of its report.
    when
        ``failures``: only if jobs are without a result.
    """
    if when == "failures" and not _without_result(run):
        return
    if problem := _sent(*message(run, report)):
        log.warning("no message tells of the end of this launch: %s", problem)


def message(run: Run, report: str) -> tuple[str, str]:
    """Return the title and the text of the message: counts, the first failures by their jobs, and where to look."""
    without = _without_result(run)
    ending = f"{plural(without, 'job')} without a result" if without else "no failures"
    return outward(cut(f"{run.name}: {ending}", 200)), outward("\n".join(_lines(run, report)))


def _without_result(run: Run) -> int:
    return sum(run.counts[state] for state in WITHOUT_RESULT)


def _lines(run: Run, report: str) -> Iterator[str]:
    yield run.line
    groups = failure_groups(run.rows)
    yield from (f"- {_cause(group)}" for group in groups[:MOST_CAUSES])
    if more := len(groups) - MOST_CAUSES:
        yield from [f"- and {plural(more, 'more cause')}"] if more > 0 else []
    cost = "" if run.cost is None else f", cost {run.cost:g}"
    took = f" ({seconds_text(run.seconds)} of computing{cost})" if run.seconds else ""
    yield f"launch {run.about['run_name']} by {run.about['experimenter']}{took}"
    yield f"report: {report}"


def _cause(group: Group) -> str:
    job = label_of(group.example)
    others = f" (and {plural(len(group.rows) - 1, 'job')} more)" if len(group.rows) > 1 else ""
    return f"{cut(job, _LONGEST_CAUSE)}{others}: {cut(group.title, _LONGEST_CAUSE)}"


def _sent(title: str, body: str) -> str:
    """Send a message to each address; return in words why some have not got it, or an empty text."""
    addresses = os.environ.get(ADDRESSES, "").strip()
    if not addresses:
        return f"{ADDRESSES} is set where this was launched, and not where SUMMARIZE runs; launch with --head_stages"
    try:
        from apprise import Apprise
    except ImportError:
        return "apprise is not installed; run `pip install 'aind-analysis-jobs[notify]'`"
    logging.getLogger("apprise").disabled = True  # it names addresses
    apprise = Apprise()
    are_known = False
    with suppress(Exception):  # whatever an address is, and what is said of it
        are_known = apprise.add(addresses)
    if failed := [service.service_name for service in apprise if not _notified(Apprise(), service, title, body)]:
        return f"{listed(sorted({str(name) for name in failed}))} did not take it; {_TRY}"
    return "" if are_known else f"{ADDRESSES} has an address that Apprise does not know; {_TRY}"


_TRY = f'see what is wrong with `apprise -v -b test "${ADDRESSES}"`'


def _notified(one: "Apprise", service: object, title: str, body: str) -> bool:
    """Return whether a service took a message; what it raises, whatever that is, may hold its address."""
    try:
        one.add(service)  # type: ignore[arg-type]
        return bool(one.notify(title=title, body=body, body_format="text"))
    except Exception:
        return False
