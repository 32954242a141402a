"""Images, built by a program that stands for docker: names, labels, and what is said where there is none."""

import re
from pathlib import Path

import pytest
from release.images import build_images, why_no_images
from release.refusal import Refused
from release.repository import Repository
from support.samples import PROJECT

from .conftest import Fake

# What tools/build-images needs of the system, where nothing else is to be found
SYSTEM = ("bash", "env", "dirname", "sed", "git", "date")


@pytest.fixture
def nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake: Fake) -> None:
    """A PATH without docker and podman, but those that a test puts there."""
    import shutil

    for name in SYSTEM:
        (tmp_path / "programs" / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))


def labels(called: str) -> dict[str, str]:
    return dict(re.findall(r"--label org\.opencontainers\.image\.(\w+)=(.*?)(?= --| -t)", called))


def test_each_image_says_what_it_is(small: Repository, fake: Fake) -> None:
    log = fake("docker", "")
    assert why_no_images() == ""
    log.write_text("")
    names = build_images(small, ["--network", "host"])
    assert names == ["aind-analysis-jobs:0.1.0", "isi-violations:0.1.0"]
    base, analysis = log.read_text().splitlines()
    source = re.findall(r"^source=(.*)$", (PROJECT / "tools" / "build-images").read_text(), re.MULTILINE)[0]
    assert labels(base) == {
        "title": "aind-analysis-jobs",
        "description": "A small project",
        "version": "0.1.0",
        "revision": small.commit(),
        "created": small.git("log", "-1", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%cd"),
        "source": source,
        "url": source,
        "licenses": "MIT",
        "authors": "aind-analysis-jobs contributors",
    }
    assert labels(analysis)["title"] == "isi-violations"
    assert labels(analysis)["revision"] == small.commit()
    assert " -t aind-analysis-jobs:0.1.0 --target base --network host ." in base
    assert " -t isi-violations:0.1.0 --target analysis " in analysis
    assert f"--build-arg CODE_VERSION={small.commit()}" in analysis


@pytest.mark.usefixtures("nothing_else")
def test_podman_will_do(small: Repository, fake: Fake) -> None:
    log = fake("podman")
    assert why_no_images() == ""
    assert build_images(small, []) == ["aind-analysis-jobs:0.1.0", "isi-violations:0.1.0"]
    assert log.read_text().count("build --quiet") == 2


@pytest.mark.usefixtures("nothing_else")
def test_no_engine(small: Repository, capfd: pytest.CaptureFixture[str]) -> None:
    assert why_no_images() == "neither docker nor podman is on PATH"
    with pytest.raises(Refused, match="the images cannot be built"):
        build_images(small, [])
    assert "Neither docker nor podman is on PATH: install one to build images" in capfd.readouterr().err


def test_an_engine_that_does_not_answer(fake: Fake) -> None:
    fake("docker", "exit 1")
    assert why_no_images() == "docker does not answer (`docker info` says why)"


def test_a_build_that_fails(small: Repository, fake: Fake) -> None:
    fake("docker", "exit 1")
    with pytest.raises(Refused, match=r"the images cannot be built: see above, or try `tools/build-images --pull`"):
        build_images(small, ["--pull"])
