"""Labs for places that need more than this machine: an engine or a cluster; `make test-PLACE` says that it is there."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docs.checkout import Checkout
from pipeline.conftest import environment, new_lab  # noqa: F401
from support.lab import PROJECT, Lab

SOMEONE = 4711  # no user of this machine, nor of the images


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        place = next((mark.args[0] for mark in item.iter_markers("place")), None)
        if place and place not in os.environ.get("TEST_PLACES", "").split():
            item.add_marker(pytest.mark.skip(reason=f"needs {place}: make test-{place}"))


@pytest.fixture(scope="session")
def someones_lab(environment: dict[str, str]) -> Iterator[Callable[[str], Lab]]:  # noqa: F811
    """Labs whose launches are made by an ordinary user, also where the administrator runs the tests."""
    # Apart from the pipeline: Nextflow mounts the folder that it and the lab have in common
    home = next(top for top in ("/var/tmp", "/tmp") if PROJECT.parts[:2] != Path(top).parts[:2])
    base = Path(tempfile.mkdtemp(prefix="places-", dir=home))
    base.chmod(0o755)

    def make(name: str) -> Lab:
        lab = Lab(base / name, {**environment, "HOME": str(base / name), "NXF_HOME": str(base / name / ".nextflow")})
        if os.getuid() == 0:
            lab.caller = {"user": SOMEONE, "group": SOMEONE, "extra_groups": engine_groups()}
        return lab

    yield make
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def checkout(tmp_path: Path, environment: dict[str, str]) -> Checkout:  # noqa: F811
    """A checkout with a demo, to execute the commands of the documents in that need a place."""
    checkout = Checkout(tmp_path / "checkout", environment)
    checkout.renew()
    return checkout


def engine_groups() -> list[int]:
    socket = Path("/var/run/docker.sock")
    return [socket.stat().st_gid] if socket.exists() else []


def give(lab: Lab) -> None:
    """Let the lab and everything in it belong to whoever launches."""
    if lab.caller:
        for path in (lab.folder, *lab.folder.rglob("*")):
            os.chown(path, SOMEONE, SOMEONE)
