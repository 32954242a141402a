"""The figures of jobs, and why others are not there."""

from support.reports import failure, job

from analysis_jobs.report.gallery import gallery_of
from analysis_jobs.report.thumbnails import Image, Images


def image(name: str) -> Image:
    return Image(name, "data:,", 10, 10, None)


def test_figures_are_in_the_order_of_the_rows() -> None:
    rows = [
        job(1, label="one"),
        failure(2, "oh"),
        job(3, label="three", decision="done"),
        job(1, "repeat", label="one"),
    ]
    read = [({**rows[2], "label": "old"}, [image("b.png"), image("a.png")]), (rows[0], [image("b.png")])]
    gallery = gallery_of(rows, Images(read, ["Left out."]))  # type: ignore[arg-type]
    assert [(figure.row, figure.label, figure.name) for figure in gallery.figures] == [
        (0, "one", "b.png"),
        (2, "three", "a.png"),
        (2, "three", "b.png"),
    ]
    assert gallery.names == [("b.png", 2), ("a.png", 1)]
    assert (gallery.left_out, gallery.before) == (["Left out."], 1)


def test_why_others_are_missing_is_told_by_the_row() -> None:
    rows = [failure(1, "oh"), job(2)]
    missing = {rows[1]["key"]: {"a\u202e.png": "could not be read: oh"}, "of another launch": {"": "not looked at"}}
    assert gallery_of(rows, Images(missing=missing)).missing == {1: {"a\\u202e.png": "could not be read: oh"}}
