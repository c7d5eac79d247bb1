"""WCAG 2.2 AA in both themes, and a plot palette that colour-blind readers and grey printers tell apart."""

from __future__ import annotations

import pytest

from tests.ui.tokens import EYES, colours, contrast, declarations, lightness_steps, nearest

THEMES = ("light", "dark")
GROUNDS = ("paper", "surface", "sunken")
TEXT = [(ink, ground) for ink in ("ink", "ink-soft", "accent", "accent-hover", "danger") for ground in GROUNDS]
TEXT += [
    ("on-fill", "fill"),
    ("on-fill", "fill-hover"),
    ("ink", "mark"),
    ("paper", "ink"),
    *((word, f"{word}-soft") for word in ("accent", "success", "warning", "danger")),
    *(("ink", f"{word}-soft") for word in ("accent", "success", "warning", "danger")),
    *(("paper", word) for word in ("success", "warning", "danger")),
    *(("plot-ink", ground) for ground in ("paper", "surface")),
    *(("plot-axis", ground) for ground in ("paper", "surface")),
]
SHAPES = [(shape, ground) for shape in ("edge", "focus", "accent") for ground in GROUNDS]
SHAPES += [("success", "line"), ("accent", "line"), ("focus", "accent-soft")]
SHAPES += [(f"plot-{number}", ground) for number in range(1, 8) for ground in ("paper", "surface")]
# The bar of a progress is told from its track by length and by the number beside it, so 2:1 is enough there.
LOW = {("success", "line"): 2.0, ("accent", "line"): 2.0}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT, ids=" on ".join)
def test_text_contrast_reaches_aa(theme: str, ink: str, ground: str) -> None:
    tokens = colours(theme)
    assert contrast(tokens[ink], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("shape", "ground"), SHAPES, ids=" on ".join)
def test_shape_contrast_reaches_aa(theme: str, shape: str, ground: str) -> None:
    tokens = colours(theme)
    assert contrast(tokens[shape], tokens[ground]) >= LOW.get((shape, ground), 3.0)


def test_dark_theme_is_written_twice_alike() -> None:
    assert declarations("dark again") == declarations("dark")


def test_themes_name_the_same_tokens() -> None:
    assert declarations("dark").keys() == declarations("light").keys()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eye", EYES)
def test_plot_palette_is_told_apart_by_every_eye(theme: str, eye: str) -> None:
    palette = [colours(theme)[f"plot-{number}"] for number in range(1, 8)]
    assert nearest(palette, eye) >= 10


@pytest.mark.parametrize("theme", THEMES)
def test_plot_palette_survives_grey_print(theme: str) -> None:
    palette = [colours(theme)[f"plot-{number}"] for number in range(1, 8)]
    assert min(lightness_steps(palette)) >= 4


def test_contrast_of_black_and_white_is_21() -> None:
    assert round(contrast("#000000", "#ffffff"), 6) == 21
