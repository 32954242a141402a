"""Whether pickled Python objects may be read."""

import pytest

from analysis_jobs.recordings.pickles import ALLOWING, pickles_allowed


@pytest.mark.parametrize(("value", "allowed"), [(None, False), ("false", False), ("", False), ("true", True)])
def test_the_environment_says_it(monkeypatch: pytest.MonkeyPatch, value: str | None, allowed: bool) -> None:
    (name,) = ALLOWING
    monkeypatch.delenv(name, raising=False)
    if value is not None:
        monkeypatch.setenv(name, value)
    assert pickles_allowed() is allowed
