"""The report for every reader: any width, by night, by keyboard, with a screen reader, on paper, and with odd texts."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.browsers import Open, barriers, in_browser, too_wide
from support.pictured import SESSION, figures, sweep
from support.reports import failure, invalid, save

from analysis_jobs.report.fields import MOST_NUMBERS
from analysis_jobs.report.packing import LARGEST_PLAIN

pytestmark = in_browser
# Markup, a formula, control characters, and marks that turn the direction of writing
ODD = "<b onclick=x>=HYPERLINK(1)</b>\x07\x1b[31m\u202egnp.exe\u2066\u200f $$x$$ {{ 7 * 7 }}"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [*sweep(), invalid(1)]
    path = tmp_path_factory.mktemp("report") / "report.html"
    return save(path, *rows, images=figures(rows, "isi.png", "waveforms.png"))


def draw_all(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for place in page.locator(".plot").all():
        expect(place.locator("canvas").first).to_be_attached()


@pytest.mark.parametrize("width", [400, 800, 1400, 2560])
def test_nothing_overflows(width: int, open_page: Open, report: Path) -> None:
    page = open_page(report, width=width)
    page.locator("button.more").first.click()
    draw_all(page)
    assert too_wide(page) == []
    # Nor does the table within its own frame
    assert page.locator(".scroll").evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
    page.locator(".enlarge").first.click()
    assert too_wide(page) == []


def test_the_key_is_there_at_1400_pixels(open_page: Open, report: Path) -> None:
    page = open_page(report, width=1400)
    heads = [head for head in page.locator("#table th").all() if head.is_visible()]
    names = [head.inner_text() for head in heads]
    assert names[:4] == ["job", "state", "outputs", "reason"]
    assert names[-1] == "key"
    box = heads[-1].bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 1400


def test_a_very_long_word_does_not_hide_the_key(open_page: Open, tmp_path: Path) -> None:
    rows = sweep()
    rows[0]["outputs"] = {"sequence": "w" * 3000}
    rows[0]["label"] = SESSION.format(0) + " · parameter=some_value" * 6
    page = open_page(save(tmp_path / "report.html", *rows), width=1400)
    assert page.locator(".scroll").evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
    cut = "(one) => one.scrollHeight > one.clientHeight + 1"
    assert page.locator("#table tbody tr").first.locator(".clamp").evaluate_all(f"(all) => all.map({cut})")[:2] == [
        False,  # the label
        True,
    ]


# Where lines end in a text: behind what character, and before which
ENDS = """() => {
    const ends = [];
    const places = "#table td .clamp, .gallery figcaption, #output-plots figcaption, .legend li";
    for (const place of document.querySelectorAll(places)) {
        if (!place.checkVisibility()) continue;
        const range = document.createRange();
        let before = null;
        for (const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT); walker.nextNode();) {
            const node = walker.currentNode;
            for (let index = 0; index < node.length; index += 1) {
                range.setStart(node, index);
                range.setEnd(node, index + 1);
                const box = range.getClientRects()[0];
                if (!box) continue;
                if (before && box.top > before.top + 4) ends.push(before.letter + node.data[index]);
                before = { top: box.top, letter: node.data[index] };
            }
        }
    }
    return ends;
}"""


@pytest.mark.parametrize("width", [400, 1400])
def test_words_do_not_break(width: int, open_page: Open, report: Path) -> None:
    ends = open_page(report, width=width).evaluate(ENDS)
    assert len(ends) > 10
    assert [end for end in ends if end[0].isalnum() and end[1].isalnum()] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
def test_nothing_keeps_readers_out(width: int, scheme: str, open_page: Open, report: Path) -> None:
    page = open_page(report, width=width, scheme=scheme)
    for summary in page.locator("summary").all():
        if summary.is_visible():
            summary.click()
    page.locator("button.more").nth(1).click()
    draw_all(page)
    assert barriers(page) == []
    page.locator(".enlarge").first.click()
    assert barriers(page) == []


def test_the_keyboard_reaches_all(open_page: Open, report: Path) -> None:
    page = open_page(report)
    draw_all(page)
    wanted = "a[href], button, select, input, summary, pre, .scroll"
    page.evaluate(f"""() => {{
        const reached = window.reached = new Set();
        document.addEventListener("focusin", (event) => reached.add(event.target));
        window.wanted = [...document.querySelectorAll("{wanted}")].filter((one) =>
            one.checkVisibility() && !one.disabled && one.tabIndex >= 0);
    }}""")
    for _ in range(250):
        page.keyboard.press("Tab")
        if page.evaluate("wanted.every((one) => reached.has(one))"):
            break
    left = page.evaluate("wanted.filter((one) => !reached.has(one)).map((one) => one.outerHTML.slice(0, 80))")
    assert left == []


def test_it_is_printed_whole(open_page: Open, report: Path) -> None:
    page = open_page(report, scheme="dark")
    draw_all(page)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for hidden in ("nav", ".controls", "#table button.more"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".gallery img").first).to_be_visible()
    assert page.pdf(format="A4").count(b"/Type /Page\n") >= 2


def test_odd_texts_are_texts(open_page: Open, tmp_path: Path) -> None:
    """What would run, or fetch something, is told by the fixture."""
    rows = sweep()
    for row in rows:
        inputs = [f"s3://r/{ODD}{row['subject']}"]  # type: ignore[typeddict-item]
        row |= {"label": f"{ODD} {row['label']}", "subject": ODD, "acquired": ODD, "file": ODD, "inputs": inputs}  # type: ignore[typeddict-item]
        row["parameters"] = {ODD: row["parameters"]["cutoff"], "kind": ODD}  # type: ignore[typeddict-item]
        if row["state"] == "done":
            row["outputs"] = {ODD: row["outputs"]["rate"], "text": ODD}  # type: ignore[typeddict-item]
    rows.append(failure(50, ODD, ODD, traceback=ODD, log_tail=ODD))
    page = open_page(save(tmp_path / "report.html", *rows, images=figures(rows, f"{ODD}.png")), width=2560)
    for button in page.locator("button.more").all():
        button.click()
    for over in page.locator("#pick-over option").all_inner_texts():
        page.locator("#pick-over").select_option(label=over)
        draw_all(page)
    page.locator(".enlarge").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("<b onclick=x>")
    assert page.locator("[onclick]").count() == 0
    page.evaluate("document.querySelectorAll('code').forEach((one) => one.remove())")  # there names are as they are
    lines = page.locator("body").inner_text().splitlines()
    assert [line for line in lines if any(sign in line for sign in "\u202e\u2066\x1b\x07")] == []
    assert too_wide(page) == []


def test_a_table_that_is_compressed_is_the_same(open_page: Open, tmp_path: Path) -> None:
    rows = [{**row, "reason": f"{number:05} " * 50} for number, row in enumerate(sweep(recordings=3_000))]
    path = save(tmp_path / "report.html", *rows)
    assert 'type="application/gzip"' in path.read_text()
    assert path.stat().st_size < LARGEST_PLAIN + 2_000_000
    page = open_page(path)
    expect(page.locator(".dt-info")).to_have_text("1 to 25 of 9,000 jobs")
    page.get_by_label("Search").fill(f"{SESSION.format(2_999)} · cutoff=0.5")
    expect(page.locator("#table tbody tr")).to_have_count(1)


def test_a_hundred_thousand_jobs_open(open_page: Open, tmp_path: Path) -> None:
    outputs = {f"output_{number}": number for number in range(14)}
    rows = [{**row, "outputs": outputs} for row in sweep(recordings=25_000, cutoffs=(0.1, 0.2, 0.3, 0.4))]
    path = save(tmp_path / "report.html", *rows)
    assert path.stat().st_size < 20_000_000
    page = open_page(path)
    expect(page.locator(".dt-info")).to_have_text("1 to 25 of 100,000 jobs")
    left_out = ", ".join(f"output_{number}" for number in range(MOST_NUMBERS // len(rows), len(outputs)))
    said = f"Left out, as there are many: {left_out}. `analysis-jobs export` writes all outputs as a table."
    expect(page.get_by_text(said)).to_be_visible()
