"""Figures of a dialogue annotation as blocks of a report: what is counted are turns, what is drawn are sessions."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from annotation.dialogue_summary.parts import Part
from annotation.schema import Level
from annotation.summary.words import LABELS, METHODS, READING
from reports import ink
from reports.blocks import Role
from reports.ink import on_both_sides
from reports.summary import KeyFigure, Words, phrase
from stats.result import Figure

TURNS, SESSIONS = phrase(_("turns")), phrase(_("sessions"))
# With fewer sessions than this a bootstrap over sessions hardly says how they vary.
FEW_SESSIONS = 20
PERCENT = ("percent_agreement", "consensus_rate")

MORE_LABELS = {
    "gwet_ac2": _("Gwet's AC2"),
    "characters": _("Overlap of marked words, F1 over characters"),
    "exact": _("Same words marked, F1 over places"),
}
MORE_READING = {
    "gwet_ac2": (
        _("AC2 is AC1 for a scale: answers that lie close together count as partly equal."),
        _("It stays steady where one value is very common, which is why it stands beside alpha."),
    ),
    "characters": (
        _("1 where two raters always mark the same characters, 0 where their marks never overlap."),
        _("It does not depend on which rater is taken for the truth; turns where nobody marked anything add nothing."),
    ),
    "exact": (
        _("The same, but a place counts only where both of its ends are equal."),
        _("Far below the overlap of characters, raters mark the same idea with different borders."),
    ),
}
MORE_METHODS = {
    "gwet_ac2": _("quadratic weights, %(categories)s declared values"),
    "characters": _("all pairs of raters"),
    "exact": _("all pairs of raters"),
}


def unit_of(part: Part) -> Words:
    """Return what a part's rows are."""
    return SESSIONS if part.field.level == Level.SESSION else TURNS


def label(name: str) -> Words:
    """Return what a figure is called."""
    return phrase({**LABELS, **MORE_LABELS}[name])


def method(name: str, part: Part) -> Words:
    """Return how a coefficient was computed, as far as it depends on the part."""
    if part.level == "ordinal" and name == "krippendorff_alpha":
        return phrase(_("ordinal"))
    if part.level == "ordinal" and name == "cohen_kappa":
        return phrase(_("quadratic weights, mean over pairs of raters"))
    return phrase({**METHODS, **MORE_METHODS}[name], categories=part.table.n_categories)


def coefficient(name: str, figure: Figure, part: Part, *, role: Role = "other", prevalence: Words = "") -> KeyFigure:
    """Return a coefficient of a part, with the warnings that apply."""
    percent = name in PERCENT
    warnings = [*([prevalence] if prevalence else []), *cautions(figure, part.n_sessions, thresholds=not percent)]
    how = method(name, part)
    return key_figure(name, figure, how=how, n_unit=unit_of(part), role=role, scale=not percent, warnings=warnings)


def key_figure(
    name: str, figure: Figure, *, how: Words, n_unit: Words, role: Role = "other", scale: bool = False,
    warnings: list[Words] | None = None, key: str = "", named: Words = "",
) -> KeyFigure:  # fmt: skip
    """Return a figure people may cite, with how to read it."""
    if figure.ci and figure.value is not None:
        how = phrase(_("%(method)s; percentile bootstrap over sessions"), method=how)
    return ink.key_figure(
        key or name, figure, label=named or label(name), reading={**READING, **MORE_READING}[name], method=how,
        role=role, scale=scale, percent=name in PERCENT, n_unit=n_unit, warnings=warnings or [],
    )  # fmt: skip


def cautions(figure: Figure, sessions: int, *, thresholds: bool) -> list[Words]:
    """Return what a reader must know before citing a figure."""
    found: list[Words] = []
    if figure.value is None:
        return found
    if sessions < FEW_SESSIONS:
        found.append(phrase(_("Fewer than %(count)s sessions: read it as a hint."), count=FEW_SESSIONS))
    return [*found, *(on_both_sides(figure) if thresholds else [])]
