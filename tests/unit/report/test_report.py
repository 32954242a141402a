"""What a report says: the next step, failures by cause, links, commands, and facts of the run."""

import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

from support.reports import failure, job, save, values


class Page(HTMLParser):
    """Collects the tags and the text of a page, and the JSON of its table."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.links: list[str] = []
        self.text = ""
        self.scripts: list[str] = []
        self._inside = ""
        self.feed(path.read_text(encoding="utf-8"))
        self.table = json.loads(next(text for text in self.scripts if text.startswith('{"columns"')))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self._inside = tag
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside != "style":
            self.text += data


def test_a_report_of_a_few_jobs_is_small(tmp_path: Path) -> None:
    path = save(tmp_path / "report.html", job(1), job(2), failure(3, "oh"))
    assert path.stat().st_size < 2_500_000


def test_a_report_of_ten_thousand_jobs_is_not_large(tmp_path: Path) -> None:
    rows = [failure(n, f"unit {n} is bad", traceback=f"{n}" * 3000) if n % 5 == 0 else job(n) for n in range(10_000)]
    rows = [{**row, "inputs": [f"s3://recordings/{row['key']}/{n}" for n in range(5)]} for row in rows]
    assert save(tmp_path / "report.html", *rows).stat().st_size < 20_000_000


def test_a_report_reaches_for_nothing(tmp_path: Path) -> None:
    page = Page(save(tmp_path / "report.html", job(1), failure(2, "oh")))
    # Scripts and styles are within; links to results are made from the table
    assert [link for link in page.links if not link.startswith("#")] == []
    assert "link" not in page.tags


def test_a_report_without_jobs(tmp_path: Path) -> None:
    assert "There were no jobs" in Page(save(tmp_path / "report.html", about={})).text


MARKUP = "</script><script>alert(1)</script><!-- & \"quotes\" 'single' {{ 7 * 7 }}"


def test_texts_from_outside_are_texts(tmp_path: Path) -> None:
    plain = Page(save(tmp_path / "plain.html", job(1), failure(2, "oh", traceback="x", log_tail="y")))
    odd = failure(2, MARKUP, MARKUP, traceback=f"Traceback {MARKUP}", log_tail=f"log {MARKUP}")
    odd |= {"file": f"{MARKUP}.json", "parameters": {MARKUP: MARKUP}, "inputs": [MARKUP]}
    page = Page(save(tmp_path / "odd.html", job(1, location=MARKUP, outputs={MARKUP: MARKUP}), odd))
    assert page.tags["script"] == plain.tags["script"]
    assert page.text.count(MARKUP) > 10
    assert f"Traceback {MARKUP}" in page.text
    assert f"log {MARKUP}" in page.text
    assert values(page.table, "inputs", 1) == MARKUP
    assert values(page.table, "file", 1) == f"{MARKUP}.json"


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    page = Page(save(tmp_path / "report.html", job(1, file="a\udcff\x00\u2028.json")))
    assert "\\udcff" in page.text
    assert values(page.table, "file") == "a\udcff\\x00\\u2028.json"


def test_the_first_rows_are_there_without_scripts(tmp_path: Path) -> None:
    page = Page(save(tmp_path / "report.html", *(job(n) for n in range(150))))
    assert page.tags["tr"] == 101
    assert "session_099.json" in page.text
    assert "These are the first 100 of 150" in page.text
    assert len(page.table["rows"]) == 150
