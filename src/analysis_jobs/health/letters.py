"""The locale, by which Java takes the names of files: without UTF-8, those with letters of other languages are lost."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from analysis_jobs.health.diagnosis import Said, doubtful, fine
from analysis_jobs.health.programs import asked_program

_NAMES = ("LC_ALL", "LC_CTYPE", "LANG")
_REMEDY = "export LC_ALL=C.UTF-8, or another locale of UTF-8 that this machine has (locale -a)"


def look_at_letters() -> Iterator[Said]:
    """Say whether programs of this environment have all letters."""
    given = given_locale(own_variables())
    program = shutil.which("locale")
    answer = asked_program([program, "charmap"], 5, {**dict.fromkeys(_NAMES, ""), **given}) if program else None
    named = next((given[name] for name in _NAMES if given.get(name)), "")
    letters = answer.out.strip() if answer and not answer.status else ""
    has_all = letters.upper() in ("UTF-8", "UTF8") if letters else "utf" in named.lower()
    if has_all:
        yield fine(f"the locale {named or 'of the system'} has all letters (UTF-8)")
    elif letters and "utf" in named.lower():
        yield doubtful(f"the locale {named} is not on this machine, so that programs take {letters}; {_REMEDY}")
    else:
        yield doubtful(
            f"the locale {named or 'C'} has only letters of English, so that paths with others are refused; {_REMEDY}"
        )


def own_variables() -> Mapping[str, str]:
    """Return the variables that this process was started with: Python sets some where it finds the locale of C."""
    try:
        pairs = Path("/proc/self/environ").read_bytes().split(b"\0")
    except OSError:  # no Linux
        return os.environ
    texts = (os.fsdecode(pair).partition("=") for pair in pairs)
    return {name: value for name, _, value in texts if name}


def given_locale(variables: Mapping[str, str]) -> dict[str, str]:
    """Return those variables that say the locale."""
    return {name: variables[name] for name in _NAMES if variables.get(name)}
