"""What of a repetition needs the analysis itself: asked in the Python that the job runs in again."""

import contextlib
import sys
from pathlib import Path

from analysis_jobs.analysis.loading import load_exported
from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.specification import rebuilt, validated
from analysis_jobs.wording import shown


class LoadedAgain:
    """The code of a job that is run again, loaded."""

    def __init__(self, code: str) -> None:
        """Load what `analysis_jobs.analysis.source.Source.export` wrote into a folder."""
        with contextlib.redirect_stdout(sys.stderr):  # where importing may print
            self.specification = load_exported(Path(code)).specification

    def parameters(self, given: Values, recorded: Values, other_code: bool) -> Values:
        """Return the recorded parameters, if the code makes those of what was given, else what other code makes.

        Raises
        ------
        InvalidInput
            If it makes others, and only the same code will do.
        """
        with contextlib.suppress(InvalidInput):
            rebuilt(given, recorded, self.specification)
            return recorded
        made = validated(given, self.specification)
        unlike = sorted(name for name in made.keys() | recorded.keys() if made.get(name) != recorded.get(name))
        if unlike and not other_code:
            name = unlike[0]
            raise InvalidInput(
                f"AnalysisSpecification makes {name} = {shown(made.get(name))} of what was given, where "
                f"{shown(recorded.get(name))} is recorded; use the packages that the manifest names, or --other-code"
            )
        return made
