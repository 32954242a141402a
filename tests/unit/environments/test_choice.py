"""Which environment an analysis runs in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.samples import ANALYSIS, write_files

from analysis_jobs.environments.choice import AnalysisEnvironment, again, environment_of
from analysis_jobs.environments.inventory import inventory
from analysis_jobs.errors import InvalidInput


@pytest.fixture
def lab(tmp_path: Path) -> str:
    return str(write_files(tmp_path / "lab", {"analysis.py": ANALYSIS, "requirements.txt": "tomli-w==1.1.0\n"}))


def test_where_nothing_is_declared_the_active_one(tmp_path: Path) -> None:
    write_files(tmp_path, {"units.py": ANALYSIS})
    for asked in (None, "active"):
        environment = environment_of(str(tmp_path / "units.py"), asked)
        assert (environment.kind, environment.is_here) == ("active", True)
        assert sorted(environment.document(inventory())) == ["digest", "kind", "python"]


def test_where_something_is_one_of_its_own(lab: str, cache: Path) -> None:
    made = environment_of(lab, cache=cache)
    assert (made.kind, made.is_here, made.declared) == ("auto", False, "requirements.txt")
    found = environment_of(lab, "auto", cache)
    assert (found.prefix, found.seconds) == (made.prefix, None)
    assert made.held is not None
    document = made.document(made.held)
    assert document.get("place") == str(made.prefix)
    assert "tomli-w==1.1.0" in document.get("packages", ())
    assert environment_of(lab, "active").kind == "active"


def test_elsewhere_images_have_their_own(lab: str) -> None:
    assert environment_of(lab, elsewhere="in images, by docker").kind == "active"
    with pytest.raises(InvalidInput) as error:
        environment_of(lab, "auto", elsewhere="in images, by docker")
    assert str(error.value) == (
        "--environment auto makes an environment on this machine, and tasks run elsewhere (in images, by docker): "
        "build an image with `analysis-jobs image`, and give it as --analysis_image"
    )


def test_auto_needs_a_declaration(tmp_path: Path) -> None:
    write_files(tmp_path, {"units.py": ANALYSIS})
    with pytest.raises(InvalidInput, match=r"--environment auto needs packages that the analysis declares, and "):
        environment_of(str(tmp_path / "units.py"), "auto")


def test_a_folder_must_be_an_environment(lab: str, tmp_path: Path) -> None:
    named = environment_of(lab, sys.prefix)
    assert (named.kind, named.is_here) == ("path", True)
    with pytest.raises(InvalidInput, match="is not an environment, because it has no bin/python"):
        environment_of(lab, str(tmp_path))


def test_one_as_a_job_had_is_found_or_made_of_its_list(lab: str, cache: Path, tmp_path: Path) -> None:
    made = environment_of(lab, cache=cache)
    assert made.held is not None
    used = made.document(made.held)
    assert again(used, cache).prefix == made.prefix
    anew = again(used, tmp_path / "another cache")
    assert anew.prefix.parent == tmp_path / "another cache"
    assert anew.held == made.held


def test_a_shell_and_a_process_run_in_it(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "an env's"], check=True)
    environment = AnalysisEnvironment("path", tmp_path / "an env's")
    for command, variables in (
        (["bash", "-ue", "-c", f"{environment.script()}\npython -c 'import sys; print(sys.prefix)'"], os.environ),
        (["python", "-c", "import sys; print(sys.prefix)"], environment.variables()),
    ):
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
        assert done.stdout == f"{environment.prefix}\n"


def test_a_task_on_a_machine_without_it_says_so(tmp_path: Path) -> None:
    script = AnalysisEnvironment("auto", tmp_path / "nowhere").script()
    done = subprocess.run(["bash", "-ue", "-c", script], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: the environment {tmp_path}/nowhere of the analysis is not on ")
    assert done.stderr.endswith(": give --environment_cache a folder that all machines of this launch share\n")
