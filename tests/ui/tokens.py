"""Reads the colour tokens out of the stylesheet and does the arithmetic of contrast and of colour blindness."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STYLESHEET = ROOT / "static" / "css" / "concord.css"

Colour = tuple[float, float, float]

# How a full red-blind, green-blind and blue-blind eye mixes linear RGB: Machado, Oliveira and Fernandes (2009),
# severity 1.0.
EYES: dict[str, tuple[Colour, Colour, Colour]] = {
    "trichromat": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
OKLAB_LMS: tuple[Colour, Colour, Colour] = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
OKLAB_LAB: tuple[Colour, Colour, Colour] = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def section(name: str) -> str:
    """Return the text between `/* name: begin` and `/* name: end` of the stylesheet."""
    found = re.search(rf"/\* {name}: begin[^\n]*\n(.*?)/\* {name}: end", STYLESHEET.read_text(), re.DOTALL)
    assert found, f"no section {name} in {STYLESHEET.name}"
    return found[1]


def declarations(name: str) -> dict[str, str]:
    """Return every custom property of a section, as written."""
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", section(name)))


def colours(name: str) -> dict[str, str]:
    """Return the custom properties of a section that are plain hexadecimal colours."""
    return {key: value for key, value in declarations(name).items() if re.fullmatch(r"#[0-9a-f]{6}", value)}


def linear(colour: str) -> Colour:
    """Return the linear RGB of `#rrggbb`, each 0 to 1 (IEC 61966-2-1)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.2)."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def times(matrix: tuple[Colour, Colour, Colour], vector: Colour) -> Colour:
    """Return matrix times vector."""
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def oklab(rgb: Colour) -> Colour:
    """Return the OKLab coordinates of linear RGB (Ottosson 2020)."""
    clipped = [min(1.0, max(0.0, part)) for part in rgb]
    one, two, three = times(OKLAB_LMS, (clipped[0], clipped[1], clipped[2]))
    return times(OKLAB_LAB, (one ** (1 / 3), two ** (1 / 3), three ** (1 / 3)))


def nearest(palette: list[str], eye: str) -> float:
    """Return the smallest OKLab distance (times 100) between two colours of a palette as `eye` sees them."""
    seen = [oklab(times(EYES[eye], linear(colour))) for colour in palette]
    return min(100 * sum((a - b) ** 2 for a, b in zip(x, y, strict=True)) ** 0.5 for x, y in combinations(seen, 2))


def lightness_steps(palette: list[str]) -> list[float]:
    """Return the steps between the neighbours of a palette when it is sorted by CIE lightness (0 to 100)."""
    lightness = sorted(116 * luminance(colour) ** (1 / 3) - 16 for colour in palette)
    return [upper - lower for lower, upper in pairwise(lightness)]
