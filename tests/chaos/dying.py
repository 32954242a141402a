"""`analysis-jobs forget` or `collect`, which can be killed just before one of the things that it does there.

``python -m chaos.dying STEP WORDS...``: before the step of that number, from 0; with a negative one it goes to its end.
"""

import sys
from datetime import datetime, timedelta, tzinfo

import pytest
from support.deaths import die_before, kill_this

from analysis_jobs.cli import main
from analysis_jobs.upkeep.attempts import DEAD_AFTER


class Later(datetime):
    """A clock that is ahead, so that `collect` takes for old what is in a lab."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + DEAD_AFTER + timedelta(days=1)


def run(step: int, words: list[str], patch: pytest.MonkeyPatch) -> None:
    """Run the command."""
    patch.setattr("analysis_jobs.cli.collect.datetime", Later)
    die_before(patch, step, kill_this)
    patch.setattr(sys, "argv", ["analysis-jobs", *words])
    main()


if __name__ == "__main__":
    run(int(sys.argv[1]), sys.argv[2:], pytest.MonkeyPatch())
