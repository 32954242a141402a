"""Where long names may go on in another line: behind what separates their words.

Within a word only where it is so long that a table would be as wide.
"""

import re

from markupsafe import Markup, escape

from analysis_jobs.wording import visible

# Not behind the point or the minus in a number; `templates/texts.js` has the same
_BREAK = re.compile(r"(?:(?<=[_/,:;?&@|])|(?<=\w-)(?<!\d[eE]-)|(?<=[^\d\s]\.))(?=\w)")
_TOO_LONG = re.compile(r"\S{41}")
_PIECE = 20


def breakable(text: object) -> Markup:
    """Return a text as HTML with the places at which a line may end; nothing in it is markup."""
    words = (piece for part in _BREAK.split(visible(str(text))) for piece in _pieces(part))
    return Markup("<wbr>").join(map(escape, words))


def _pieces(part: str) -> list[str]:
    if _TOO_LONG.search(part) is None:
        return [part]
    return [part[start : start + _PIECE] for start in range(0, len(part), _PIECE)]
