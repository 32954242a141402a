"""One job file tried without Nextflow, in the Python that the analysis runs in: each of its parameter sets."""

import bdb
import contextlib
import os
import pdb
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from analysis_jobs.authoring.trial import KeyedBy, Trial, ready_trials
from analysis_jobs.redaction.addresses import open_address
from analysis_jobs.redaction.pump import redacted_descriptors
from analysis_jobs.stages.analyze.ending import fail_where_nothing_can_be_written
from analysis_jobs.stages.analyze.job import user_frames
from analysis_jobs.stages.dedupe.candidates import note_on
from analysis_jobs.wording import visible, visible_in_colours


class Trying:
    """The trials of one job file; what the analysis prints is redacted."""

    def __init__(
        self,
        analysis: str,
        job: str,
        results: str | None,
        parameters: str | None,
        assignments: list[str],
        **keyed_by: Any,
    ) -> None:
        """Make them ready; see `analysis_jobs.authoring.trial.ready_trials`, and `KeyedBy` for the other words."""
        with redacted_descriptors(visible_in_colours):
            given = _path(results), _path(parameters), assignments
            self._trials = ready_trials(analysis, Path(job), *given, KeyedBy(**keyed_by))
        fail_where_nothing_can_be_written()

    def count(self) -> int:
        """Return how many there are: one for each parameter set, or for the one that was asked for."""
        return len(self._trials)

    def run(self, number: int, *, debug: bool = False, raises: bool = False, redact: bool = True) -> dict[str, Any]:
        """Run one, and return what became of it, as JSON holds it.

        Parameters
        ----------
        number
            From 0.
        debug
            Open Python's debugger where the analysis fails.
        raises
            Catch nothing that the analysis raises.
        redact
            Redact what it prints, which a debugger may not need.
        """
        trial = self._trials[number]
        with contextlib.ExitStack() as redacting:
            if redact:
                redacting.enter_context(redacted_descriptors(visible_in_colours))
            if before := len(trial.files()):
                _say(f"files that were in {trial.results} before ({before}) are listed as well")
            on_failure = partial(_debugger, redacting) if debug else _print_traceback
            about = _about(trial, _outputs(trial) if raises else trial.outcome(on_failure))
            os.chdir(trial.results)  # where also a job ends, for what is written only then
            return about


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _outputs(trial: Trial) -> dict[str, Any]:
    return {"state": "done", "outputs": trial.outputs()}


def _print_traceback(error: BaseException, traceback: str) -> None:
    if isinstance(error, bdb.BdbQuit):  # of a breakpoint() in the analysis
        sys.exit(1)
    _say(visible(traceback))


def _debugger(redacting: contextlib.ExitStack, error: BaseException, traceback: str) -> None:
    _print_traceback(error, traceback)
    redacting.close()  # as a debugger needs the terminal itself
    if frames := user_frames(error):
        print("the debugger is where it failed: `up` and `down` walk the calls, `p NAME` shows a value, `q` ends")
        pdb.post_mortem(frames)
    else:
        _say("none of your code was running when it failed; to look at outputs, write breakpoint() before their return")


def _about(trial: Trial, outcome: Mapping[str, Any]) -> dict[str, Any]:
    names = ("state", "outputs", "reason", "error", "seconds", "peak_memory_bytes")
    return {
        "inputs": list(map(open_address, trial.job.inputs)),
        "parameters": trial.keyed.parts["parameters"],
        **{name: outcome[name] for name in names if name in outcome},
        **({"note": note} if (note := note_on(trial.job, trial.keyed)) else {}),
        "key": trial.keyed.key,
        "files": [{"path": name, "size": size} for name, size in trial.files().items()],
        "results": str(trial.results),
    }
