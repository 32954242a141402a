"""What to do next, in one sentence."""

from collections.abc import Iterator, Sequence

from analysis_jobs.report.failures import Group
from analysis_jobs.report.run import Run
from analysis_jobs.wording import plural


def next_step(run: Run, groups: Sequence[Group]) -> str:
    """Return what somebody who comes back to a run is to do, in one sentence.

    Parameters
    ----------
    run
        The run.
    groups
        Its failures by cause.
    """
    if steps := list(_steps(run, groups)):
        return _sentence("; ".join(steps))
    if run.dry_run:
        return "Nothing failed in this dry run: launch again without --dry_run to publish and record."
    if not run.rows:
        return "There were no jobs: check the jobs folder."
    return "Nothing is left to do: every job has its result."


def _steps(run: Run, groups: Sequence[Group]) -> Iterator[str]:
    mine = [group for group in groups if group.states["failed"]]
    if own := [group for group in mine if group.cause == "analysis"]:
        yield f"{_failed(own)}: fix the analysis or the parameters, and launch again"
    if others := [group for group in mine if group.cause != "analysis"]:
        # There nobody can give options of Nextflow, and no work folder is left
        again = "run again" if run.about.get("code_ocean") else "launch again, with -resume to keep what was computed"
        yield f"{_failed(others)} outside the analysis: {again}"
    if number := run.counts["gave_up"]:
        again = "it is" if number == 1 else "they are"
        yield (
            f"{_are(number, 'job')} given up: {again} tried again once the analysis or the parameters change, or "
            "--max_attempts and --retry_failed allow it"
        )
    if number := run.counts["invalid"]:
        yield f"{_are(number, 'job')} invalid: fix the job files or parameters as their reasons say, and launch again"
    if number := run.counts["not_started"]:
        yield f"{_are(number, 'job')} not started, as the launch has reached its limit: launch again to go on"
    if number := run.counts["claimed"]:
        yield f"{_are(number, 'job')} running elsewhere: see the report of that run, or launch again when it has ended"


def _failed(groups: Sequence[Group]) -> str:
    number = sum(group.states["failed"] for group in groups)
    if number == 1:
        return "1 job failed"
    causes = "one cause" if len(groups) == 1 else f"{len(groups):,} causes"
    return f"{plural(number, 'job')} failed with {causes}"


def _are(number: int, word: str) -> str:
    return f"{plural(number, word)} {'is' if number == 1 else 'are'}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
