"""The lines that say how far a run is: few, with counts and an estimate. Tests of whole runs look at theirs."""

import re
from collections.abc import Callable

import pytest
from support.lab import PROJECT, Ended, Lab

pytestmark = pytest.mark.nextflow

LINE = re.compile(
    r"^(ANALYZE|UPLOAD|RECORD): (\d+) of (\d+) jobs?(?:, (\d+) failed)?"
    r"(?:, (less than 1 min|about \d+ (?:min|h|days)) left)?$",
    re.MULTILINE,
)

SCRIPT = """
include {{ expectedJobs; followStage; namesOf; newTold; tell; timeLeft; waitText }} from '{project}/functions/progress'

workflow {{
    def waits = [0, 59000, 60000, 150000, 5340000, 5400000, 172000000, 180000000]
    waits.each {{ wait -> println "wait ${{waitText(wait)}}" }}

    // 10 of 100 jobs took 60 s since the line before the last
    def at = {{ sofar, jobs, seconds, pace = null ->
        def lines = [jobs, seconds].transpose().collect {{ count, second -> [jobs: count, time: second * 1000] }}
        [sofar: sofar, pace: pace, lines: lines]
    }}
    println "left ${{timeLeft(at(20, [0, 5, 10, 15], [0, 2, 1, 30]), 100, 61000)}}"
    println "left by launches before${{timeLeft(at(20, [0], [0], 60000), 100, 1000)}}"
    println "left none${{timeLeft(at(20, [0], [0]), 100, 61000)}}"
    println "left none${{timeLeft(at(100, [0, 90], [0, 50]), 100, 61000)}}"
    // Two tasks of 250 jobs each took 100 and 106 s, and a cache answered at once
    println "left of large tasks${{timeLeft(at(500, [0, 250], [0, 100]), 1000, 106000)}}"
    println "left after a cache${{timeLeft(at(500, [0, 400], [0, 1]), 1000, 61000)}}"
    // It had room for two jobs in the beginning, and for the others when 40 min were over
    def late = at(200, [0, 2, 100], [0, 5, 2400]) + [waits: true]
    println "left of one that waited${{timeLeft(late, 1000, 2410000)}}"
    println "left none${{timeLeft(late + [lines: late.lines.take(2)], 1000, 2410000)}}"

    // As fast as can be: the first and the last
    def fast = newTold(System.currentTimeMillis(), null)
    (1..50).each {{ tell('FAST', fast, 1, 0, 50) }}

    // With a long time between any two
    def slow = newTold(0, null)
    (1..40).each {{ number ->
        slow.lines.each {{ line -> line.time = 0 }}
        tell('SLOW', slow, 25, number % 20 == 0 ? 1 : 0, 1000)
    }}

    def batches = [['a', 2, '0'], ['b', 1, '0'], ['c', 1, '1']]
    def expected = expectedJobs(batches, file('.'), 2)
    println "expected ${{expected.total}} ${{expected.batches}} ${{expected.seconds}} ${{expected.pace}}"
    file('seconds.txt').text = '1.5'
    println "expected pace ${{[2, 9].collect {{ room -> expectedJobs(batches, file('.'), room).pace.toInteger() }}}}"
    println "names ${{namesOf([file('x/0a1b.session_1__cutoff=0.5.json'), file('c.json')])}}"
    file('one').text = '1'
    file('odd').text = 'no number'
    def finished = channel.of([['a'], file('one')], [['b'], null], [['c'], file('odd')])
    followStage('LOST', finished, channel.value(expected))
    followStage('GROUP', channel.of([['a', 'b'], file('one')], [['c'], null]), channel.value(expected))
    followStage('NONE', channel.empty(), channel.value(expectedJobs([], file('.'), 2)))
    followStage('NEVER', channel.of([['a'], null]), channel.empty())
    println 'told'
}}
"""


@pytest.fixture(scope="module")
def said(new_lab: Callable[[str], Lab]) -> list[str]:
    lab = new_lab("progress")
    pipeline = lab.folder / "main.nf"
    pipeline.write_text(SCRIPT.format(project=PROJECT))
    ended = lab.run(pipeline=pipeline, jobs=None, analysis=None, outdir=None)
    assert ended.returncode == 0, ended.said
    return ended.said.splitlines()


def lines(said: list[str], word: str) -> list[str]:
    return [line.removeprefix(f"{word} ") for line in said if line.startswith(word)]


def test_times_are_those_of_a_person_who_waits(said: list[str]):
    assert lines(said, "wait") == [
        *("less than 1 min", "less than 1 min", "about 1 min", "about 3 min", "about 89 min"),
        *("about 2 h", "about 48 h", "about 2 days"),
    ]


def test_the_estimate_is_that_of_the_pace_since_the_line_before_the_last(said: list[str]):
    assert lines(said, "left") == [
        ", about 8 min left", "by launches before, about 80 min left", "none", "none",
        "of large tasks, about 2 min left", "after a cache, about 5 min left",
        "of one that waited, about 1 min left", "none",
    ]  # fmt: skip


def test_fast_stages_say_little(said: list[str]):
    assert lines(said, "FAST:") == ["1 of 50 jobs", "50 of 50 jobs"]


def test_slow_stages_say_every_tenth(said: list[str]):
    found = [line.partition(" of ")[0] for line in lines(said, "SLOW:")]
    assert found == ["25", *(str(number) for number in range(125, 1000, 100)), "1000"]
    assert lines(said, "SLOW:")[-1] == "1000 of 1000 jobs, 2 failed"


def test_jobs_of_batches_and_groups(said: list[str]):
    assert lines(said, "expected") == ["4 [a:2, b:1, c:1] null null", "pace [750, 500]"]
    assert lines(said, "names") == ["[0a1b, c]"]
    assert lines(said, "GROUP:") == ["3 of 4 jobs, 1 failed", "4 of 4 jobs, 2 failed"]


def test_what_cannot_be_told_fails_nothing(said: list[str]):
    """Of a task that died all jobs failed; what wrote no number is passed over."""
    assert lines(said, "LOST:") == ["2 of 4 jobs, 1 failed"]
    assert "told" in said


def progress(ended: Ended) -> dict[str, list[tuple[int, int, int]]]:
    """Return, by stage, the jobs finished, all jobs and those failed, as each line says."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for stage, jobs, total, failed, _ in LINE.findall(ended.said):
        found.setdefault(stage, []).append((int(jobs), int(total), int(failed or 0)))
    return found


def check_progress(ended: Ended, total: int, failed: int) -> None:
    """See that each stage has said how far it is, in few lines, and got to its end."""
    found = progress(ended)
    assert found.keys() == {"ANALYZE", "UPLOAD", "RECORD"}, ended.said
    for told in found.values():
        assert told == sorted(told)
        assert len(told) <= 12
        assert {each[1] for each in told} == {total}
        assert told[-1] == (total, total, failed), ended.said
