"""What users read has none of the words in `words.RULES`, each of which is found where it stands."""

import re
from collections.abc import Callable, Iterator

import pytest

from .blocks import PROJECT
from .words import (
    RULES,
    Text,
    all_texts,
    findings,
    groovy_texts,
    long_sentences,
    markdown_texts,
    python_texts,
    schema_texts,
    template_texts,
)


def test_no_text_has_a_word_to_avoid() -> None:
    found = findings(all_texts())
    assert not found, f"{len(found)} turns to write in another way:\n" + "\n".join(found)


def test_texts_of_every_kind_are_looked_at() -> None:
    paths = {text.path for text in all_texts()}
    kinds = {"README.md", "CHANGELOG.md", "docs/start.md", "nextflow_schema.json", "main.nf", "functions/limits.nf"}
    assert kinds <= paths
    assert {"bin/upload.py", "src/analysis_jobs/cli/compare.py", "src/analysis_jobs/wording.py"} <= paths
    assert {"src/analysis_jobs/report/templates/table.js", "src/analysis_jobs/browse/templates/job.html"} <= paths


AVOIDED = {
    "it mends the record": "mends",
    "another run has it in hand": "in hand",
    "sent in the open": "in the open",
    "As for results, they stay": "As for",
    "a store, and the states therein": "therein",
    "computed\nanew": "anew",
    "close it, lest it stay": "lest",
    "the code is not to be had": "is not to be had",
    "it ends of its own accord": "of its own accord",
    "an analysis must stand that": "must stand that",
    "leave it be": "leave it be",
    "objects are gone into": "are gone into",
    "records of old": "of old",
    "jobs are told apart by a digest": "are told apart",
    "what is left out is said": "is said",
    "it is no URL": "is no URL",
    "dropped in silence": "in silence",
    "nobody wrote down its digest": "nobody wrote down",
    "1 finding(s)": "finding(s)",
    "copy it all the same.": "all the same",
    "jobs run as ever": "as ever",
    "Did you mean a? Or did you mean b?": "Did you mean a? Or did you mean",
}


@pytest.mark.parametrize(("text", "found"), AVOIDED.items())
def test_each_is_found(text: str, found: str) -> None:
    assert [one.split(": ")[1] for one in findings([Text("page", 1, text)])] == [repr(found)]


def test_every_rule_has_an_example() -> None:
    pairs = [(rule, text) for rule in RULES for text in AVOIDED if re.search(rule.replace(" ", r"\s+"), text, re.I)]
    assert {rule for rule, _ in pairs} == set(RULES)


@pytest.mark.parametrize(
    "text",
    [
        "there is no log",
        "it is no longer there",
        "a mandate",
        "a name such as this",
        "the least of them",
        "on one hand",
    ],
)
def test_ordinary_words_are_not_found(text: str) -> None:
    assert findings([Text("page", 1, text)]) == []


MARKDOWN = "A page `anew`\n\n```bash\necho anew\n```\n\n```text\nit is made anew\n```\n[x](anew.md)\nand anew\n"
PYTHON = '''
def function(value):
    """This is made anew, of which users see nothing."""
    raise ValueError(f"the {value} is made anew")

@app.command()
def command():
    """Make it anew and again."""
'''


@pytest.mark.parametrize(
    ("read", "source", "lines"),
    [
        (markdown_texts, MARKDOWN, [8, 11]),
        (python_texts, PYTHON, [4, 8]),
        (groovy_texts, "// 'this is made anew'\nlog.warn \"${it} is made anew\"\n", [2]),
        (template_texts, "// made anew\n<p title='anew'>made anew</p>\n", [2]),
        (schema_texts, '{\n"title": "made anew",\n"description": "made anew",\n}', [3]),
    ],
)
def test_what_users_read_is_looked_at(
    read: Callable[[str], Iterator[tuple[int, str]]], source: str, lines: list[int]
) -> None:
    found = findings(Text("x", line, text) for line, text in read(source))
    assert [int(one.split(":")[1]) for one in found] == lines


def test_the_longest_sentences_come_first() -> None:
    lengths = [int(sentence.split()[0]) for sentence in long_sentences(20)]
    assert lengths == sorted(lengths, reverse=True)
    pages = {sentence.split(", ", 1)[1].split(":")[0] for sentence in long_sentences(20)}
    assert all((PROJECT / page).is_file() for page in pages)
