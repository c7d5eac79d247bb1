"""External raters, whose labels came with the data: among themselves, and beside the study's own raters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.utils.translation import gettext_noop as _

from annotation.dialogue_summary import agreement, ink
from annotation.dialogue_summary.measures import Figures, primary, robust, with_the_rest
from annotation.dialogue_summary.parts import Part
from annotation.dialogue_summary.work import Work
from annotation.results.dialogue_external import NO_FIELD, NO_VALUE, NOT_ASKED, External
from annotation.summary import ink as shared
from annotation.summary.agreement import axis_for
from reports.summary import Block, CellValue, DotWhisker, Mark, Section, Table, Words, phrase

REASONS = {
    NO_FIELD: _("the schema has no such field"),
    NO_VALUE: _("not one of the field's answers"),
    NOT_ASKED: _("not asked of such turns"),
}
OWN, EXTERNAL, ALL = phrase(_("your raters")), phrase(_("external raters")), phrase(_("all together"))


def sections(work: Work) -> Iterator[Section]:
    """Yield how far external raters agree, with each other and with the study's own, where there are any."""
    if work.external is None or work.apart is None:
        return
    yield overview(work, work.apart, work.external)
    for part in work.apart.parts:
        yield _of_part(work, work.apart, part)


def overview(work: Work, apart: Work, external: External) -> Section:
    """Return the leading figures of each field for your raters, the external ones, and all of them."""
    groups: list[tuple[Words, Work]] = [
        (OWN, work),
        (EXTERNAL, apart),
        *([(ALL, work.together)] if work.together else []),
    ]
    rows: list[list[CellValue]] = []
    marks: list[Mark] = []
    for title, entries in _by_field(groups).values():
        for words, of, part in entries:
            figures = of.coefficients[part.key]
            marks.append(shared.mark(title, figures[primary(part)], words))
            rows.append(_row(title, words, part, figures))
    plot = DotWhisker(
        key="plot", title=phrase(_("How far raters agree, by field and by where they come from")), rows=marks,
        axis=axis_for(marks), n=len(work.found.sessions), n_unit=ink.SESSIONS,
        notes=[phrase(_("Alpha: over sets of labels with MASI, ordinal on scales, else nominal."))],
    )  # fmt: skip
    blocks: list[Block] = [plot, _table(rows, _notes(work, external)), *_with_rest(work)]
    if external.unplaced:
        blocks.append(_unplaced(external))
    intro = phrase(
        _("External raters are those whose labels came with the data. What they were shown when they labelled is not "
          "known here.")
    )  # fmt: skip
    return Section(key="external", title=phrase(_("External raters")), intro=intro, blocks=blocks)


Entries = list[tuple[Words, Work, Part]]


def _by_field(groups: list[tuple[Words, Work]]) -> dict[tuple[str, str], tuple[Words, Entries]]:
    """Return the parts of all groups by field and role, with a title that names no condition."""
    found: dict[tuple[str, str], tuple[Words, Entries]] = {}
    order = {field.key: place for place, field in enumerate(groups[0][1].found.schema.fields)}
    titles = {(part.field.key, part.role): part.title for words, of in groups[1:] for part in of.parts}
    for words, of in groups:
        for part in of.parts:
            place = (part.field.key, part.role)
            if place in titles:
                found.setdefault(place, (titles[place], []))[1].append((words, of, part))
    return dict(sorted(found.items(), key=lambda entry: (order[entry[0][0]], entry[0][1])))


def _row(title: Words, words: Words, part: Part, figures: Figures) -> list[CellValue]:
    names = (primary(part), robust(part), "cohen_kappa", "fleiss_kappa", "percent_agreement")
    lead = figures[primary(part)]
    cells = [shared.estimate(figures[name]) for name in names]
    return [title, words, *cells, lead.n_items, part.n_sessions, lead.n_raters]


def _table(rows: list[list[CellValue]], notes: list[Words]) -> Table:
    columns = [
        shared.text("name", _("Field")),
        shared.text("who", _("Raters")),
        shared.value("primary", _("Alpha")),
        shared.value("robust", _("AC1; AC2 on scales; Jaccard alpha for sets")),
        shared.value("cohen", _("Cohen's kappa")),
        shared.value("fleiss", _("Fleiss' kappa")),
        shared.percentage("percent", _("Percent agreement")),
        shared.count("n", _("Turns, or sessions")),
        shared.count("sessions", _("Sessions")),
        shared.count("raters", _("Raters")),
    ]
    return Table(key="table", caption=phrase(_("Apart and together")), columns=columns, rows=rows, notes=notes)


def _notes(work: Work, external: External) -> list[Words]:
    notes: list[Words] = [
        phrase(_("Your raters' figures rest on sessions that have all their answers, the external raters' on every "
                 "session they labelled; together, on both."))
    ]  # fmt: skip
    if work.together and (work.found.answers.base[work.first] > 0).any():
        notes.append(phrase(_("Your raters had proposals in view; together they are pooled with raters of whom this is "
                              "not known.")))  # fmt: skip
    if external.by_head:
        names = [one.words for one in work.found.schema.fields if one.key in external.by_head]
        notes.append(
            phrase(
                _("External raters name main labels only in: %(fields)s. There sub-labels count as the label they "
                  "belong to, for external raters and together."),
                fields=", ".join(names),
            )
        )  # fmt: skip
    return notes


def _with_rest(work: Work) -> list[Block]:
    """Return for each external rater and field the mean likeness to everybody else's answers to the same turns."""
    pool = work.together or work.apart
    if pool is None or work.external is None:
        return []
    codes = set(work.external.apart.raters)
    rows: list[list[CellValue]] = []
    for part in pool.parts:
        figures = with_the_rest(part.table, part.sessions, work.draw)
        for name, figure in zip(part.table.raters, figures, strict=True):
            if name in codes:
                rows.append([part.title, str(name), shared.estimate(figure), figure.n_items])
    columns = [
        shared.text("field", _("Field")),
        shared.text("code", _("Rater")),
        shared.percentage("likeness", _("Agreement with the rest")),
        shared.count("n", _("Turns, or sessions")),
    ]
    note = phrase(_("The rest are all other raters, yours and external ones."))
    caption = phrase(_("How each external rater agrees with the rest"))
    return [Table(key="rest", caption=caption, columns=columns, rows=rows, notes=[note])]


def _unplaced(external: External) -> Table:
    rows: list[list[CellValue]] = [
        [one.field, phrase(REASONS[one.reason]), one.count, one.example] for one in external.unplaced
    ]
    columns = [
        shared.text("field", _("Field in the file")),
        shared.text("why", _("Why")),
        shared.count("n", _("Labels")),
        shared.text("example", _("For example")),
    ]
    note = phrase(
        _("Give the field or the label the other spelling in the schema (“other spellings in files”), and they count.")
    )
    caption = phrase(_("External raters' labels that could not be compared"))
    return Table(key="unplaced", caption=caption, columns=columns, rows=rows, notes=[note])


def _of_part(work: Work, apart: Work, part: Part) -> Section:
    """Return everything about one field among external raters, and who of all raters agrees with whom."""
    section = agreement.of_part(apart, part, folded=True)
    blocks = [block for block in section.blocks if block.key != "pairs"]
    pool, same = apart, part
    if work.together:
        pool = work.together
        same = next((one for one in pool.parts if (one.field.key, one.role) == (part.field.key, part.role)), part)
    if 1 < len(same.table.raters) <= agreement.MOST_RATERS:
        blocks.append(agreement.pairs(same, pool.coefficients[same.key]))
    title = phrase(_("External raters: %(part)s"), part=part.title)
    return replace(section, key=f"external-{part.key}", title=title, blocks=blocks)
