"""The environment of an analysis: whether what it declares is made, and what `analysis-jobs check` says of it there."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from analysis_jobs.environments.cache import default_cache, made_in
from analysis_jobs.environments.choice import ACTIVE
from analysis_jobs.environments.declaration import declared_by
from analysis_jobs.environments.making import environment_name
from analysis_jobs.health.diagnosis import Said, broken, doubtful, fine
from analysis_jobs.health.programs import asked_program

CHECKING = 20.0  # seconds
_CHECK = "from analysis_jobs.cli import main; main()"


def look_at_analysis(analysis: str, asked: str | None = None, cache: Path | None = None) -> Iterator[Said]:
    """Say what is wrong with an analysis in the environment that it would run in, which is not made for that.

    Parameters
    ----------
    analysis, asked, cache
        See `analysis_jobs.environments.choice.environment_of`.

    Raises
    ------
    InvalidInput
        If there is no such analysis, or what it declares cannot be.
    """
    if asked in (None, "auto") and (declaration := declared_by(analysis)):
        name = environment_name(declaration)
        if name not in made_in((cache or default_cache()).absolute()):
            yield fine(
                f"the environment that {declaration.by} declares is not made yet, and is by the first launch, or by "
                f"`analysis-jobs environment make {analysis}`"
            )
            return
    words = ["check", analysis, "--json", "--environment", asked or ("auto" if declared_by(analysis) else ACTIVE)]
    words += ["--environment-cache", str(cache)] if cache else []
    answer = asked_program([sys.executable, "-c", _CHECK, *words], CHECKING)
    if answer is None:
        yield doubtful(f"{analysis} was not loaded in {CHECKING:g} s; see what it does when it is imported")
    elif not answer.out.strip():
        yield broken(answer.words.removeprefix("error: "))
    else:
        yield from _told(analysis, json.loads(answer.out.splitlines()[-1])["findings"])


def _told(analysis: str, findings: list[dict[str, str]]) -> Iterator[Said]:
    wrong = [finding["message"] for finding in findings if finding["level"] == "wrong"]
    yield from map(broken, wrong)  # the rest is for who writes it
    if not wrong:
        yield fine(f"{analysis} can be loaded, and nothing is wrong with it")
