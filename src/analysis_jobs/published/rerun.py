"""Compute a published job again, from what its manifest says, and compare."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from analysis_jobs.documents import Entry, Manifest, Values
from analysis_jobs.environments.choice import ACTIVE, AUTO, AnalysisEnvironment, again, environment_of
from analysis_jobs.environments.remote import object_in
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.outcome import read_outcome
from analysis_jobs.published.comparison import Comparison, Repeated, compare_repetition
from analysis_jobs.published.find import Published, new_folder
from analysis_jobs.published.recorded_code import RecordedCode, find_code
from analysis_jobs.recordings.pickles import ALLOWING
from analysis_jobs.stages.attempts import OUTCOME, best_attempt

# What bin/analyze.py does, which is not there where this package was installed
_ANALYZE = """
import sys
from dataclasses import dataclass
from pathlib import Path
from analysis_jobs.process import run_task
from analysis_jobs.stages.analyze.analyze import analyze_batch
run_task(lambda: analyze_batch(Path(sys.argv[1]), Path("batch.json"), Path("jobs"), None))
"""


@dataclass(frozen=True)
class Repetition:
    """How a job is run again.

    Attributes
    ----------
    into
        A folder that is empty or not there. Gets `results/`, `analysis.log`, `outcome.json`, the code that ran as
        `code/` and, as `comparison.json`, what comes of it.
    analysis
        The code, as `analysis_jobs.analysis.source.locate` takes it; None for what the manifest says.
    other_code
        Run the code also where its digest is another one.
    environment, environment_cache
        As for `analysis_jobs.environments.choice.environment_of`; None for one as the job had, if that was made for it.
    tolerance, ignore
        As for `analysis_jobs.published.comparison.compare_repetition`.
    """

    into: Path
    analysis: str | None = None
    other_code: bool = False
    environment: str | None = None
    environment_cache: Path | None = None
    tolerance: float = 0.0
    ignore: tuple[str, ...] = ()


def rerun(results: Published, how: Repetition) -> Comparison:
    """Run a job again as ANALYZE does, in a process and a folder of its own, and compare with what is published.

    Returns
    -------
    dict
        As of `analysis_jobs.published.comparison.compare_repetition`, and `code`: whether it is the `same`, its digest
        `there` and `here`, where it is `from`, and a `note`.

    Raises
    ------
    InvalidInput
        If the job cannot be run again: its code cannot be had, or makes other parameters of those that were given.
    """
    manifest = results.manifest
    with new_folder(how.into, "--into") as folder:
        code = find_code(manifest, results.bucket, how.analysis, folder / "checkout", other_code=how.other_code)
        code.source.export(folder / "code")
        ran_in = _environment(manifest, how, code)
        given = manifest.get("given", manifest["parts"]["parameters"])  # there is none in the oldest
        parameters = _parameters(given, manifest, ran_in, folder / "code", other_code=how.other_code)
        entry: Entry = {
            "key": manifest["key"],
            "attempt": manifest["attempt"],
            "parts": {**manifest["parts"], "parameters": parameters},
            "given": given,
            "job": manifest["job"],
        }
        here = _run(entry, folder, ran_in, allow_pickle=manifest["run"].get("launch", {}).get("allow_pickle", False))
        comparison = {
            **compare_repetition(manifest, here, tolerance=how.tolerance, ignore=how.ignore),
            "code": _about(code),
        }
        (folder / "comparison.json").write_text(json.dumps(comparison, indent=2))
    return comparison


def _environment(manifest: Manifest, how: Repetition, code: RecordedCode) -> AnalysisEnvironment:
    """Return the environment that is asked for, else one as the job had if that was made for it, else this one."""
    used = manifest["run"].get("environment")
    if how.environment is None and used and used["kind"] == AUTO:
        return again(used, how.environment_cache)
    if how.environment is None and used and Path(used.get("place", "/nowhere"), "bin", "python").exists():
        return environment_of(code.place, used["place"])
    return environment_of(code.place, how.environment or ACTIVE, how.environment_cache)


def _parameters(
    given: Values, manifest: Manifest, environment: AnalysisEnvironment, code: Path, *, other_code: bool
) -> Values:
    asked = {"given": given, "recorded": manifest["parts"]["parameters"], "other_code": other_code}
    with object_in(environment, "analysis_jobs.published.again:LoadedAgain", code=str(code)) as call:
        return cast(Values, call("parameters", **asked))


def _run(entry: Entry, folder: Path, environment: AnalysisEnvironment, *, allow_pickle: bool) -> Repeated:
    """Run a job as an ANALYZE task does, in a process of its own, and take apart what that leaves."""
    task = folder / "task"
    task.mkdir()
    (task / "batch.json").write_text(json.dumps({"jobs": [entry]}))
    python = sys.executable if environment.is_here else environment.python
    variables = dict(os.environ) if environment.is_here else environment.variables()
    if allow_pickle:
        variables |= ALLOWING
    subprocess.run([python, "-c", _ANALYZE, str(folder / "code")], cwd=task, stdout=2, env=variables)
    ran = best_attempt(task / "jobs" / entry["key"])
    if ran is None:
        raise InvalidInput("the job could not be run again; see the messages above")
    for path in ran.folder.iterdir():
        path.rename(folder / path.name)
    shutil.rmtree(task)
    outcome = read_outcome(folder / OUTCOME)
    return {**outcome, "files": outcome.get("written", [])}


def _about(code: RecordedCode) -> dict[str, Any]:
    here = code.source.digest()
    note = f"taken from the archive {code.archive}" if code.archive else None
    if code.recorded and code.recorded != here:
        note = f"sha256:{code.recorded} there, sha256:{here} here{', which is the same syntax' if code.same else ''}"
    elif code.same is None:
        note = f"the digest of the code that ran is not recorded; this is sha256:{here}"
    return {"same": code.same, "there": code.recorded, "here": here, "from": code.place, "note": note}
