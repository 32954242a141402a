"""The command `rerun`: its options; `published/test_rerun.py` has what it does."""

from pathlib import Path

import pytest
from support.shelf import command


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nokey", "--into", "again"], "no job has a key nokey...; `analysis-jobs list --store "),
        (["nokey", "--into", "again", "--tolerance", "-1"], "Invalid value for '--tolerance'"),
        (["nokey"], "Missing option '--into'"),
    ],
)
def test_what_is_wrong(shelf, place, capsys, tmp_path: Path, words, said, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = command(capsys, "rerun", *words, *place)
    assert (ended.code, ended.out, said in ended.err) == (2, "", True), ended.err
    assert not Path("again").exists()
