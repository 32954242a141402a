"""An image for an analysis: what an engine is given to build it of."""

import shutil
import subprocess
from pathlib import Path

import pytest
from support.samples import ANALYSIS, write_files

from analysis_jobs.authoring.image import build_image
from analysis_jobs.errors import InvalidInput

# Keeps what it was given, as a build would see it
ENGINE = """#!/bin/sh
echo "$@" > {kept}/words
for last; do :; done
cp -r "$last" {kept}/context
exit {status}
"""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    kept = tmp_path / "kept"
    write_files(tmp_path, {"bin/podman": ENGINE.format(kept=kept, status=0), "kept/x": ""})
    (tmp_path / "bin" / "podman").chmod(0o755)
    for name in ("cp", "git"):  # and no Docker, which this machine may have
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return kept


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_folder_with_its_declaration(engine: Path, tmp_path: Path) -> None:
    files = {"analysis.py": ANALYSIS, "requirements.txt": "-r more.txt\n", "more.txt": "tomli-w\n", ".git/x": ""}
    build_image(str(write_files(tmp_path / "lab", files)), "lab/units:1", "base:2", ["--network=host"])
    words = (engine / "words").read_text().split()
    assert words[:-1] == ["build", "--tag", "lab/units:1", "--network=host"]
    assert names(engine / "context") == [
        "Dockerfile",
        "analysis/analysis.py",
        "analysis/more.txt",
        "analysis/requirements.txt",
    ]
    text = (engine / "context" / "Dockerfile").read_text()
    assert text.startswith("FROM base:2\n")
    assert "environment make /opt/analysis --environment-cache" in text
    assert "ENV ANALYSIS_ENVIRONMENT=/opt/environment" in text


def test_wheels_that_it_names_come_along(engine: Path, tmp_path: Path) -> None:
    files = {"units.py": ANALYSIS, "requirements.txt": "-f wheels\nx\n", "wheels/x-1-py3-none-any.whl": ""}
    build_image(str(write_files(tmp_path / "lab", files) / "units.py"), "units:1", "base:2")
    assert "analysis/wheels/x-1-py3-none-any.whl" in names(engine / "context")


def test_a_file_in_a_checkout_with_its_commit(engine: Path, tmp_path: Path) -> None:
    block = '# /// script\n# dependencies = ["tomli-w"]\n# ///\n'
    write_files(tmp_path / "lab", {"units.py": f"{block}import beside\n{ANALYSIS}", "beside.py": "", "other.py": ""})
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", tmp_path / "lab", *words], check=True)
    build_image(str(tmp_path / "lab" / "units.py"), "units:1", "base:2")
    assert names(engine / "context") == ["Dockerfile", "analysis/beside.py", "analysis/units.py"]
    text = (engine / "context" / "Dockerfile").read_text()
    assert "environment make /opt/analysis/units.py" in text
    head = subprocess.run(["git", "-C", tmp_path / "lab", "rev-parse", "HEAD"], capture_output=True, text=True)
    assert f'ANALYSIS_CODE_VERSION="{head.stdout.strip()}"' in text


def test_without_a_declaration_there_is_no_environment(engine: Path, tmp_path: Path) -> None:
    build_image(str(write_files(tmp_path / "lab", {"analysis.py": ANALYSIS})), "units:1", "base:2")
    assert "RUN" not in (engine / "context" / "Dockerfile").read_text()


def test_what_is_missing_or_fails_is_said(engine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = str(write_files(tmp_path / "lab", {"analysis.py": ANALYSIS}))
    (tmp_path / "bin" / "podman").write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(InvalidInput, match="podman could not build units:1; see the messages above"):
        build_image(lab, "units:1", "base:2")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(InvalidInput, match="an image is built by docker or podman, and neither is on PATH"):
        build_image(lab, "units:1", "base:2")
    with pytest.raises(InvalidInput, match="neither is on PATH"):
        build_image("json", "units:1", "base:2")
