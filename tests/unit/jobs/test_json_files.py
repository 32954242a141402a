"""Job files that are wrong: each is told by file, value and remedy, and stops none of the others."""

import os
from contextlib import nullcontext
from pathlib import Path

import pytest
from support.bad_job_files import BAD, IN_THE_PARAMETERS
from support.samples import job_text, write_files

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import read_job
from analysis_jobs.jobs.json_files import DEEPEST, LARGEST_FILE

AS_ROOT = os.geteuid() == 0


def unreadable(path: Path) -> None:
    path.write_text(job_text("a"))
    path.chmod(0)


@pytest.mark.parametrize("kind", [kind for kind in BAD if kind not in IN_THE_PARAMETERS])
def test_message_names_file_value_and_remedy(tmp_path: Path, kind: str) -> None:
    write, value, remedy = BAD[kind]
    write(tmp_path / "x.json")
    with pytest.raises(InvalidInput) as caught:
        read_job(tmp_path / "x.json", "sub/x.json")
    message = str(caught.value)
    assert message.startswith("sub/x.json")
    assert value in message
    assert remedy in message
    assert len(message) < 400
    assert message.isprintable()


@pytest.mark.skipif(AS_ROOT, reason="root may read every file")
def test_unreadable_file(tmp_path: Path) -> None:
    unreadable(tmp_path / "x.json")
    with pytest.raises(InvalidInput, match=r"x.json cannot be read: Permission denied; check the file"):
        read_job(tmp_path / "x.json", "x.json")


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^p.json does not exist; check the path"):
        read_job(tmp_path / "p.json", "p.json")


def test_largest_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(job_text("a").ljust(LARGEST_FILE))
    assert read_job(path, "x.json").inputs == ["a"]


@pytest.mark.parametrize(("levels", "refused"), [(DEEPEST, False), (DEEPEST + 1, True)])
def test_deepest_file_is_read(tmp_path: Path, levels: int, refused: bool) -> None:
    inside = levels - 2  # the job and its group_metadata
    path = write_files(tmp_path, {"x.json": job_text("a", group_metadata={"x": "HERE"})}) / "x.json"
    path.write_text(path.read_text().replace('"HERE"', "[" * inside + "1" + "]" * inside))
    with pytest.raises(InvalidInput, match="too deeply") if refused else nullcontext():
        assert read_job(path, "x.json").inputs == ["a"]
