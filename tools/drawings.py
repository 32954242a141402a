"""Draw the pictures of how it works, docs/pipeline.svg and docs/states.svg, from the code: part of `make reference`.

python tools/drawings.py

What a process is called, says of itself and hands on comes from `modules/`, the states from the package. What stands
here beside it is watched by tests/tools/test_drawings.py.
"""

from pathlib import Path
from typing import NamedTuple

from pipeline_code import PROJECT, Process, processes
from svg import LINE, Picture, Point, wrapped

DOCS = PROJECT / "docs"
WIDTH = 480
_MARGIN, _GAP, _SIDE = 14, 26, 172
_BOX = WIDTH - 2 * _MARGIN - _GAP - _SIDE
_TEXT, _SMALL, _NAME = 13.5, 12, 15
_PAD = 9


class Drawn(NamedTuple):
    """A process as it is drawn: how many tasks, what it hands on below, and what it does in bucket and store."""

    tasks: str
    hands_on: str
    bucket: str = ""
    store: str = ""


# By process, in the order of the picture; SIZE stands beside ANALYZE
STAGES = {
    "DEDUPE": Drawn(
        "1 task", "batches, code.tar, run.json", "can it be written?", "which jobs are done? claims the others"
    ),
    "ANALYZE": Drawn("1 task a batch, which reads the recordings", "jobs/*: outcome.json, results, log"),
    "UPLOAD": Drawn("1 task a group", "uploaded.jsonl", "results, log, manifest.json last; code"),
    "RECORD": Drawn(
        "1 task a group", "settled.jsonl", "metadata.nd.json, the record", "the record, then the job's state"
    ),
    "SUMMARIZE": Drawn("1 task", "jobs.tsv, report.html", "reads figures", "how the launch ended"),
}  # fmt: skip
BESIDE = {"SIZE": Drawn("1 task, where nothing is known of the analysis", "batches")}
# Outputs that are not drawn: what the launch prints and counts by, and lists that go the same way as what is drawn
LEFT_OUT = {
    "counts.txt", "warnings.txt", "problem.txt", "python.txt", "failed.txt", "seconds.txt", "note.txt",
    "decisions.jsonl", "sources.tar.gz", "account", "{jobs.tsv,report.html,account}",
}  # fmt: skip
# Where the processes with a label run
PLACES = {
    "runs_analysis": "where the profile says: on this machine, SLURM or AWS Batch",
    "publishes": "where Nextflow runs; with AWS Batch there, unless --head_stages",
}


def pipeline(known: dict[str, Process]) -> str:
    """Return the picture of the processes, one below the other."""
    if undrawn := known.keys() ^ (STAGES.keys() | BESIDE.keys()):
        raise LookupError(
            f"tools/drawings.py is to draw the processes of modules/, and of these it does not: {sorted(undrawn)}"
        )
    about = "; ".join(f"{name}: {known[name].sentence}" for name in STAGES)
    picture = Picture(WIDTH, "The processes of a launch, one below the other", about)
    y = _inputs(picture, _MARGIN)
    for name, drawn in STAGES.items():
        side = _beside(picture, known, y) if name == "ANALYZE" else _chips(picture, drawn, y)
        bottom = _process(picture, known[name], drawn, (_MARGIN, y), (_BOX, side - y))
        y = _handed_on(picture, drawn.hands_on, bottom)
    return picture.svg(_places(picture, y))


def _inputs(picture: Picture, y: float) -> float:
    names = ("jobs/*.json", "--analysis", "--parameters")
    width = (WIDTH - 2 * _MARGIN - 2 * 10) / 3
    for number, name in enumerate(names):
        x = _MARGIN + number * (width + 10)
        picture.box((x, y), (width, 30), "box")
        picture.text((x + width / 2, y + 7), [name], _SMALL, "code", "middle")
    picture.arrow([(_MARGIN + _BOX / 2, y + 30), (_MARGIN + _BOX / 2, y + 58)])
    return y + 60


def _process(picture: Picture, process: Process, drawn: Drawn, place: Point, least: Point) -> float:
    """Draw a process, of that width and at least that height; return where it ends."""
    (x, y), (width, lowest) = place, least
    inner = width - 2 * _PAD
    lines = wrapped(process.sentence, inner, _TEXT)
    tasks = wrapped(drawn.tasks, inner, _SMALL)
    height = max(round(2 * _PAD + LINE * (_NAME + _TEXT * len(lines) + _SMALL * len(tasks))), lowest)
    picture.box(place, (width, height), "run" if "runs_analysis" in process.labels else "box")
    below = picture.text((x + _PAD, y + _PAD - 2), [process.name], _NAME, "code")
    below = picture.text((x + _PAD, below), lines, _TEXT)
    picture.text((x + _PAD, below), tasks, _SMALL, "faint")
    return y + height


def _chips(picture: Picture, drawn: Drawn, y: float) -> float:
    x = WIDTH - _MARGIN - _SIDE
    for kind, words in (("bucket", drawn.bucket), ("store", drawn.store)):
        if not words:
            continue
        lines = wrapped(words, _SIDE - 2 * _PAD, _SMALL)
        height = round(2 * _PAD + LINE * _SMALL * (len(lines) + 1)) - 4
        picture.box((x, y), (_SIDE, height), kind)
        below = picture.text((x + _PAD, y + _PAD - 3), [kind], _SMALL, "code")
        picture.text((x + _PAD, below), lines, _SMALL)
        is_read = words.startswith("reads")
        ends = ((x - 1, y + 20), (_MARGIN + _BOX + 1, y + 20))
        picture.arrow(ends if is_read else ends[::-1], both="?" in words)
        y += height + 6
    return y - 6


def _beside(picture: Picture, known: dict[str, Process], y: float) -> float:
    ((name, drawn),) = BESIDE.items()
    x = WIDTH - _MARGIN - _SIDE
    bottom = _process(picture, known[name], drawn, (x, y), (_SIDE, 0))
    picture.arrow([(_MARGIN + _BOX + 1, y + 24), (x - 1, y + 24)])
    picture.arrow([(x - 1, y + 48), (_MARGIN + _BOX + 1, y + 48)])
    return bottom


def _handed_on(picture: Picture, words: str, y: float) -> float:
    x = _MARGIN + _BOX / 2
    lines = wrapped(words, _BOX / 2 + _GAP + _SIDE - 20, _SMALL, is_code=True)
    height = max(34, round(LINE * _SMALL * len(lines)) + 16)
    picture.arrow([(x, y), (x, y + height - 2)])
    picture.text((x + 12, y + 8), lines, _SMALL, "code")
    return y + height


def _places(picture: Picture, y: float) -> float:
    picture.box((_MARGIN, y), (_BOX, 30), "box")
    picture.text((_MARGIN + _BOX / 2, y + 7), ["--outdir"], _SMALL, "code", "middle")
    y += 46
    for label, kind in (("runs_analysis", "run"), ("publishes", "box")):
        picture.box((_MARGIN, y), (22, 16), kind)
        y = picture.text((_MARGIN + 32, y), wrapped(PLACES[label], WIDTH - 2 * _MARGIN - 40, _SMALL), _SMALL) + 6
    return y + _MARGIN - 6


def main() -> None:
    from states_drawing import states

    for name, text in (("pipeline.svg", pipeline(processes())), ("states.svg", states())):
        Path(DOCS / name).write_text(text)
        print(DOCS / name)


if __name__ == "__main__":
    main()
