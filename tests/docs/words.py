"""Words and turns that texts for users avoid, and what to write instead.

`python -m tests.docs.words [FILE ...]` lists what is left of them, in all files without any; `--longest 40` lists the
longest sentences of the documents, which are easier to read as two.
"""

import argparse
import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

from .blocks import PROJECT, pages
from .python_messages import GAP, words

# A pattern, in which a blank stands for any white space, and what a native writer says
RULES = {
    r"mend(s|ed|ing)?": "fix, repair",
    r"in hand": "is running elsewhere, has claimed",
    r"in the open": "unencrypted, visible",
    r"As for": "begin with the thing itself",
    r"whither|whence|hither|thither|thereof|therein|thereby|thereto|wherein|whereby": "where, from where, by it",
    r"anew|afresh": "again",
    r"forthwith|lest|naught|nought|albeit|amongst|whilst": "at once, so that not, nothing, although, among, while",
    r"(be|is|are|was|were|cannot|can) (not )?(to )?be had": "is available, is found",
    r"of (its|their|your) own accord": "by itself",
    r"(must|has to|have to|can) stand (that|it|this)": "must be safe with",
    r"leaves? (it|them|that|all|things) be": "leave unchanged",
    r"(is|are|was|were) gone into": "is read value by value",
    r"of old": "earlier",
    r"(is|are|was|were|be) (taken apart|told (apart|of))": "split, distinguish, report",
    r"(is|are|was|were) said": "say who says it",
    r"(?<!there\s)(is|are|be) no (?!longer|more|other|such|part|need|response)[a-z]+": "is not a",
    r"in silence|in vain": "silently, without effect",
    r"nobody wrote down": "is not recorded",
    r"[a-z]+\(s\)": "one word for one, another for many (wording.plural)",
    r"all the same(?=[.,;)])": "anyway",
    r"as ever": "as usual",
    r"Did you mean .*did you mean": "ask once",
}  # fmt: skip
PATTERNS = [
    (re.compile(rf"\b(?:{pattern.replace(' ', chr(92) + 's+')})(?!\w)", re.IGNORECASE), instead)
    for pattern, instead in RULES.items()
]
LONG = 30  # words from which on a sentence is better two
PYTHON = ("src/**/*.py", "bin/*.py", "examples/**/*.py", "tools/**/*.py")
GROOVY = ("main.nf", "workflows/*.nf", "modules/*.nf", "functions/*.nf", "conf/*.config", "nextflow.config")
TEMPLATES = ("src/**/templates/*.html", "src/**/templates/*.js", "src/**/static/browse.js")
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
SAID = 3  # words from which on a constant of a program counts as a text
_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
_NO_PROSE = re.compile(
    r"^( *)```(?!text).*?^\1```$|(?<!`)`[^`\n]+`(?!`)|\]\([^)\s]*\)|<!--.*?-->", re.DOTALL | re.MULTILINE
)


class Text(NamedTuple):
    """Something that a user reads: the file that it is in, the line where it begins, the words."""

    path: str
    line: int
    text: str


def findings(texts: Iterable[Text]) -> list[str]:
    """Return where a text has a turn to avoid: file and line, the turn, and what to write instead."""
    found = (
        (path, line + text.count("\n", 0, match.start()), " ".join(match[0].split()), instead)
        for path, line, text in texts
        for pattern, instead in PATTERNS
        for match in pattern.finditer(text)
    )
    return [f"{path}:{line}: {turn!r}: {instead}" for path, line, turn, instead in sorted(found)]


@cache
def all_texts() -> list[Text]:
    """Return what users read: documents, messages, helps, and the pages that are made of templates."""
    return [
        *_of(pages(), markdown_texts),
        *_of(_names(PYTHON), python_texts),
        *_of(_names(GROOVY), groovy_texts),
        *_of(_names(TEMPLATES), template_texts),
        *_of(["nextflow_schema.json"], schema_texts),
    ]


def _names(patterns: Iterable[str]) -> list[str]:
    return sorted(path.relative_to(PROJECT).as_posix() for pattern in patterns for path in PROJECT.glob(pattern))


def _of(names: Iterable[str], texts: Callable[[str], Iterator[tuple[int, str]]]) -> Iterator[Text]:
    for name in names:
        yield from (Text(name, line, text) for line, text in texts((PROJECT / name).read_text()))


def markdown_texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield a page without code, addresses and comments; blocks of text show messages, and stay."""
    yield 1, _NO_PROSE.sub(lambda code: "\n" * code[0].count("\n") or "…", source)


def python_texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the constants that may be shown to a user, placeholders as `…`, and the docstrings that `--help` shows."""
    tree = ast.parse(source)
    docstrings = {id(node.body[0].value) for node in ast.walk(tree) if _has_docstring(node)}
    commands = {id(node.body[0].value) for node in ast.walk(tree) if _is_command(node) and _has_docstring(node)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr(values=values):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in values)
            case ast.Constant(value=str(text)) if id(node) not in parts | (docstrings - commands):
                pass
            case _:
                continue
        if words(text) >= SAID:
            yield node.lineno, text


def _has_docstring(node: ast.AST) -> bool:
    return isinstance(node, _DOCUMENTED) and ast.get_docstring(node) is not None


def _is_command(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and any("command" in ast.unparse(one) for one in node.decorator_list)


def groovy_texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the quoted texts of a script, without those in comments."""
    for number, line in enumerate(source.splitlines(), 1):
        if not line.lstrip().startswith(("//", "*")):
            yield from ((number, quoted[0][1:-1]) for quoted in _STRING.finditer(line) if words(quoted[0]) >= SAID)


def template_texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a page without tags, or of a script without comments."""
    for number, line in enumerate(source.splitlines(), 1):
        if not line.lstrip().startswith(("//", "{#")):
            yield number, re.sub(r"<[^<>]*>", " ", line)


def schema_texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the descriptions of the parameters."""
    for number, line in enumerate(source.splitlines(), 1):
        if '"description":' in line:
            yield number, json.loads("{" + line.strip().rstrip(",") + "}")["description"]


def long_sentences(most: int) -> list[str]:
    """Return the longest sentences of the documents, each with its number of words."""
    found = [
        (len(sentence.split()), f"{text.path}: {' '.join(sentence.split())}")
        for text in _of(pages(), _prose)
        for sentence in re.split(r"(?<=[.:;!?])\s+", text.text)
    ]
    return [f"{length} words, {text}" for length, text in sorted(found, reverse=True)[:most] if length > LONG]


def _prose(source: str) -> Iterator[tuple[int, str]]:
    """Yield paragraphs and items of lists, without tables, headings and blocks."""
    ((_, page),) = markdown_texts(re.sub(r"^( *)```.*?^\1```$", "", source, flags=re.DOTALL | re.MULTILINE))
    for paragraph in re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", page):
        if not paragraph.lstrip().startswith(("|", "#")):
            yield 0, paragraph


def main() -> None:
    parser = argparse.ArgumentParser(description="List words to avoid in what users read")
    parser.add_argument("files", nargs="*", help="only of these, as docs/start.md")
    parser.add_argument("--longest", type=int, default=0, help="list so many of the longest sentences instead")
    arguments = parser.parse_args()
    wanted = (text for text in all_texts() if not arguments.files or text.path in arguments.files)
    print("\n".join(long_sentences(arguments.longest) if arguments.longest else findings(wanted)))


if __name__ == "__main__":
    main()
