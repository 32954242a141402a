"""What the documents name in passing is there: commands, targets of make, options, and the figures that they repeat."""

import json
import re

import pytest
from typer.main import get_group

from analysis_jobs.cli.commands import app
from analysis_jobs.cli.dispatch import _our_name

from .blocks import PROJECT, pages

COMMANDS = get_group(app).commands
# Of other programs, in documents that say so
OF_OTHERS = {"--account", "--build-arg", "--sessions"}


def spans(page: str) -> list[str]:
    """Return what is set as code within the text of a page; messages, which are headings, are the code's own."""
    text = re.sub(r"^```.*?^```$|^### .*$", "", (PROJECT / page).read_text(), flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


def options() -> set[str]:
    schema = json.loads((PROJECT / "nextflow_schema.json").read_text())["$defs"].values()
    scripts = "".join(path.read_text() for path in PROJECT.glob("bin/*.py"))
    return (
        {f"--{name}" for group in schema for name in group["properties"]}
        | {
            option
            for command in COMMANDS.values()
            for one in command.params
            for option in (*one.opts, *one.secondary_opts)
        }
        | set(re.findall(r'"(--[\w-]+)"', scripts))
        | OF_OTHERS
    )


@pytest.mark.parametrize("page", pages())
def test_names_in(page: str):
    code = spans(page)
    named = {name for span in code for name in re.findall(r"^analysis-jobs ([a-z]\w*)", span)}
    assert named <= set(COMMANDS)
    targets = {name for span in code for name in re.findall(r"^make ([a-z-]+)", span)}
    assert targets <= set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    given = {found[1] for span in code if (found := re.match(r"--([a-z][\w-]*)", span))}
    assert {name for name in given if not {f"--{name}", f"--{_our_name(name)}"} & options()} == set()


def test_figures_are_those_that_were_measured():
    """How it works repeats some; they are measured anew at times."""
    measured = (PROJECT / "docs" / "performance.md").read_text()
    section = (PROJECT / "docs" / "how-it-works.md").read_text().partition("## What that costs")[2].partition("## ")[0]
    figures = re.findall(r"\d+\.\d+|\d+(?= MB)", section)
    assert len(figures) > 10
    assert [figure for figure in figures if figure not in measured] == []
