"""Figures side by side."""

import pytest

from analysis_jobs.browse import gallery as module
from analysis_jobs.browse.gallery import FigureGrid, gallery

from .conftest import Browsed


def shown(browsed: Browsed, name: str = "", start: int = 0) -> FigureGrid:
    return gallery(browsed.desk.catalog, browsed.desk.files, browsed.index.newest_first, name, start)


def test_a_line_for_each_recording_a_column_for_each_set(browsed: Browsed) -> None:
    found = shown(browsed)
    assert found.names == {"rates.png": 7, "plots/waveform.png": 7}
    assert found.columns == [f"isi_violations_cutoff={cutoff}" for cutoff in (0.001, 0.002, 0.004)]
    assert len(found.lines) == 3
    line = found.lines["ecephys_701003_2025-06-03_10-20-30/recording.nwb"]
    keys = [browsed.keys[f"701003 {cutoff}"] for cutoff in (0.001, 0.002, 0.004)]
    assert [[cell.key for cell in cells] for cells in line] == [[key] for key in keys]
    assert [cell.missing[:30] for cells in line for cell in cells] == ["", "", "failed: ValueError: unit 6 of "]
    assert line[0][0].label.endswith("recording.nwb · isi_violations_cutoff=0.001")


def test_a_name_that_some_do_not_have(browsed: Browsed) -> None:
    missing = {cell.missing for line in shown(browsed, "other.png").lines.values() for some in line for cell in some}
    assert "its results have no other.png" in missing


def test_pages(browsed: Browsed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "JOBS_OF_A_PAGE", 4)
    pages = [shown(browsed, start=start) for start in (0, 4, 8)]
    assert [page.left_out for page in pages] == [5, 1, 0]
    keys = [cell.key for page in pages for line in page.lines.values() for some in line for cell in some]
    assert sorted(keys) == sorted(browsed.keys.values())
