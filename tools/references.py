"""The references of the site: of the command, by typer's own tool, and of what `analysis_jobs` exports."""

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import analysis_jobs

_SECTION = re.compile(r"^(\w[\w ]*)\n-+\n", re.MULTILINE)


def command_reference() -> str:
    """Return the page of the command, as `analysis-jobs --help` and its like have it."""
    command = [sys.executable, "-m", "typer", "analysis_jobs.cli.commands", "utils", "docs", "--name", "analysis-jobs"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def python_reference() -> str:
    """Return the page of what can be imported from `analysis_jobs`: signatures and docstrings."""
    start = "# Python\n\nWhat `from analysis_jobs import ...` has, for an analysis and for a notebook.\n"
    return "\n".join([start, *map(_entry, sorted(analysis_jobs.__all__, key=str.lower))])


def _entry(name: str) -> str:
    thing = getattr(analysis_jobs, name)
    return "\n".join(
        [f"## `{name}`\n", "```python", _signature(name, thing), "```\n", *_text(thing), *_members(thing), ""]
    )


def _signature(name: str, thing: Any) -> str:
    if inspect.isclass(thing):
        return f"class {name}({thing.__mro__[1].__name__})"
    signature = inspect.signature(thing)
    given = (f"    {_plain(parameter)},\n" for parameter in _parts_of(signature))
    returned = _plain(inspect.formatannotation(signature.return_annotation)).strip("'")
    return f"{name}(\n{''.join(given)}) -> {returned}"


def _parts_of(signature: inspect.Signature) -> Iterator[object]:
    named = False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not named:
            named = True
            yield "*"
        yield parameter


def _plain(value: object) -> str:
    """Return a parameter or a type without the modules that types come from, and without quotes around them."""
    return re.sub(r"'(\w+)'(?=\])", r"\1", re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", str(value)))


def _members(thing: Any) -> Iterator[str]:
    for field, info in getattr(thing, "model_fields", {}).items():
        yield f"- `{field}: {_plain(inspect.formatannotation(info.annotation))}`: {info.description}"
    for name, value in inspect.getmembers_static(thing, lambda value: isinstance(value, property)):
        if thing.__module__.startswith("analysis_jobs") and name in vars(thing):
            yield f"- `{name}` (property): {(inspect.getdoc(value) or '').partition(chr(10))[0]}"


def _text(thing: Any) -> Iterator[str]:
    """Yield a numpy docstring as Markdown: its sections under their names, what they list as a list."""
    first, *sections = _SECTION.split(inspect.getdoc(thing) or "")
    yield first.strip().replace("``", "`") + "\n"
    for title, text in zip(sections[::2], sections[1::2], strict=True):
        yield f"**{title}**\n"
        yield f"```python\n{text.strip()}\n```\n" if title == "Examples" else _listed(text)


def _listed(text: str) -> str:
    entries = re.split(r"\n(?=\S)", text.strip())
    listed = []
    for entry in entries:
        name, _, about = entry.partition("\n")
        listed.append(f"- `{name}`: {' '.join(about.split())}".removesuffix(": ").replace("``", "`"))
    return "\n".join(listed) + "\n"
