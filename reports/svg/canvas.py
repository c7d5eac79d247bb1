"""An SVG under construction: every word and attribute is escaped, styling is by class."""

from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# What a shape looks like where the page's style sheet is absent (a saved or pasted SVG); classes override it.
FALLBACK: dict[str, dict[str, str]] = {
    "axis": {"stroke": "currentColor", "stroke-opacity": ".6"},
    "grid": {"stroke": "currentColor", "stroke-opacity": ".14"},
    "threshold": {"stroke": "currentColor", "stroke-opacity": ".3", "stroke-dasharray": "2 4"},
    "whisker": {"stroke": "#0f5b5e", "stroke-width": "2", "fill": "none"},
    "stem": {"stroke": "currentColor", "stroke-width": "1.5"},
    "line": {"stroke-width": "2", "fill": "none"},
    "band": {"fill-opacity": ".14"},
    "fill-accent": {"fill": "#0f5b5e"},
    "fill-neutral": {"fill": "#d5d0c4"},
    "flow-box": {"fill": "none", "stroke": "currentColor", "stroke-opacity": ".6"},
    "flow-out": {"fill": "none", "stroke": "currentColor", "stroke-opacity": ".4", "stroke-dasharray": "3 3"},
    "flow-head": {"fill": "currentColor"},
    "flow-lane": {"font-weight": "600"},
    "flow-count": {"font-weight": "600"},
    "soft-bar": {"fill-opacity": ".55"},
    "dot": {"fill": "#0f5b5e"},
    "heat": {"fill": "#0f5b5e"},
    "heat-below": {"fill": "#c04d00"},
    "on-strong": {"fill": "#fff"},
    "on-fill": {"fill": "#fff"},
    "on-fill-1": {"fill": "#000"},
    "on-fill-3": {"fill": "#000"},
    "on-fill-neutral": {"fill": "#000"},
}
# The page's plot colours (--plot-1 to --plot-7) in the order series take them: neighbours differ in hue for
# colour-blind people and in lightness on grey paper.
SERIES = (5, 1, 3, 7, 2, 4, 6)
COLOURS = ("#a37f16", "#2972a3", "#1da17e", "#746100", "#004899", "#692712", "#93315f")
FALLBACK |= {f"fill-{place}": {"fill": colour} for place, colour in enumerate(COLOURS, 1)}
FALLBACK |= {f"line-{place}": {"stroke": colour, "fill": "none"} for place, colour in enumerate(COLOURS, 1)}
FULL_SIZE = {"word", "heat-text", "on-fill"}
NEUTRAL = -2  # likewise: the part between two others (a tie)
ALONE = -1  # in place of a series' number: the only series wears the accent


@dataclass(frozen=True)
class Sheet:
    """A size to draw for: width in units (about CSS pixels), sizes of labels and of small print."""

    name: str
    width: float
    size: float
    small: float
    ticks: int


Box = tuple[float, float, float, float]

WIDE = Sheet("wide", 880, 13, 12, 6)
NARROW = Sheet("narrow", 360, 13, 12, 4)


def units(value: float) -> str:
    """Return a length with at most one decimal."""
    rounded = round(value, 1) or 0.0
    return f"{rounded:.1f}".removesuffix(".0")


def fill(place: int) -> str:
    """Return the class that fills shapes of the series at a place, counted from 0."""
    named = {ALONE: "fill-accent", NEUTRAL: "fill-neutral"}
    return named.get(place) or f"fill-{SERIES[place % len(SERIES)]}"


def stroke(place: int) -> str:
    """Return the class that draws lines of the series at a place, counted from 0."""
    return "whisker" if place == ALONE else f"line-{SERIES[place % len(SERIES)]}"


class Canvas:
    """Collects shapes; `svg` closes the drawing at its `height`."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.width = sheet.width
        self.height = 0.0
        self.parts: list[str] = []

    def line(self, x1: float, y1: float, x2: float, y2: float, name: str) -> None:
        """Draw a straight line."""
        ends = f'x1="{units(x1)}" y1="{units(y1)}" x2="{units(x2)}" y2="{units(y2)}"'
        self.parts.append(f"<line {ends} {_ink(name)}/>")

    def rect(self, box: Box, name: str, *, opacity: float | None = None, title: str = "") -> None:
        """Draw a rectangle (x, y, width, height) with an optional tooltip."""
        x, y, w, h = (units(part) for part in box)
        shade = "" if opacity is None else f' fill-opacity="{opacity:.2f}"'
        shape = f'<rect x="{x}" y="{y}" width="{w}" height="{h}"{shade} {_ink(name)}'
        self.parts.append(f"{shape}><title>{escape(title)}</title></rect>" if title else f"{shape}/>")

    def path(self, d: str, name: str) -> None:
        """Draw a path; `d` is built from numbers by the caller."""
        self.parts.append(f'<path d="{escape(d)}" {_ink(name)}/>')

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        name: str = "word",
        anchor: str = "start",
        turn: float = 0,
    ) -> None:
        """Write words with their baseline at y; `turn` rotates them around that point, in degrees."""
        size = units(self.sheet.size if name.split()[0] in FULL_SIZE else self.sheet.small)
        turned = f' transform="rotate({units(turn)} {units(x)} {units(y)})"' if turn else ""
        place = f'x="{units(x)}" y="{units(y)}" font-size="{size}" text-anchor="{escape(anchor)}"{turned}'
        self.parts.append(f"<text {place} {_ink(name)}>{escape(words)}</text>")

    def marker(self, x: float, y: float, place: int, radius: float = 5) -> None:
        """Draw the sign of a series: its shape tells it apart where colours do not print."""
        r = radius
        name = "dot" if place == ALONE else f"sign {fill(place)}"
        shapes = (
            f"M{units(x - r)} {units(y)}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z",
            f"M{units(x - r + 0.5)} {units(y - r + 0.5)}h{2 * r - 1}v{2 * r - 1}h{1 - 2 * r}z",
            f"M{units(x)} {units(y - r - 1)}l{r + 1} {r + 1}l{-r - 1} {r + 1}l{-r - 1} {-r - 1}z",
            f"M{units(x)} {units(y - r - 0.5)}l{r + 1} {2 * r}h{-2 * r - 2}z",
        )
        self.path(shapes[max(place, 0) % len(shapes)], name)

    def svg(self, *, ident: str, title: str, description: str) -> SafeString:
        """Return the finished drawing with its names for people who cannot see it."""
        name = escape(ident)
        box = f"0 0 {units(self.width)} {units(self.height)}"
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="plot plot-{self.sheet.name}" viewBox="{box}" '
            f'role="img" fill="currentColor" aria-labelledby="{name}-t {name}-d">'
            f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(description)}</desc>'
        )
        # Safe: every word and attribute above and in the parts went through escape() or is a number.
        return mark_safe(head + "".join(self.parts) + "</svg>")  # noqa: S308  see the line above


def _ink(name: str) -> str:
    """Return the class attribute and what stands in for it without a style sheet."""
    look: dict[str, str] = {}
    for part in name.split():
        look |= FALLBACK.get(part, {})
    return " ".join([f'class="{escape(name)}"', *(f'{key}="{value}"' for key, value in look.items())])
