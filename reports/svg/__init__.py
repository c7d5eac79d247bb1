"""Plots as SVG text: no script, no inline style, colours from the page's custom properties."""

from .drawing import Drawing, draw

__all__ = ["Drawing", "draw"]
