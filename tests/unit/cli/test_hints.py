"""What a mistake in a command line was meant as."""

import pytest
from support.shelf import command

from analysis_jobs.cli.hints import hint_of, refuse_set_of_launches
from analysis_jobs.errors import InvalidInput

OPTIONS = {"--set", "--outdir"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a.py", "--set.cutoff", "0.002"], "--set.cutoff is how a launch has it; write --set cutoff=0.002"),
        (["--set.cutoff=0.002"], "--set.cutoff=0.002 is how a launch has it; write --set cutoff=0.002"),
        (["--set.a.b", "-v"], "--set.a.b is how a launch has it; write --set a.b=VALUE"),
        (["--set.a_b"], "--set.a_b is how a launch has it; write --set a_b=VALUE"),
    ],
)
def test_set_as_a_launch_has_it(words: list[str], said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        refuse_set_of_launches(words, OPTIONS)
    assert str(caught.value) == said


def test_what_is_none_of_it() -> None:
    refuse_set_of_launches(["--set", "cutoff=1", "--", "--set.cutoff"], OPTIONS)
    refuse_set_of_launches(["--set.cutoff", "1"], {"--outdir"})


def test_more_words_than_a_command_takes() -> None:
    message = "Got unexpected extra argument(s) (a b)"
    assert hint_of(message, {"--glob", "--outdir"}).startswith(". Put the pattern of --glob in quotes")
    assert hint_of(message, OPTIONS) == ". A folder of results is given with --outdir"
    assert hint_of(message, {"--json"}) == hint_of("No such option: --a", OPTIONS) == ""


def test_the_program_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    ended = command(capsys, "try", "a.py", "--job", "j.json", "--set.cutoff", "1")
    assert (ended.code, ended.err) == (2, "error: --set.cutoff is how a launch has it; write --set cutoff=1\n")
    ended = command(capsys, "dispatch", "--glob", "a.nwb", "b.nwb", "--jobs", "jobs")
    assert ended.code == 2
    assert "quotes" in ended.err
    ended = command(capsys, "list", "OUT")
    assert ended.code == 2
    assert "with --outdir" in " ".join(ended.err.replace("│", " ").split())
