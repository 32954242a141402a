"""The glossary has every word that the program prints, and says of each what it is and where more is."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from .blocks import PROJECT

PAGE = PROJECT / "docs" / "glossary.md"
PACKAGE = PROJECT / "src" / "analysis_jobs"
# Enumerations of the code whose words are not printed as they are, and what they are
NOT_PRINTED = {
    "SourceKind": "how an analysis was given",
    "Resource": "names of columns",
    "LookedState": "of an input, told in sentences",
    "Role": "where a value is",
    "When": "choices of --notify",
    "Template": "choices of `new`",
    "FailedJobs": "choices of `gather`",
    "DocumentKind": "which documents of a store",
    "CopiedKind": "what `store copy` counts",
    "Scope": "what a removal takes",
    "DeclarationKind": "names of files",
    "Flag": "choices of a variable",
}
ROW = re.compile(r"^\| (?P<words>[^|]+) \| (?P<meaning>[^|]+) \| (?P<more>[^|]+) \|$", re.MULTILINE)


def enumerations() -> dict[str, tuple[Any, ...]]:
    """Return what the modules of the package have as names for `Literal[...]`, with the words in it."""
    return {name: words for path in PACKAGE.rglob("*.py") for name, words in _in(ast.parse(path.read_text()))}


def _in(tree: ast.Module) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                words = tuple(_words(value))
                if words and all(isinstance(word, str) for word in words):
                    yield name, words


def _words(value: ast.expr) -> Iterator[Any]:
    match value:
        case ast.Subscript(value=ast.Name(id="Literal"), slice=ast.Tuple(elts=elements)):
            yield from (element.value for element in elements if isinstance(element, ast.Constant))
        case ast.BinOp(left=left):
            yield from _words(left)


def rows() -> list["re.Match[str]"]:
    return [row for row in ROW.finditer(PAGE.read_text()) if row["words"] not in ("word", "---")]


def explained() -> list[str]:
    """Return the words that stand as code in the first column."""
    return [word for row in rows() for word in re.findall(r"`([^`]+)`", row["words"])]


def test_every_enumeration_is_known() -> None:
    there = enumerations()
    assert {"RowState", "DecisionName", "FinalState", "StateName", "ListedState", "ListedLaunchState", "Act"} < set(
        there
    )
    assert NOT_PRINTED.keys() <= there.keys()


@pytest.mark.parametrize("name", sorted(enumerations().keys() - NOT_PRINTED.keys()))
def test_words_of(name: str) -> None:
    assert [word for word in enumerations()[name] if word not in explained()] == []


def test_words_that_are_explained_are_there() -> None:
    known = {word for words in enumerations().values() for word in words}
    assert [word for word in explained() if word not in known] == []


def test_each_entry_is_short_and_leads_on() -> None:
    assert len(rows()) > 80
    for row in rows():
        assert row["meaning"].endswith("."), row[0]
        assert len(re.findall(r"\.(?= |$)", row["meaning"])) <= 2, row[0]
        assert "](" in row["more"], row[0]


def test_no_word_comes_twice() -> None:
    words = [word for row in rows() for word in re.split(", ", row["words"])]
    twice = {word for word, count in Counter(words).items() if count > 1}
    assert twice <= {"`withdrawn`", "`removed`"}  # of a job and in its history; of a job and of a file
