"""What a mistake in a command line was meant as, where the words of the parser alone would not say it."""

from collections.abc import Collection, Sequence
from itertools import takewhile

from analysis_jobs.errors import InvalidInput

_MORE_WORDS = "Got unexpected extra argument"


def refuse_set_of_launches(words: Sequence[str], options: Collection[str]) -> None:
    """Refuse ``--set.NAME VALUE``, as launches have it, for a command that has ``--set NAME=VALUE``.

    Parameters
    ----------
    words
        That follow a command, as they were typed.
    options
        Those of the command.
    """
    if "--set" not in options:
        return
    typed = list(takewhile(lambda word: word != "--", words))
    for word, following in zip(typed, [*typed[1:], ""], strict=True):
        if word.startswith("--set."):
            name, equals, value = word.removeprefix("--set.").partition("=")
            value = value if equals or following.startswith("-") else following
            raise InvalidInput(f"{word} is how a launch has it; write --set {name}={value or 'VALUE'}")


def hint_of(message: str, options: Collection[str]) -> str:
    """Return what to do about more words than a command takes, to stand behind that message; else an empty text."""
    if not message.startswith(_MORE_WORDS):
        return ""
    if "--glob" in options:
        return ". Put the pattern of --glob in quotes, so that the shell does not replace it by the files that match"
    return ". A folder of results is given with --outdir" if "--outdir" in options else ""
