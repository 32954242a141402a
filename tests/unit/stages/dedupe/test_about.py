"""What is known of a launch: where the analysis was, what was asked for, and by whom."""

import subprocess
import sys

import pytest
from support.dedupes import Launch
from support.packs import pack_files
from support.samples import ANALYSIS, write_files

from analysis_jobs import __version__
from analysis_jobs.analysis.source import locate


def test_about_the_run(launch: Launch) -> None:
    said = ["name=happy_turing", "user=me", "nextflow=24.10", "commit=", "profile=docker", "resumed=true"]
    line = "nextflow run main.nf -resume --set.api_token abc --jobs https://me:pass@host/x"
    launch.run(*(word for each in said for word in ("--run", each)), "--command-line", line, "--price-per-hour", "0.5")
    unit = launch.folder / "lab" / "units.py"
    about = launch.about()
    environment = about.pop("environment")
    assert (environment["kind"], environment["python"]) == ("active", sys.version.split()[0])
    assert sorted(environment) == ["digest", "kind", "python"]  # each manifest names the packages
    assert about == {
        "owner": {"session": "s", "process": None},
        "analysis": "units",
        "entry": "units.py",
        "source": {"kind": "file", "path": str(unit), "digest": locate(str(unit)).digest()},
        "code": {},
        "experimenter": "me",
        "run_name": "happy_turing",
        "nextflow": "24.10",
        "command_line": "nextflow run main.nf -resume --set.api_token *** --jobs https://***@host/x",
        "profile": "docker",
        "resumed": True,
        "price_per_hour": 0.5,
        "pipeline": {
            "name": "aind-analysis-jobs",
            "url": "https://github.com/AllenNeuralDynamics/aind-analysis-jobs",
            "version": __version__,
            "commit": "",
        },
        "identity": f"sha256:{locate(str(launch.folder / 'lab' / 'units.py')).digest()}",
        "launch": {
            "started": "",
            "jobs": str(launch.folder / "jobs"),
            "parameters": None,
            "set": [],
        },
    }


def test_the_analysis_is_where_the_launch_says(launch: Launch) -> None:
    """Of a pack the task knows no place."""
    pack = pack_files(launch.folder / "code.zip", {"lab/units.py": ANALYSIS}, named="lab/units.py")
    launch.run("--code", pack, "--analysis-place", "s3://b/lab/units.py", analysis="units.py")
    assert launch.about()["source"]["path"] == "s3://b/lab/units.py"
    assert (launch.about()["analysis"], launch.about()["entry"]) == ("units", "units.py")


def test_it_says_that_pickled_objects_may_be_read(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_ALLOW_PICKLE", "true")
    launch.run()
    assert launch.about()["launch"]["allow_pickle"] is True


@pytest.mark.parametrize(("text", "known"), [(ANALYSIS, True), (ANALYSIS + "# edited since\n", False)])
def test_git_is_asked_about_what_was_packed_where_it_still_lies(launch: Launch, text: str, known: bool) -> None:
    unit = launch.folder / "lab" / "units.py"
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", unit.parent, *words], check=True)
    pack = pack_files(launch.folder / "code.zip", {"lab/units.py": text}, named="lab/units.py")
    launch.run("--code", pack, "--analysis-place", unit, analysis="units.py")
    assert ("commit" in launch.about()["code"]) == known
    launch.run("--code", pack, "--analysis-place", launch.folder / "nowhere.py", analysis="units.py")
    assert launch.about()["code"] == {}


def test_the_digest_is_written_down_beside_a_version(launch: Launch) -> None:
    launch.run("--code-version", "paper 1")
    assert launch.about()["source"]["digest"] == locate(str(launch.folder / "lab" / "units.py")).digest()
    assert {job["parts"]["code"] for batch in launch.batches() for job in batch["jobs"]} == {"version:paper 1"}


def test_the_price_is_no_part_of_a_job(launch: Launch) -> None:
    launch.run("--plan")
    batches, code = launch.batches(), (launch.work / "code.tar").read_bytes()
    launch.run("--plan", "--price-per-hour", "2")
    assert (launch.batches(), (launch.work / "code.tar").read_bytes()) == (batches, code)


def test_the_launch_is_told_as_it_was_asked_for(launch: Launch) -> None:
    """Inputs come into the task's folder as packs; a report must name the places that they come from."""
    write_files(launch.folder, {"p.json": '{"cutoff": 1}'})
    flags = ["--parameters", launch.folder / "p.json", "--set", "cutoff=0.25"]
    flags += ["--run", "started=2026-01-01T00:00Z"]
    launch.run(*flags, "--jobs-place", "/their/jobs", "--parameters-place", "/their/p.json")
    asked = {"started": "2026-01-01T00:00Z", "set": ["cutoff=0.25"]}
    assert launch.about()["launch"] == {**asked, "jobs": "/their/jobs", "parameters": "/their/p.json"}
    launch.run(*flags)
    here = {"jobs": str(launch.folder / "jobs"), "parameters": str(launch.folder / "p.json")}
    assert launch.about()["launch"] == {**asked, **here}


def test_what_is_left_to_launches_before_is_known(launch: Launch) -> None:
    launch.run("--learn", "memory_bytes")
    assert launch.about()["learnt"] == ["memory_bytes"]
