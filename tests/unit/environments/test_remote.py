"""Objects of ours in the Python of another environment."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.samples import ANALYSIS, PROJECT, write_files

from analysis_jobs.environments.choice import AnalysisEnvironment, environment_of
from analysis_jobs.environments.inventory import inventory
from analysis_jobs.environments.making import inventory_of
from analysis_jobs.environments.own_package import own_requirement
from analysis_jobs.environments.remote import Remote
from analysis_jobs.errors import InvalidInput, ServiceUnavailable

HERE = AnalysisEnvironment("path", Path(sys.prefix))


@pytest.fixture(autouse=True)
def findable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


def test_it_is_made_and_called(capfd: pytest.CaptureFixture[str]) -> None:
    with Remote(HERE, "support.counting:Counter", start=3) as counter:
        assert counter.call("add", number=2) == {"count": 5, "prefix": sys.prefix}
        assert counter.call("add", number=1)["count"] == 6
        with pytest.raises(ServiceUnavailable, match="later"):
            counter.call("fail")
        assert counter.call("add", number=0)["count"] == 6
    assert "said there" in capfd.readouterr().out


@pytest.mark.parametrize("name", ["json", "re", "enum", "typing", "analysis_jobs"])
def test_files_of_the_current_folder_are_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    write_files(tmp_path, {f"{name}.py": "raise SystemExit('not this one')"})
    monkeypatch.chdir(tmp_path)
    with Remote(HERE, "support.counting:Counter", start=3) as counter:
        assert counter.call("add", number=2)["count"] == 5
    assert inventory_of(HERE.prefix) == inventory()


def test_what_is_wrong_there_is_wrong_here() -> None:
    with pytest.raises(InvalidInput, match="it begins below 0"):
        Remote(HERE, "support.counting:Counter", start=-1)


def test_its_end_is_said() -> None:
    ended = pytest.raises(InvalidInput, match=r"ended \(exit code 7\) while it loaded the analysis")
    with Remote(HERE, "support.counting:Counter", start=0) as counter, ended:
        counter.call("end")


def test_it_runs_in_the_other_environment(tmp_path: Path, cache: Path) -> None:
    write_files(tmp_path, {"units.py": ANALYSIS, "requirements.txt": "tomli-w==1.1.0\n"})
    environment = environment_of(str(tmp_path / "units.py"), cache=cache)
    with Remote(environment, "support.counting:Counter", start=0) as counter:
        assert counter.call("add", number=0)["prefix"] == str(environment.prefix)


def test_an_environment_without_our_package(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    with pytest.raises(InvalidInput) as error:
        Remote(AnalysisEnvironment("path", tmp_path / "env"), "support.counting:Counter", start=0)
    assert f"the environment {tmp_path}/env lacks aind-analysis-jobs, or what that needs (No " in str(error.value)
    assert str(error.value).endswith(f": uv pip install --python {tmp_path}/env/bin/python {own_requirement()}")
    (site,) = tmp_path.glob("env/lib/*/site-packages")
    (site / "pip").mkdir()
    with pytest.raises(InvalidInput) as error:
        Remote(AnalysisEnvironment("path", tmp_path / "env"), "support.counting:Counter", start=0)
    assert str(error.value).endswith(f": {tmp_path}/env/bin/python -m pip install {own_requirement()}")


def test_one_that_was_made_is_never_changed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "0123-ab"], check=True)
    with pytest.raises(InvalidInput) as error:
        Remote(AnalysisEnvironment("auto", tmp_path / "0123-ab"), "support.counting:Counter", start=0)
    said = f": analysis-jobs environment remove 0123 --environment-cache {tmp_path}"
    assert str(error.value).endswith(said)


def test_an_environment_with_another_version(tmp_path: Path) -> None:
    env = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", env], check=True)
    (site,) = env.glob("lib/*/site-packages")
    serve = "import json, os\ndef serve(asked, told):\n    os.write(told, json.dumps({'value': '0.0.9'}).encode())\n"
    files = {"environments/serve.py": serve, "pipeline.py": "__version__ = '0.0.9'\n", "__init__.py": ""}
    write_files(site / "analysis_jobs", {**files, "environments/__init__.py": "", "../pydantic.py": ""})
    with pytest.raises(InvalidInput, match=r"has aind-analysis-jobs 0\.0\.9, and this is "):
        Remote(AnalysisEnvironment("path", env), "support.counting:Counter", start=0)


def test_what_ours_needs_may_be_lacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    monkeypatch.setenv("PYTHONPATH", str(PROJECT / "src"))
    with pytest.raises(InvalidInput) as error:
        Remote(AnalysisEnvironment("path", tmp_path / "env"), "support.counting:Counter", start=3)
    assert "lacks aind-analysis-jobs, or what that needs (No module named 'pydantic'): " in str(error.value)
    assert "uv pip install" in str(error.value)
