"""Options of commands that go: taken for one more release, with a word on what to write instead."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Going:
    """An option that goes."""

    gone: str  # the version that no longer takes it
    now: str | None = None  # what it is called now; None where it has no effect any more
    has_value: bool = True  # whether a word follows it


# By command, as "list" or "store copy", then by option with its dashes. The new name must be an option of that command.
# CONTRIBUTING says how one gets in here, and out.
DEPRECATED: Mapping[str, Mapping[str, Going]] = {}


def with_new_names(words: Sequence[str], going: Mapping[str, Going]) -> tuple[list[str], list[str]]:
    """Put the new names of options in the place of old ones.

    Parameters
    ----------
    words
        That follow a command, as they were typed.
    going
        The options of that command that go.

    Returns
    -------
    words, warnings
        The words without old names, and a line about each of these. What follows ``--`` is no option.
    """
    written, warnings = list[str](), list[str]()
    rest = iter(words)
    for word in rest:
        if word == "--":
            written.extend([word, *rest])
            break
        option, equals, value = word.partition("=")
        # As the pipeline spells its own, an option may be written with underscores
        about = going.get(option.replace("_", "-"))
        if not about:
            written.append(word)
            continue
        warnings.append(_warning(option, about))
        written.extend(_instead(about, equals, value, rest))
    return written, warnings


def _instead(about: Going, equals: str, value: str, rest: Iterator[str]) -> Iterator[str]:
    if about.now:
        yield f"{about.now}{equals}{value}"
    elif about.has_value and not equals:
        next(rest, None)


def _warning(option: str, about: Going) -> str:
    if about.now:
        return f"warning: {option} is called {about.now} now: write that, as {option} goes with version {about.gone}"
    return f"warning: {option} has no effect any more: leave it out, as it goes with version {about.gone}"
