"""Pictures as SVG text: boxes, wrapped words and arrows, light or dark as the reader's system is."""

from collections.abc import Iterable, Sequence
from html import escape

Point = tuple[float, float]
LINE = 1.35  # height of a line of text, in sizes of its letters
# Both have a ground of their own, so that a page of the other brightness hides nothing
_STYLE = """
svg { --ground: #ffffff; --text: #1f2328; --faint: #57606a; --line: #6e7781; --box: #f3f5f7; --run: #dbeafe;
  --bucket: #ffe9cc; --store: #e6dcfa; --good: #d3f0d9; --bad: #fbdada; --old: #f5ecc0; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #1b1d23; --text: #e8eaed; --faint: #b0b6be; --line: #9aa2ab; --box: #2a2e36; --run: #1d3a5f;
    --bucket: #553a17; --store: #41306a; --good: #1f4a2c; --bad: #5c2528; --old: #4d4415; }
}
text { font-family: -apple-system, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif; fill: var(--text); }
.code { font-family: Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-weight: 600; }
.faint { fill: var(--faint); }
.arrow { fill: none; stroke: var(--line); stroke-width: 1.6; marker-end: url(#head); }
.both { marker-start: url(#head); }
.number { fill: var(--ground); stroke: var(--line); }
""".strip()
_WIDTHS = {**dict.fromkeys("iljtfrI.,:;'|()[]!/ ", 0.41), **dict.fromkeys("mwMW@%", 0.98)}  # of DejaVu Sans, a wide one


def width_of(text: str, size: float, *, is_code: bool = False) -> float:
    """Return how wide a text is at most, in whatever font is there."""
    if is_code:
        return 0.61 * size * len(text)
    return size * sum(_WIDTHS.get(letter, 0.72 if letter.isupper() else 0.635) for letter in text)


def wrapped(text: str, width: float, size: float, *, is_code: bool = False) -> list[str]:
    """Return a text in lines that are no wider than that; a single word that is wider stays whole."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size, is_code=is_code) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


class Picture:
    """A picture that grows as things are put into it."""

    def __init__(self, width: float, title: str, description: str) -> None:
        self.width = width
        self._title, self._description = title, description
        self._parts: list[str] = []

    def box(self, place: Point, size: Point, kind: str) -> None:
        """Draw a box, by its upper left corner, width and height."""
        (x, y), (width, height) = place, size
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="7" '
            f'style="fill: var(--{kind}); stroke: var(--line)"/>'
        )

    def text(self, place: Point, lines: Iterable[str], size: float, kind: str = "", anchor: str = "start") -> float:
        """Write lines below a point; return where the next one would begin."""
        x, y = place
        for line in lines:
            names = f' class="{kind}"' if kind else ""
            end = f' text-anchor="{anchor}"' if anchor != "start" else ""
            words = escape(line, quote=False)
            self._parts.append(f'<text x="{x:g}" y="{y + size:.4g}" font-size="{size:g}"{names}{end}>{words}</text>')
            y += LINE * size
        return y

    def arrow(self, points: Sequence[Point], *, both: bool = False) -> None:
        """Draw an arrow along points."""
        path = " L".join(f"{x:g} {y:g}" for x, y in points)
        self._parts.append(f'<path class="arrow{" both" if both else ""}" d="M{path}"/>')

    def number(self, place: Point, number: int) -> None:
        """Put a number in a circle onto an arrow."""
        x, y = place
        self._parts.append(f'<circle class="number" cx="{x:g}" cy="{y:g}" r="10"/>')
        self.text((x, y - 7.8), [str(number)], 12, anchor="middle")

    def svg(self, height: float) -> str:
        """Return the whole of it, with that height."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {height:g}" '
            f'width="{1.2 * self.width:g}" height="{1.2 * height:g}" role="img" aria-labelledby="title about">'
        )
        marker = (
            '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" '
            'orient="auto-start-reverse"><path d="M0 0 L8 4 L0 8 z" style="fill: var(--line)"/></marker></defs>'
        )
        ground = f'<rect width="{self.width:g}" height="{height:g}" rx="10" style="fill: var(--ground)"/>'
        words = f'<title id="title">{escape(self._title)}</title>\n<desc id="about">{escape(self._description)}</desc>'
        return "\n".join([head, words, f"<style>\n{_STYLE}\n</style>", marker, ground, *self._parts, "</svg>", ""])
