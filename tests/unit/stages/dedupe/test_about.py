"""What is known of a launch: where the analysis was, what was asked for, and by whom."""

from support.dedupes import Launch
from support.samples import ANALYSIS, write_files

from analysis_jobs import __version__
from analysis_jobs.analysis.source import locate


def test_about_the_run(launch: Launch) -> None:
    said = ["name=happy_turing", "user=me", "nextflow=24.10", "commit=", "profile=docker", "resumed=true"]
    line = "nextflow run main.nf -resume --set.api_token abc --jobs https://me:pass@host/x"
    launch.run(*(word for each in said for word in ("--run", each)), "--command-line", line, "--price-per-hour", "0.5")
    unit = launch.folder / "lab" / "units.py"
    assert launch.about() == {
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


def test_where_the_analysis_was_is_found_through_links(launch: Launch) -> None:
    """Nextflow stages it by one."""
    (launch.folder / "staged").symlink_to(launch.folder / "lab")
    launch.run(analysis=launch.folder / "staged" / "units.py")
    assert launch.about()["source"]["path"] == str(launch.folder / "lab" / "units.py")
    write_files(launch.folder, {"lab/analysis.py": ANALYSIS})
    launch.run(analysis=launch.folder / "staged")
    assert launch.about()["source"]["kind"] == "folder"
    assert launch.about()["source"]["path"] == str(launch.folder / "lab")


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
    """Nextflow links inputs into the task's folder; a report must name the places that they come from."""
    write_files(launch.folder, {"p.json": '{"cutoff": 1}'})
    (launch.folder / "staged").mkdir()
    for name, target in {"jobs": "jobs", "lab": "lab", "parameters.json": "p.json"}.items():
        (launch.folder / "staged" / name).symlink_to(launch.folder / target)
    staged = launch.folder / "staged"
    flags = ["--jobs", staged / "jobs", "--parameters", staged / "parameters.json", "--set", "cutoff=0.25"]
    flags += ["--run", "started=2026-01-01T00:00Z"]
    launch.run(*flags, analysis=staged / "lab" / "units.py")
    assert launch.about()["launch"] == {
        "started": "2026-01-01T00:00Z",
        "jobs": str(launch.folder / "jobs"),
        "parameters": str(launch.folder / "p.json"),
        "set": ["cutoff=0.25"],
    }
