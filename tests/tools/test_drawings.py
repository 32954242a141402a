"""The pictures of how it works: current, with every process and state of the code, and legible in light and dark."""

import ast
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from playwright.sync_api import Page, sync_playwright
from support.samples import PROJECT, rules_of

from analysis_jobs.documents import FinalState, StateName
from analysis_jobs.stages.dedupe.rules import decide_by_state
from analysis_jobs.store.states import new_state

sys.path.insert(0, str(PROJECT / "tools"))

import drawings
import states_drawing
from drawings import BESIDE, LEFT_OUT, PLACES, STAGES, pipeline
from pipeline_code import called, processes
from states_drawing import EDGES, NONE, states
from svg import width_of, wrapped

DOCS = PROJECT / "docs"
DRAWN = {**STAGES, **BESIDE}
PARTS = {"key_version": 1, "inputs": ["a"], "parameters": {}, "code": "sha256:c0de"}


@pytest.mark.parametrize(("name", "draw"), [("pipeline", lambda: pipeline(processes())), ("states", states)])
def test_what_is_committed_is_what_is_drawn(name: str, draw: Any) -> None:
    assert (DOCS / f"{name}.svg").read_text() == draw(), "call `make reference`"


def test_a_process_that_is_not_drawn(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "modules", tmp_path / "modules")
    (tmp_path / "modules" / "tidy.nf").write_text("// Tidies.\nprocess TIDY {\n    script:\n    'true'\n}\n")
    with pytest.raises(LookupError, match="'TIDY'"):
        pipeline(processes(tmp_path))


def test_a_state_that_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(states_drawing.PLACES, "withdrawn")
    with pytest.raises(LookupError, match="'withdrawn'"):
        states()


def test_every_output_of_a_process_is_drawn_or_left_out_on_purpose() -> None:
    seen = set()
    for name, process in processes().items():
        assert process.outputs
        for output in process.outputs:
            assert output in LEFT_OUT or output in re.split("[,:] ", DRAWN[name].hands_on), (name, output)
            seen.add(output)
    assert seen >= LEFT_OUT


def test_bucket_and_store_are_of_those_that_are_told_of_them() -> None:
    told = called()
    assert told.keys() == DRAWN.keys()
    for name, drawn in DRAWN.items():
        given = told[name].replace("summarizeFlags(services, store", "services store: store")
        assert ("services" in given, "store: store" in given) == (bool(drawn.bucket), bool(drawn.store)), name


def test_only_one_runs_the_analysis_and_that_alone_is_a_job_of_slurm() -> None:
    having = {label: {name for name, process in processes().items() if label in process.labels} for label in PLACES}
    assert having == {"runs_analysis": {"ANALYZE"}, "publishes": DRAWN.keys() - {"ANALYZE"}}
    slurm = (PROJECT / "conf" / "slurm.config").read_text()
    blocks = re.findall(r"withLabel: (\w+) \{(.*?)^    \}", slurm, re.DOTALL | re.MULTILINE)
    assert [label for label, block in blocks if "executor " in block] == ["runs_analysis"]


def settings_of_states() -> Iterator[tuple[str, str]]:
    """Yield each module that gives jobs a state, and which."""
    package = PROJECT / "src" / "analysis_jobs"
    for path in package.rglob("*.py"):
        module = path.relative_to(package).with_suffix("").as_posix()
        for node in ast.walk(ast.parse(path.read_text())) if module != "store/states" else ():
            match node:
                case ast.Call(func=ast.Name(id="pending")):
                    yield module, "pending"
                case ast.Call(func=ast.Name(id="new_state"), args=[_, ast.Constant(value=state), *_]):
                    yield module, str(state)
                case ast.Call(func=ast.Name(id="new_state")):  # that of an outcome
                    yield from ((module, state) for state in get_args(FinalState))


def test_whatever_gives_a_job_a_state_is_drawn() -> None:
    drawn = {(module, edge.new) for edge in EDGES for module in edge.by if edge.new != NONE}
    assert drawn == set(settings_of_states())


def state_of(name: str) -> Any:
    details: dict[str, Any] = {
        "pending": {"owner": {"session": "another", "process": None}, "expires": "2026-01-01T00:00:00+00:00"},
        "failed": {"error": {"stage": "analyze", "cause": "analysis", "type": "E", "message": "m"}},
        "empty": {"reason": "no units"},
        "withdrawn": {"withdrawn": {"record": "r", "by": "me", "why": "so", "when": "now"}},
    }
    return None if name == NONE else new_state("k", name, 1, PARTS, **details.get(name, {}))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [NONE, *get_args(StateName)])
def test_what_dedupe_takes_up_is_drawn(name: str) -> None:
    job: Any = SimpleNamespace(file=SimpleNamespace(name="a.json"), key="k")
    decided = decide_by_state(job, state_of(name), {}, rules_of())["decision"]
    taken = [edge for edge in EDGES if edge.old == name and "stages/dedupe/claiming" in edge.by]
    assert (decided == "run") == bool(taken)


def test_words_are_wrapped() -> None:
    assert wrapped("aa bb cc", width_of("aa bb", 12), 12) == ["aa bb", "cc"]
    assert wrapped("a-very-long-word b", 10, 12) == ["a-very-long-word", "b"]


@pytest.fixture(scope="module")
def browser() -> Any:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is on PATH: install it (sudo apt-get install chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


LOOKED = """() => {
  const edges = box => [box.x, box.y, box.x + box.width, box.y + box.height];
  const style = (element, name) => getComputedStyle(element)[name];
  return {
    texts: [...document.querySelectorAll('text')].map(
      text => ({words: text.textContent, edges: edges(text.getBBox()), fill: style(text, 'fill')})),
    boxes: [...document.querySelectorAll('rect')].map(
      rect => ({edges: edges(rect.getBBox()), fill: style(rect, 'fill')})),
    circles: [...document.querySelectorAll('circle')].map(circle => edges(circle.getBBox())),
  };
}"""


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["pipeline", "states"])
@pytest.mark.parametrize("font", ["DejaVu Sans", "Liberation Sans"])
def test_it_is_legible(browser: Any, name: str, scheme: Any, font: str) -> None:
    page: Page = browser.new_page(color_scheme=scheme, viewport={"width": 1400, "height": 1200})
    page.set_content((DOCS / f"{name}.svg").read_text())
    page.add_style_tag(content=f"text:not(.code) {{ font-family: '{font}' !important }}")
    found = page.evaluate(LOOKED)
    page.close()
    texts, boxes = found["texts"], found["boxes"]
    assert len(texts) > 20
    for number, text in enumerate(texts):
        around = [box for box in boxes if covers(box["edges"], (text["edges"][0] + 1, text["edges"][1] + 1))]
        ground = around[-1]
        assert is_within(text["edges"], ground["edges"]), text
        assert contrast(text["fill"], ground["fill"]) >= 4.5, (text, ground)
        assert [other for other in texts[number + 1 :] if overlap(text["edges"], other["edges"])] == [], text
        written_over = [
            box for box in boxes if overlap(text["edges"], box["edges"]) and not is_within(text["edges"], box["edges"])
        ]
        assert written_over == [], text
    assert [(one, two) for one in found["circles"] for two in boxes[1:] if overlap(one, two["edges"], 1)] == []


def covers(edges: Any, point: tuple[float, float]) -> bool:
    return bool(edges[0] <= point[0] <= edges[2] and edges[1] <= point[1] <= edges[3])


def is_within(inner: Any, outer: Any) -> bool:
    return covers(outer, inner[:2]) and covers(outer, inner[2:])


def overlap(one: Any, two: Any, slack: float = 2.5) -> bool:
    """Return whether two boxes have a part in common, that is not only the white above and below letters."""
    wide = min(one[2], two[2]) - max(one[0], two[0])
    high = min(one[3], two[3]) - max(one[1], two[1])
    return bool(wide > 0 and high > slack)


def contrast(one: str, two: str) -> float:
    """Return the contrast of two colours, rgb(r, g, b), as WCAG 2 has it."""
    light, dark = sorted(map(luminance, (one, two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_pages_say_in_words_what_is_drawn() -> None:
    page = (DOCS / "how-it-works.md").read_text()
    for name in ("pipeline", "states"):
        (words,) = re.findall(rf"!\[([^\]]+)\]\({name}\.svg\)", page)
        assert len(words) > 80
    (drawn,) = re.findall(r"!\[([^\]]+)\]\(pipeline\.svg\)", page)
    assert [process for process in DRAWN if process not in drawn] == []
    (drawn,) = re.findall(r"!\[([^\]]+)\]\(states\.svg\)", page)
    assert [state for state in get_args(StateName) if state not in drawn] == []
    assert drawings.DOCS == DOCS
