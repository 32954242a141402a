"""Which jobs the options choose."""

import pytest
from support.shelf import command


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--name", "spikes"], {"nested"}),
        (["--tag", "0.10"], {"nested"}),
        (["--tag", "0.1"], set()),
        (["--parameter", "cutoff=1.0"], {"old", "new"}),
        (["--parameter", "cutoff=true"], set()),
        (["--parameter", "cutoff=high"], set()),
        (["--parameter", "analysis_tag=0.10"], {"nested"}),
        (["--parameter", "filter.order=3"], {"nested"}),
        (["--parameter", 'filter={"order": 3}'], {"nested"}),
        (["--parameter", "a.b.$c=true"], {"nested"}),
        (["--parameter", "nothing=null"], set()),
        (["--parameter", "cutoff=1", "--parameter", "analysis_tag=v1"], {"old", "new"}),
        (["--input", "in/a"], {"old", "new"}),
        (["--input", "/data/", "--input", "c"], {"failed"}),
        (["--state", "failed", "--state", "removed"], {"failed", "removed"}),
        (["--until", "2026-01-02"], {"old", "new", "nested"}),
        (["--until", "2026-01-02T12:00"], {"old", "new"}),
        (["--since", "2026-01-02", "--until", "2026-01-02"], {"new", "nested"}),
        (["--since", "2026-01-03T09:00:00+01:00", "--until", "2026-01-03T08:00Z"], {"failed"}),
        (["--latest"], {"new", "nested"}),
        (["--latest", "--until", "2026-01-01"], {"old"}),
    ],
)
def test_filters(jobs, place, capsys, options, expected):
    found = {line["key"] for line in command(capsys, "list", "--json", *options, *place).lines}
    assert found == {jobs[name] for name in expected}


def test_a_word_of_launches_is_no_state_of_the_store(jobs, place, capsys):
    told = command(capsys, "list", "--state", "gave_up", *place)
    said = "error: --state is gave_up, a word of launches, and the store has such jobs as failed; give that\n"
    assert (told.code, told.err) == (2, said)
