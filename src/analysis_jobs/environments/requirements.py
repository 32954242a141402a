"""Files of requirements, as pip reads them: which others they include, and what of them lies on this machine alone."""

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import shown

_OPTION = re.compile(r"(-r|-c|-f|-e|--requirement|--constraint|--find-links|--editable)(?:[\s=]+|(?<=^-.))(.+)")
_INCLUDING = ("-r", "-c", "--requirement", "--constraint")
_WHEELS = ("-f", "--find-links")
# `./lib`, `lib @ ./lib`, `wheels/x.whl`, and not `x @ https://...`
_LOCAL = re.compile(r"([^\s@]+ ?@ ?)?(?!\S*://)(\.\S*|\S*/\S*|\S+\.(whl|zip|tar\.\w+))")


class Requirements:
    """What a file of requirements includes, or an environment.yml where it lists what pip installs.

    Attributes
    ----------
    texts
        Each file, by its name within the folder; a requirement or an option is in one line.
    wheels
        The folders of wheels that they name, by name.
    """

    def __init__(self, by: str, folder: Path) -> None:
        """Take the name of the file that declares, and its folder; nothing is read yet."""
        self.texts: dict[str, str] = {}
        self.wheels: dict[str, Path] = {}
        self._by, self._folder = by, folder

    def read(self, name: str) -> None:
        """Read a file of requirements, and all that it includes.

        Raises
        ------
        InvalidInput
            If a file cannot be read, or names what lies on this machine alone.
        """
        path = self._folder / name
        if not path.is_file() or not self._is_within(path):
            raise InvalidInput(f"{self._by} includes {shown(name)}, which is not in its folder; put it there")
        lines = list(_lines(read_text(path)))
        self.texts[name] = "\n".join(lines)
        for line in filter(None, map(_plain, lines)):
            self.look_at(line, name)

    def look_at(self, line: str, name: str) -> None:
        """Read what a line of a file includes; errors as of `read`."""
        option = _OPTION.fullmatch(line)
        given = _value(option[2]) if option else ""
        beside = given if "://" in given else os.path.normpath(os.path.join(os.path.dirname(name), given))
        if option and option[1] in _INCLUDING:
            if beside not in self.texts:
                self.read(beside)
        elif option and option[1] in _WHEELS:
            if "://" in given or os.path.isabs(given):
                return
            if not (folder := self._folder / beside).is_dir() or not self._is_within(folder):
                raise InvalidInput(
                    f"{name} has {shown(line)}, and there is no such folder beside it; put the wheels there"
                )
            self.wheels[beside] = folder
        elif option or _LOCAL.match(line):
            raise _of_here_alone(name, line)

    def _is_within(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self._folder.resolve())


def refuse_sources_here(dependencies: Iterable[Any], tool: Mapping[str, Any], by: str) -> None:
    """Refuse what TOML declares, and has from a folder: of this machine alone, as ``[tool.uv.sources]`` may have it.

    Raises
    ------
    InvalidInput
        Names the first.
    """
    sources = tool.get("uv", {}).get("sources", {})
    wanted = {_normal(re.split(r"[^\w.-]", str(each).strip())[0]) for each in dependencies}
    for name, source in sources.items() if isinstance(sources, dict) else ():
        ways = source if isinstance(source, list) else [source]
        if _normal(name) in wanted and any("path" in way or "workspace" in way for way in ways):
            raise _of_here_alone(by, f"{name} = {source}")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _of_here_alone(by: str, what: str) -> InvalidInput:
    return InvalidInput(
        f"{by} has {shown(what)}, which is on this machine alone; put the code beside the analysis, or name a package, "
        "or a wheel in a folder that UV_FIND_LINKS names"
    )


def read_text(path: Path) -> str:
    """Return the text of a file that declares packages.

    Raises
    ------
    InvalidInput
        If it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path.name} cannot be read: {error}; check the file and its permissions") from None


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a file, those that a backslash continues as one; no comment is continued."""
    begun = ""
    for line in text.split("\n"):
        if line.endswith("\\") and not re.search(r"(^|\s)#", line):
            begun += line[:-1]
        else:
            yield begun + (line.lstrip() if begun else line)
            begun = ""
    if begun:
        yield begun


def _plain(line: str) -> str:
    return re.sub(r"(^|\s+)#.*$", "", line).strip()


def _value(text: str) -> str:
    """Return the value of an option as a shell takes it; uv takes blanks without quotes, too."""
    try:
        return " ".join(shlex.split(text))
    except ValueError:  # as of an apostrophe
        return text
