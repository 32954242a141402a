"""What another import makes of the defaults; `test_check_models.py` has those that are drawn in one."""

from pathlib import Path

import pytest
from support.checks import field, found, report

pytestmark = pytest.mark.usefixtures("importing")


@pytest.mark.parametrize(
    "value", ["time.time_ns()", "uuid.uuid4().hex", "os.getpid()", "[np.random.default_rng().random()]"]
)
def test_what_is_drawn_at_the_import(tmp_path: Path, value: str) -> None:
    (message,) = found(tmp_path, "import os, time, uuid\n" + field(f"n: Any = {value}"))
    assert message.startswith("warning: n becomes another value each time")


@pytest.mark.parametrize("value", ["(1, 2)", "{'b', 'a', 'c'}", "hash(1)", "Path('x')", "None"])
def test_what_stays(tmp_path: Path, value: str) -> None:
    assert found(tmp_path, field(f"n: Any = {value}")) == []


def test_what_another_import_says_stays_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert found(tmp_path, "import os\nos.system('echo said')\n" + field("n: int = 1")) == []
    assert capfd.readouterr().out.count("said") == 1


def test_an_analysis_that_cannot_be_imported_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    once = "import pathlib\nmark = pathlib.Path('mark')\nmark.exists() and 1 / 0\nmark.touch()\n"
    assert report(tmp_path, once + field("n: int = 1")).findings == []
