"""What happens within the process of a job: the log takes all that is printed, and secrets are withheld."""

import json
from pathlib import Path

import pytest
from support.samples import entry, run_python, write_files

ANALYSIS = """
import os, sys
from analysis_jobs import GenericModel

class AnalysisSpecification(GenericModel):
    cutoff: float = 0.5

class AnalysisOutputs(GenericModel):
    withheld: bool
    at: str
    read: str

def run_analysis(job, specification, results):
    print("printed")
    os.system("echo by a program")
    if specification.cutoff > 1:
        raise KeyboardInterrupt
    return AnalysisOutputs(withheld="GIT_ACCESS_TOKEN" not in os.environ, at=os.getcwd(), read=sys.stdin.read())
"""
RUN = """
import json, os, sys
from pathlib import Path
from analysis_jobs.analysis.loading import load
from analysis_jobs.analysis.source import locate
from analysis_jobs.stages.analyze.inside import beginning, run_inside
folder = Path(sys.argv[1])
log = os.open(folder / "analysis.log", os.O_WRONLY | os.O_CREAT)
analysis = load(locate(str(folder / "units.py")))
run_inside(analysis, json.loads(sys.argv[2]), folder, log, None, beginning(analysis, shared=False))
"""


@pytest.mark.parametrize(("cutoff", "state"), [(0.5, "done"), (2, "failed")])
def test_what_a_job_leaves(tmp_path: Path, cutoff: float, state: str) -> None:
    write_files(tmp_path, {"units.py": ANALYSIS, "results/.keep": ""})
    (tmp_path / "results" / ".keep").unlink()
    job = entry("k")
    job["parts"]["parameters"] = job["given"] = {"cutoff": cutoff}
    assert run_python(RUN, tmp_path, json.dumps(job), GIT_ACCESS_TOKEN="secret") == "", "all of it is in the log"
    outcome = json.loads((tmp_path / "outcome.json").read_text())
    assert outcome["state"] == state
    assert (tmp_path / "analysis.log").read_text().startswith("printed\nby a program\n")
    if state == "done":
        assert outcome["outputs"] == {"withheld": True, "at": str(tmp_path / "results"), "read": ""}
    else:
        assert outcome["error"]["type"] == "KeyboardInterrupt"
