"""Many inputs at a time, wherever they lie: each asked once, and a service that is down told of."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from support.samples import write_files

from analysis_jobs.errors import ServiceUnavailable
from analysis_jobs.recordings.inputs import Inputs
from analysis_jobs.recordings.inputs_in_s3 import InputsInS3
from analysis_jobs.recordings.inputs_on_disk import InputsOnDisk
from analysis_jobs.recordings.looked import Looked, TooManyFiles


@pytest.fixture
def nobody() -> str:
    """URL of a server that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_each_is_told_of(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.nwb": "1", "b.nwb": "2"})
    there, missing = str(tmp_path / "a.nwb"), str(tmp_path / "none")
    looked = Inputs().look([there, missing, there, "test", "gs://bucket/x", "/nul\0l"])
    assert looked == {
        there: Looked("there"),
        missing: Looked("missing", "nothing is there"),
        "test": Looked("cannot tell", "it is not an absolute path"),
        "gs://bucket/x": Looked("cannot tell", "gs:// cannot be asked"),
        "/nul\0l": Looked("cannot tell", looked["/nul\0l"].why),
    }
    assert Inputs().look([]) == {}


def test_each_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(InputsOnDisk, "look", lambda _, path, identify: asked.append(path) or Looked("there"))
    paths = [f"/data/{number}" for number in range(100)]
    assert set(Inputs().look(paths * 3)) == set(asked)
    assert len(asked) == 100


@pytest.mark.parametrize(
    ("error", "looked"),
    [
        (TooManyFiles("it has more than 3 files"), Looked("there", "it has more than 3 files")),
        (OSError(5, "Input/output error"), Looked("cannot tell", "Input/output error")),
        (ImportError(name="obstore"), Looked("cannot tell", "the package obstore is not installed")),
    ],
)
def test_what_cannot_be_told(monkeypatch: pytest.MonkeyPatch, error: Exception, looked: Looked) -> None:
    def fails(*_: object, **__: object) -> Looked:
        raise error

    monkeypatch.setattr(InputsInS3, "look", fails)
    assert Inputs().look(["s3://bucket/x"], identify=True) == {"s3://bucket/x": looked}


@pytest.mark.parametrize(
    ("call", "instead"),
    [
        (Inputs.look, "leave inputs alone with --check_inputs none"),
        (
            Inputs.contents,
            "leave out --inputs_by content, which reads all inputs; jobs have other keys without it",
        ),
    ],
)
@pytest.mark.parametrize("others", [[], ["/data/a", "/data/b"]])
def test_a_service_that_is_down_is_one_sentence(
    nobody: str, others: list[str], call: Callable[..., object], instead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.2")
    location = nobody.replace("http://", "http://me:secret@") + "/a.nwb"
    with pytest.raises(ServiceUnavailable) as raised:
        call(Inputs(), [*others, location])
    assert str(raised.value) == (
        f"the input {nobody}/a.nwb could not be checked, because its server did not answer for 0.2 s "
        f"(NewConnectionError); check the location and the network, and try again, or {instead}"
    )


def test_contents(tmp_path: Path) -> None:
    write_files(tmp_path, {"a": "1", "copy/of/a": "1", "z/0": "0", "z/1": "1"})
    one, other, folder = (str(tmp_path / name) for name in ("a", "copy/of/a", "z"))
    contents = Inputs().contents([one, other, folder, "/none", "test"])
    assert contents[one] == contents[other]
    assert contents[one]["digest"].startswith("sha256:")
    assert contents[folder]["digest"].startswith("folder-sha256:")
    assert contents["/none"] == {"problem": "No such file or directory"}
    assert contents["test"] == {"problem": "it is not an absolute path"}
