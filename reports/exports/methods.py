"""What a paper needs to say about a report: the methods paragraph with every parameter filled in."""

import re

from django.utils.translation import gettext as _

from .. import numbers
from ..present import figure_view, made, present
from ..summary import KeyFigure, Summary

# Signs that Markdown would read as markup.
MARKUP = re.compile(r"([\\`*_\[\]<>#|~])")


def facts(summary: Summary) -> list[tuple[str, str]]:
    """Return what a report says in words, as pairs of a label and a text."""
    view = present(summary)
    found = [(_("Title"), view.title), (_("Subtitle"), view.subtitle), (_("Finding"), view.headline)]
    found += [(_("Warning"), words) for words in view.warnings]
    found += [(_("Methods"), view.methods)]
    found += [(_("Limit"), words) for words in view.limits]
    found += list(view.parameters)
    found += [(_("Computed"), made(summary))]
    return [(label, words) for label, words in found if words]


def text(summary: Summary) -> bytes:
    """Return the methods as plain text."""
    view = present(summary)
    parts = [view.title, view.headline, "\n".join(view.warnings), "\n".join(_figures(summary)), view.methods]
    parts += [_("Limits:") + " " + " ".join(view.limits)] if view.limits else []
    parts += ["\n".join(f"{label}: {value}" for label, value in view.parameters)]
    parts += [_("Computed:") + " " + view.made] if view.made else []
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def markdown(summary: Summary) -> bytes:
    """Return the methods as Markdown; words that look like markup are escaped."""
    view = present(summary)
    parts = [f"# {plain(view.title)}", plain(view.headline), *(f"> {plain(words)}" for words in view.warnings)]
    parts += ["\n".join(f"- {plain(words)}" for words in _figures(summary))]
    parts += [f"## {_('Methods')}", plain(view.methods)] if view.methods else []
    parts += [f"## {_('Limits')}", "\n".join(f"- {plain(words)}" for words in view.limits)] if view.limits else []
    if view.parameters:
        lines = "\n".join(f"- {plain(label)}: {plain(value)}" for label, value in view.parameters)
        parts += [f"## {_('Parameters')}", lines]
    parts += [plain(_("Computed:") + " " + view.made)] if view.made else []
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def plain(words: str) -> str:
    """Return words in one line that Markdown shows as they are."""
    return MARKUP.sub(r"\\\1", " ".join(words.split()))


def _figures(summary: Summary) -> list[str]:
    """Return one line per key figure, with its interval, sample and method."""
    blocks = [block for section in summary.sections for block in section.blocks]
    return [_figure(block) for block in blocks if isinstance(block, KeyFigure)]


def _figure(figure: KeyFigure) -> str:
    view = figure_view(figure)
    value = f"{numbers.DASH} ({view.reason})" if view.reason else view.value
    return "; ".join(part for part in (f"{view.label}: {value}", view.interval, view.sample, view.method) if part)
