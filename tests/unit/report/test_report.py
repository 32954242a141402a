"""What a report says: the next step, failures by cause, links, commands, and facts of the run."""

import json
import shlex
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from support.reports import ABOUT, failure, invalid, job, run_of, save
from support.samples import ENVIRONMENT

from analysis_jobs.report.account import Row
from analysis_jobs.report.facts import facts
from analysis_jobs.report.failures import failure_groups, normalized
from analysis_jobs.report.libraries import bokeh_script, datatables_script
from analysis_jobs.report.links import Links
from analysis_jobs.report.measures import measures, seconds_text
from analysis_jobs.report.next_step import next_step
from analysis_jobs.report.run import cut, plural
from analysis_jobs.report.table import LIMITS, MOST_CHARACTERS, table_of
from analysis_jobs.report.try_command import TryCommand


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


def steps(*rows: Row, **more: Any) -> str:
    run = run_of(*rows, **more)
    return next_step(run, failure_groups(run.rows))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([job(1), job(2, decision="done")], "Nothing is left to do: every job has its result."),
        ([], "There were no jobs: check the jobs folder."),
        ([failure(1, "oh")], "1 job failed: mend the analysis or the parameters, and launch again."),
        (
            [failure(n, f"unit {n} is bad") for n in range(3)] + [invalid(n) for n in range(12)],
            "3 jobs failed with one cause: mend the analysis or the parameters, and launch again; "
            "12 jobs are invalid: mend the job files or parameters as their reasons say, and launch again.",
        ),
        (
            [failure(1, "a"), failure(2, "b"), failure(3, "died", "TaskDied", cause="infrastructure"), job(4)],
            "2 jobs failed with 2 causes: mend the analysis or the parameters, and launch again; 1 job failed outside "
            "the analysis: launch again, with -resume to keep what was computed.",
        ),
        (
            [{**failure(1, "a"), "state": "gave_up"}, job(2, "claimed")],
            "1 job is given up: it is tried again once the analysis or the parameters change, or --max_attempts and "
            "--retry_failed allow it; 1 job is in the hands of another run: see its report, or launch again when it "
            "has ended.",
        ),
    ],
)
def test_next_step(rows: list[Row], said: str) -> None:
    assert steps(*rows) == said


def test_next_step_of_a_dry_run() -> None:
    assert steps(job(1), dry_run=True).startswith("Nothing failed in this dry run: launch again without --dry_run")
    assert steps(failure(1, "oh"), dry_run=True).startswith("1 job failed")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("unit 5 has 10.5 spikes", "unit 12 has 1e-3 spikes"),
        ("/data/a/b.nwb is not there", "/other/place/c.nwb is not there"),
        ("s3://a/b 'x' is not there", "s3://c/d 'x' is not there"),
        ("see 0a1b2c3d4e5f6789 first", "see ffffffffffffff00 first"),
        ("object at 0x7f8a9b0c1d2e", "object at 0x7f8a9b0c1d2f"),
        ("one.json: broken", "one.json: broken"),
    ],
)
def test_messages_that_differ_in_a_number_a_key_or_a_path_are_one(one: str, other: str) -> None:
    assert normalized(one, "one.json") == normalized(other, "one.json")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("'spike_times'", "'waveforms'"),
        ("and/or", "or"),
        ("deadbeef", "facade"),
        ("a/b", "c/d"),
        ("too few", "too many"),
    ],
)
def test_other_messages_are_not_one(one: str, other: str) -> None:
    assert normalized(one, "f.json") != normalized(other, "f.json")


def test_the_file_is_no_difference() -> None:
    assert normalized("a+b.json: no inputs", "a+b.json") == normalized("c.json: no inputs", "c.json")


def test_failures_by_cause_the_largest_first() -> None:
    rows = [
        failure(0, "'x'", "KeyError"),
        job(1),
        *(failure(n, f"unit {n} is bad") for n in (2, 3, 4)),
        failure(5, "'x'", "ValueError"),
        *(invalid(n) for n in (6, 7)),
        {**failure(8, "unit 8 is bad"), "state": "gave_up", "reason": "failed 3 times"},
    ]
    groups = failure_groups(rows)
    assert [(group.type, group.rows) for group in groups] == [
        ("ValueError", [2, 3, 4, 8]),
        ("", [6, 7]),
        ("KeyError", [0]),
        ("ValueError", [5]),
    ]
    assert groups[0].states == {"failed": 3, "gave_up": 1}
    assert groups[0].files == [f"session_{n:03}.json" for n in (2, 3, 4, 8)]
    assert groups[0].title == "ValueError: unit 2 is bad"
    assert (groups[1].title, groups[1].where) == (
        "'s3_location' is missing; write the list of the inputs",
        "in the job file or its parameters",
    )


def test_the_example_of_a_cause_is_one_that_tells_why() -> None:
    rows = [failure(1, "oh 1"), failure(2, "oh 2", traceback="the traceback"), failure(3, "oh 3", traceback="another")]
    (group,) = failure_groups(rows)
    assert (group.example["file"], group.error["traceback"]) == ("session_002.json", "the traceback")


def test_commands_run_one_job_as_the_launch_did() -> None:
    rows = [job(1), invalid(2)]
    rerun = TryCommand(ABOUT, rows)
    words = shlex.split(rerun.command(rows[0]))
    assert words == [
        *["analysis-jobs", "try", "/lab/analysis.py", "--job", "/data/my jobs/session_001.json"],
        *["--parameters", "/lab/parameters.json", "--set", "cutoff=0.5", "--set", "label=two words"],
        *["--results", f"try-{rows[0]['key'][:12]}"],
    ]
    assert shlex.split(rerun.command(rows[1]))[-1] == "try-job"
    assert rerun.note(rows[0]) == ""


@pytest.mark.parametrize("file", ["it's.json", "a b.json", "$(rm -rf).json", "-x.json", "`x`;|&.json", "ü\n.json"])
def test_commands_hold_any_name_of_a_file(file: str) -> None:
    row = job(1, file=file)
    assert shlex.split(TryCommand(ABOUT, [row]).command(row))[4] == f"/data/my jobs/{file}"


def test_the_command_of_a_file_with_many_parameter_sets_says_what_it_does() -> None:
    rows = [job(n, file="one.json") for n in range(3)]
    rerun = TryCommand(ABOUT, rows)
    said = "This file stands for 3 jobs, and the command runs each: this one into {}/ of that folder."
    assert [rerun.note(row) for row in rows] == [said.format(n) for n in range(3)]


def test_commands_without_knowledge_of_the_launch() -> None:
    row = job(1)
    assert shlex.split(TryCommand({}, [row]).command(row))[:5] == [
        *["analysis-jobs", "try", "analysis.py", "--job", "jobs/session_001.json"]
    ]


@pytest.mark.parametrize(
    ("outdir", "location", "link"),
    [
        ("/out", "/out/analyses/k", "./analyses/k/"),
        ("/out/deep", "/out/analyses/k", "../analyses/k/"),
        ("/out", "/out/javascript:alert(1)/k", "./javascript%3Aalert%281%29/k/"),
        ("/out", "/out/a b#?%/k", "./a%20b%23%3F%25/k/"),
        ("s3://bucket/out", "/here/k", "file:///here/k/"),
        (None, "/here/k", "file:///here/k/"),
        ("/out", "s3://b/a key", "https://console.aws.amazon.com/s3/buckets/b?prefix=a%20key%2F"),
        ("/out", "javascript:alert(1)", None),
        ("/out", "", None),
    ],
)
def test_links(outdir: str | None, location: str, link: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    assert Links(outdir).folder(location) == link


def test_links_to_files() -> None:
    assert Links("/out").file("/out/k", "deep/a b.png") == "./k/deep/a%20b.png"
    assert Links("/out").file("s3://bucket/k", "a.png") is None


def test_no_console_of_what_is_not_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    assert Links("/out").folder("s3://bucket/k") is None


def test_links_follow_a_bucket_that_was_moved(tmp_path: Path) -> None:
    (tmp_path / "bucket" / "k").mkdir(parents=True)
    links = Links(str(tmp_path), str(tmp_path / "bucket"))
    assert links.folder("/where/it/was/k") == "./bucket/k/"
    assert links.folder("/where/it/was/other") is not None  # in neither place: as the record says


def table(*rows: Row) -> dict[str, Any]:
    return table_of(rows, failure_groups(list(rows)), Links("/out"), TryCommand(ABOUT, rows))


def values(found: dict[str, Any], name: str, row: int = 0) -> Any:
    value = found["rows"][row][found["columns"].index(name)]
    return (
        found["texts"][value] if name in ("reason", "inputs", "parameters", "outputs", "traceback", "note") else value
    )


def test_the_table_has_what_a_row_shows() -> None:
    found = table(job(1), job(2, decision="done"), failure(3, "oh", traceback="why"))
    assert values(found, "inputs") == "s3://recordings/1"
    # What differs from job to job comes first
    assert values(found, "parameters") == 'cutoff: 1\nanalysis_name: "unit quality"'
    assert values(found, "outputs") == "rate: 1"
    assert values(found, "link") == f"./analyses/{job(1)['key']}/"
    assert [values(found, "before", row) for row in range(3)] == [False, True, False]
    assert [values(found, "group", row) for row in range(3)] == [None, None, 0]
    assert values(found, "traceback", 2) == "why"
    assert not found["shortened"]


def test_what_is_the_same_is_in_the_table_once() -> None:
    found = table(*(job(n, reason="r" * 500, outputs=None, inputs=["in"]) for n in range(100)))
    assert len(found["texts"]) == 5  # nothing, the reason, the inputs, and two sets of parameters


def test_a_large_table_has_shorter_texts() -> None:
    found = table(*(job(n, reason=f"{n:09}" * 200) for n in range(8_000)))
    assert found["shortened"]
    assert sum(map(len, found["texts"])) < MOST_CHARACTERS
    assert len(values(found, "reason")) in LIMITS
    assert values(found, "reason").endswith("…")


def test_logs_are_bounded() -> None:
    rows = [failure(n, "oh", traceback=f"{n:03}" + "x" * 20_000, log_tail="the same") for n in range(300)]
    found = table(*rows)
    kept = [values(found, "traceback", row) for row in range(300)]
    assert all(kept[:90])
    assert not any(kept[110:])


def facts_of(*rows: Row, **about: Any) -> dict[str, str]:
    run = run_of(*rows, about={**ABOUT, **about})
    return {fact.name: fact.value for section in facts(run) for fact in section.facts}


def test_facts() -> None:
    found = facts_of(job(0), job(1), job(2, decision="done"))
    assert found["cutoff"] == "2 values: 0 (2 jobs), 1 (1 job)"
    assert found["analysis_name"] == '"unit quality"'
    assert found["SHA-256 of its code"] == "c0de"
    assert found["Started"] == "2026-01-02 03:04:05 UTC+01:00"
    assert found["Nextflow run"] == "happy_turing"
    assert found["Nextflow session"] == "this-run"
    assert found["Pipeline"] == "a pipeline 1.2, commit 0a1b2c3d"
    assert (found["Python"], found["Packages"]) == ("3.11.7", "numpy 2.0")
    assert found["Time of all jobs computed"] == "4 s"  # not of what was done before
    assert found["Commit"].startswith("not known")
    assert found["Executor"] == "slurm"
    assert not found.keys() & {"Cost", "Image"}


@pytest.mark.parametrize(
    ("dirty", "pushed", "said"),
    [
        (True, True, "abc, with uncommitted changes, pushed"),
        (False, False, "abc, as committed, not pushed to any known remote"),
    ],
)
def test_the_commit(dirty: bool, pushed: bool, said: str) -> None:
    assert facts_of(job(0), code={"commit": "abc", "dirty": dirty, "pushed": pushed})["Commit"] == said


def test_the_cost_is_that_of_what_was_computed() -> None:
    found = facts_of(
        job(0, seconds=1800), job(1, seconds=1800), job(2, seconds=999, decision="done"), price_per_hour=2.5
    )
    assert found["Cost"] == "2.5, at 2.5 per hour of a job"


def test_a_code_version_of_ones_own() -> None:
    assert facts_of(job(0), identity="version:2.0")["Code version"] == "2.0"


def test_several_environments() -> None:
    run = run_of(job(0), job(1), job(2))
    run.environments.clear()
    for number, host in enumerate("aab"):
        environment = {**ENVIRONMENT, "host": host, "packages": {"numpy": f"2.{number}"}}
        run.environments[json.dumps(environment)] += 1
    found = {fact.name: fact.value for section in facts(run) for fact in section.facts}
    assert found["Hosts"] == "a (2 jobs), b (1 job)"
    assert found["Packages"] == "numpy 2.0 (in 2 other environments they differ)"


def test_facts_of_a_run_of_which_nothing_is_known() -> None:
    run = run_of(about={})
    run.environments.clear()
    assert [fact.name for section in facts(run) for fact in section.facts] == ["Ended"]


def test_measures_in_words() -> None:
    assert measures([job(1), job(2), job(600)]) == {
        "seconds": "3 jobs: median 3.5 s, longest 10 min 02 s (session_600.json)",
        "peak_memory_bytes": "3 jobs: median 100.0 MB, most 100.0 MB (session_600.json)",
    }
    assert measures([invalid(1)]) == {}


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.25, "0.25 s"), (59.94, "59.9 s"), (61, "1 min 01 s"), (7260, "2 h 01 min")]
)
def test_seconds_text(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_small_words() -> None:
    assert (plural(1, "job"), plural(2000, "job")) == ("1 job", "2,000 jobs")
    assert (cut("12345", 5), cut("123456", 5)) == ("12345", "1234…")


@pytest.mark.parametrize("script", [datatables_script, bokeh_script])
def test_the_libraries_cannot_end_their_script(script: Any) -> None:
    text = str(script())
    assert len(text) > 500_000
    assert not any(ending in text.lower() for ending in ("</script", "<script", "<!--"))


def test_a_report_of_a_few_jobs_is_small(tmp_path: Path) -> None:
    path = save(tmp_path / "report.html", job(1), job(2), failure(3, "oh"))
    assert path.stat().st_size < 2_500_000


def test_a_report_of_ten_thousand_jobs_is_not_large(tmp_path: Path) -> None:
    rows = [failure(n, f"unit {n} is bad", traceback=f"{n}" * 3000) if n % 5 == 0 else job(n) for n in range(10_000)]
    rows = [{**row, "inputs": [f"s3://recordings/{row['key']}/{n}" for n in range(5)]} for row in rows]
    assert save(tmp_path / "report.html", *rows).stat().st_size < 20_000_000


def test_a_report_reaches_for_nothing(tmp_path: Path) -> None:
    page = Page(save(tmp_path / "report.html", job(1), failure(2, "oh")))
    assert page.links == []  # scripts and styles are within; links to results are made from the table
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
    assert page.table["rows"][1][0] == f"{MARKUP}.json"


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    page = Page(save(tmp_path / "report.html", job(1, file="a\udcff\x00\u2028.json")))
    assert "\\udcff" in page.text
    assert page.table["rows"][0][0] == "a\udcff\x00\u2028.json"


def test_the_first_rows_are_there_without_scripts(tmp_path: Path) -> None:
    page = Page(save(tmp_path / "report.html", *(job(n) for n in range(150))))
    assert page.tags["tr"] == 101
    assert "session_099.json" in page.text
    assert "These are the first 100 of 150" in page.text
    assert len(page.table["rows"]) == 150
