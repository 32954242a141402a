"""The picture of the states that the store keeps of a job, and of what leads from one to another."""

from typing import NamedTuple, get_args

from svg import LINE, Picture, Point, wrapped

from analysis_jobs.documents import StateName

WIDTH = 480
_SIZE: Point = (112, 38)
_TEXT = 13
NONE = "no state"
# Upper left corners
PLACES: dict[str, Point] = {
    NONE: (184, 16),
    "pending": (184, 136),
    "empty": (34, 136),
    "failed": (352, 136),
    "done": (184, 262),
    "withdrawn": (352, 262),
}
KINDS = {"pending": "run", "done": "good", "empty": "good", "failed": "bad", "withdrawn": "old", NONE: "ground"}


class Edge(NamedTuple):
    """What leads from one state to another: in words, by which modules of the package, and along which points."""

    old: str
    new: str
    words: str
    by: tuple[str, ...]
    points: tuple[Point, ...]
    number: Point


_CLAIMING, _RECORD, _REMOVAL = "stages/dedupe/claiming", "stages/record", "upkeep/removal"
EDGES = (
    Edge(NONE, "pending", "DEDUPE claims a new job", (_CLAIMING,), ((228, 55), (228, 134)), (228, 92)),
    Edge(
        "pending", "done",
        "RECORD: its results are published and its record is written. Or a removal was killed before it began, and "
        "fsck --repair gives the state back",
        (_RECORD, "upkeep/half_forgotten"), ((228, 175), (228, 260)), (228, 216),
    ),
    Edge(
        "pending", "empty", "RECORD: the analysis raised NothingToReport", (_RECORD,),
        ((183, 155), (148, 155)), (166, 155),
    ),
    Edge(
        "pending", "failed", "RECORD: the analysis raised, its task died, or its result could not be kept", (_RECORD,),
        ((297, 147), (350, 147)), (322, 147),
    ),
    Edge(
        "failed", "pending", "DEDUPE tries it again, up to --max_attempts; then it says gave_up, and the state stays",
        (_CLAIMING,), ((351, 170), (298, 170)), (322, 170),
    ),
    Edge(
        "pending", "pending",
        "DEDUPE takes up what another launch did not finish, when its claim is over. Or the claim is ended: by "
        "release, or where a limit was reached before the job started",
        (_CLAIMING, "store/release"), ((280, 135), (280, 116), (318, 116), (318, 132), (298, 140)), (318, 112),
    ),
    Edge(
        "done", "pending",
        "DEDUPE: its record is gone, or it is opened again, as an input has changed. Or forget, collect or fsck "
        "--repair claims it, to remove it",
        (_CLAIMING, _REMOVAL), ((256, 261), (256, 176)), (256, 216),
    ),
    Edge(
        "pending", NONE, "forget, collect or fsck --repair has removed it", (_REMOVAL,),
        ((256, 135), (256, 56)), (256, 92),
    ),
    Edge(
        NONE, "done", "adopt: a result of other code counts for it", ("store/adopt",),
        ((183, 35), (16, 35), (16, 281), (182, 281)), (16, 216),
    ),
    Edge(
        "done", "withdrawn", "adopt --withdraw takes that back", ("store/adopt",),
        ((297, 281), (350, 281)), (322, 281),
    ),
    Edge("withdrawn", "pending", "DEDUPE runs it", (_CLAIMING,), ((380, 261), (286, 176)), (334, 219)),
)  # fmt: skip


def states() -> str:
    """Return the picture: the states as boxes, numbered arrows, and below what each number means."""
    names = {NONE, *get_args(StateName)}
    if undrawn := names ^ PLACES.keys():
        raise LookupError(
            f"tools/states_drawing.py is to draw the states of the store, and of these it does not: {sorted(undrawn)}"
        )
    about = "; ".join(f"{number}: {edge.old} to {edge.new}, {edge.words}" for number, edge in enumerate(EDGES, start=1))
    picture = Picture(WIDTH, "The states that the store keeps of a job", about)
    for name, place in PLACES.items():
        picture.box(place, _SIZE, KINDS[name])
        picture.text((place[0] + _SIZE[0] / 2, place[1] + 9), [name], 14, "faint" if name == NONE else "code", "middle")
    for number, edge in enumerate(EDGES, start=1):
        picture.arrow(edge.points)
        picture.number(edge.number, number)
    y = PLACES["done"][1] + _SIZE[1] + 26
    for number, edge in enumerate(EDGES, start=1):
        picture.number((24, y + 9), number)
        y = picture.text((44, y), wrapped(edge.words, WIDTH - 44 - 14, _TEXT), _TEXT) + 0.45 * LINE * _TEXT
    return picture.svg(round(y + 8))
