"""Compute a published job again, from what its manifest says, and compare."""

import contextlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from analysis_jobs.analysis.loading import load_exported
from analysis_jobs.documents import Entry, Manifest, Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.outcome import read_outcome
from analysis_jobs.jobs.specification import rebuilt, validated
from analysis_jobs.published.comparison import Comparison, Repeated, compare
from analysis_jobs.published.find import Published, new_folder
from analysis_jobs.published.recorded_code import RecordedCode, find_code
from analysis_jobs.stages.attempts import OUTCOME, best_attempt
from analysis_jobs.wording import shown

# What bin/analyze.py does, which is not there where this package was installed
_ANALYZE = """
import sys
from pathlib import Path
from analysis_jobs.process import run_task
from analysis_jobs.stages.analyze.analyze import analyze_batch
run_task(lambda: analyze_batch(Path(sys.argv[1]), Path("batch.json"), Path("jobs"), None))
"""


def rerun(
    results: Published,
    into: Path,
    analysis: str | None = None,
    *,
    other_code: bool = False,
    tolerance: float = 0.0,
    ignore: tuple[str, ...] = (),
) -> Comparison:
    """Run a job again as ANALYZE does, in a process and a folder of its own, and compare with what is published.

    Parameters
    ----------
    results
        The published job.
    into
        A folder that is empty or not there. Gets `results/`, `analysis.log`, `outcome.json`, the code that ran as
        `code/` and, as `comparison.json`, what is returned.
    analysis
        The code, as for `analysis_jobs.analysis.source.locate`; None for what the manifest says.
    other_code
        Run the code also where its digest is another one.
    tolerance, ignore
        As for `analysis_jobs.published.comparison.compare`.

    Returns
    -------
    dict
        As of `analysis_jobs.published.comparison.compare`, and `code`: whether it is the `same`, its digest `there` and
        `here`, where it is `from`, and a `note`.

    Raises
    ------
    InvalidInput
        If the job cannot be run again: its code cannot be had, or makes other parameters of those that were given.
    """
    manifest = results.manifest
    with new_folder(into, "--into") as folder, contextlib.redirect_stdout(sys.stderr):  # where importing may print
        code = find_code(manifest, analysis, folder / "checkout", other_code=other_code)
        code.source.export(folder / "code")
        loaded = load_exported(folder / "code")
        given = manifest.get("given", manifest["parts"]["parameters"])  # there is none in the oldest
        parameters = _parameters(given, manifest, loaded.specification, other_code=other_code)
        entry: Entry = {
            "key": manifest["key"],
            "attempt": manifest["attempt"],
            "parts": {**manifest["parts"], "parameters": parameters},
            "given": given,
            "job": manifest["job"],
        }
        here = _run(entry, folder)
        comparison = {**compare(manifest, here, tolerance=tolerance, ignore=ignore), "code": _about(code)}
        (folder / "comparison.json").write_text(json.dumps(comparison, indent=2))
    return comparison


def _parameters(given: Values, manifest: Manifest, specification: type[BaseModel], *, other_code: bool) -> Values:
    """Return the recorded parameters, if the code makes those of what was given, else what other code makes."""
    recorded = manifest["parts"]["parameters"]
    with contextlib.suppress(InvalidInput):
        rebuilt(given, recorded, specification)
        return recorded
    made = validated(given, specification)
    unlike = sorted(name for name in made.keys() | recorded.keys() if made.get(name) != recorded.get(name))
    if unlike and not other_code:
        name = unlike[0]
        raise InvalidInput(
            f"AnalysisSpecification makes {name} = {shown(made.get(name))} of what was given, where "
            f"{shown(recorded.get(name))} is recorded; use the packages that the manifest names, or --other-code"
        )
    return made


def _run(entry: Entry, folder: Path) -> Repeated:
    """Run a job as an ANALYZE task does, in a process of its own, and take apart what that leaves."""
    task = folder / "task"
    task.mkdir()
    (task / "batch.json").write_text(json.dumps({"jobs": [entry]}))
    subprocess.run([sys.executable, "-c", _ANALYZE, str(folder / "code")], cwd=task, stdout=2)
    ran = best_attempt(task / "jobs" / entry["key"])
    if ran is None:
        raise InvalidInput("the job could not be run again; what is above says why")
    for path in ran.folder.iterdir():
        path.rename(folder / path.name)
    shutil.rmtree(task)
    outcome = read_outcome(folder / OUTCOME)
    return {**outcome, "files": outcome.get("written", [])}


def _about(code: RecordedCode) -> dict[str, Any]:
    here = code.source.digest()
    note = None
    if code.same is False:
        note = f"sha256:{code.recorded} there, sha256:{here} here"
    elif code.same is None:
        note = f"nobody wrote down the digest of the code that ran; this is sha256:{here}"
    return {"same": code.same, "there": code.recorded, "here": here, "from": code.place, "note": note}
