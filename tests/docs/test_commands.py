"""Every command and every piece of Python in the documents is executed, or else checked as far as that goes."""

import ast
import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from itertools import dropwhile

import pytest

from .blocks import EXECUTED, PLACES, PROJECT, SHOWN, Block, blocks_of, pages
from .checkout import Checkout

BLOCKS = [block for page in pages() for block in blocks_of(page)]
EXECUTED_PAGES = sorted({block.page for block in BLOCKS if block.is_executed})
ELSEWHERE = [block for block in BLOCKS if block.needs]
# What a line of shell begins with, where documents forget to say that it is one
_COMMAND = re.compile(r"^\s*(\$ |nextflow |analysis-jobs |make |python |bin/|tools/|docker |export |sudo |pip )", re.M)


@pytest.mark.parametrize("page", EXECUTED_PAGES)
def test_the_commands_of(page: str, checkout: Checkout, services: Callable[[], dict[str, str]]) -> None:
    blocks = [block for block in blocks_of(page) if block.is_executed]
    remote = any(re.search(r"docdb|s3://", block.text) for block in blocks)
    environment = services() if remote else {}
    checkout.renew()
    ended = checkout.bash(blocks, environment)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("block", ELSEWHERE, ids=lambda block: block.name)
def test_a_command_for_elsewhere_is_one_that_there_is(block: Block) -> None:
    assert block.needs in PLACES, f"{block.name} needs {block.needs}: say one of {', '.join(PLACES)}"
    if block.language == "python":
        ast.parse(block.text)
        return
    ended = subprocess.run(["bash", "-n", "-c", block.text], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    for words in _commands(block):
        _check(words)


def _commands(block: Block) -> Iterator[list[str]]:
    """Yield the words of each command, without comments."""
    for line in block.text.replace("\\\n", " ").splitlines():
        words = list(dropwhile(lambda word: re.match(r"\w+=", word), shlex.split(line, comments=True)))
        if words:
            yield words


def _check(words: list[str]) -> None:
    if words[:2] == ["nextflow", "run"]:
        schema = json.loads((PROJECT / "nextflow_schema.json").read_text())["$defs"].values()
        known = {name for group in schema for name in group["properties"]}
        given = {re.split(r"[=.]", word[2:])[0] for word in words if word.startswith("--")}
        assert given <= known, f"no parameters: {given - known}"
        profiles = (words[number + 1] for number, word in enumerate(words) if word == "-profile")
        for profile in (name for names in profiles for name in names.split(",")):
            assert (PROJECT / "conf" / f"{profile}.config").exists()
    elif words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
        assert {word for word in words[1:] if "=" not in word} <= set(targets)
    elif "/" in words[0]:
        assert (PROJECT / words[0]).exists()


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_a_block_says_what_it_is(block: Block) -> None:
    assert block.language in (*EXECUTED, *SHOWN), (
        f"{block.name} is {block.language!r}: say bash or python, which are executed, or one of {', '.join(SHOWN)}"
    )
    if block.language not in EXECUTED:
        assert not _COMMAND.search(block.text), f"{block.name} holds a command: call it bash, so that it is executed"
        assert not (block.needs or block.status), f"{block.name} is not executed, so nothing is to be said of that"


def test_places_that_execute_commands_are_tested() -> None:
    for place in ("docker", "slurm"):
        assert f'blocks_that_need("{place}")' in (PROJECT / "tests" / "places" / f"test_{place}.py").read_text()


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("echo one; false; echo two", 0, "one"),
        ("false | cat", 0, "@@ here:2"),
        ("exit 3", 1, "it ended with status 3"),
        ("true", 1, "it ended with status 0"),
    ],
)
def test_a_command_that_ends_otherwise_is_noticed(checkout: Checkout, text: str, status: int, said: str) -> None:
    checkout.renew()
    ended = checkout.bash([Block("here", 2, "bash", text, status, ""), Block("after", 1, "bash", "echo after", 0, "")])
    assert ended.returncode != 0
    assert ended.stdout.splitlines()[-1] == said
