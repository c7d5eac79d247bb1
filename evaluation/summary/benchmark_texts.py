"""The chapter of a benchmark's report about texts: open answers against a reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop as _

from evaluation.services import benchmarks
from evaluation.summary.benchmark_frame import LANGUAGES, Bench, best_of, score_cell
from reports.blocks import CellValue, ColumnKind
from reports.summary import Block, Column, Section, Table, Text, Words, phrase
from stats import text
from stats.result import Figure
from stats.tokens import base_of

Tell = Callable[[], None]
# Metric, heading, kind and decimals of its column. Longer is not better.
COLUMNS: tuple[tuple[str, str, ColumnKind, int], ...] = (
    ("bleu_1", "BLEU-1", "ci", 1),
    ("bleu_2", "BLEU-2", "ci", 1),
    ("bleu_3", "BLEU-3", "ci", 1),
    ("bleu_4", "BLEU-4", "ci", 1),
    ("rouge_1", "ROUGE-1", "ci", 3),
    ("rouge_2", "ROUGE-2", "ci", 3),
    ("rouge_l", "ROUGE-L", "ci", 3),
    ("chrf", "chrF", "ci", 1),
    ("meteor", "METEOR", "ci", 3),
    ("distinct_1", "Distinct-1", "ci", 3),
    ("distinct_2", "Distinct-2", "ci", 3),
    ("length", _("Length"), "ci", 1),
)
BERT: tuple[tuple[str, str, ColumnKind, int], ...] = (
    ("bertscore_p", "BERTScore P", "ci", 3),
    ("bertscore_r", "BERTScore R", "ci", 3),
    ("bertscore_f1", "BERTScore F1", "ci", 3),
)


@dataclass(frozen=True)
class Part:
    """The open items of one language, with the reference of each."""

    language: str
    references: dict[int, str]
    systems: list[int]
    shared: bool
    # References split into tokens, by the items that a system answered: where all answered the same, once.
    split: dict[tuple[int, ...], text.Side] = field(default_factory=dict)

    def side(self, items: tuple[int, ...], *, words: bool) -> text.Side:
        """Return the references of some items, split."""
        if items not in self.split:
            wanted = [self.references[pk] for pk in items]
            self.split[items] = text.Side.of(wanted, self.language, words=words)
        return self.split[items]


def texts(bench: Bench, tell: Tell) -> Iterator[Section]:
    """Yield how near the systems' open answers come to the references, by language."""
    benchmark = bench.taken.benchmark
    if not benchmarks.setting(benchmark, "texts"):
        return
    parts = list(parts_of(bench))
    blocks: list[Block] = [table_of(bench, n, part, tell) for n, part in enumerate(parts)]
    if not blocks:
        return
    missing = _not_installed(bench, parts)
    if missing:
        blocks.append(Text(key="install", paragraphs=[_install(name) for name in missing], tone="note"))
    yield Section(
        key="texts", title=phrase(_("Open answers against a reference")), blocks=blocks, folded=False,
        intro=phrase(_("These figures count shared words, not help: read them beside what people say.")),
    )  # fmt: skip


def references_of(bench: Bench) -> tuple[dict[int, str], int | None]:
    """Return each open item's reference, and the system whose responses stand in where an item has none."""
    chosen = benchmarks.setting(bench.taken.benchmark, "reference")
    stand_in = int(chosen) if chosen and int(chosen) in bench.taken.systems else None
    found = {pk: bench.taken.cases[pk].reference for pk in bench.open if bench.taken.cases[pk].reference}
    if stand_in is not None:
        found = {pk: said for pk, said in bench.taken.texts[stand_in].items() if said} | found
    return found, stand_in


def parts_of(bench: Bench) -> Iterator[Part]:
    """Yield the languages that have references, each with the items that count for all systems alike."""
    references, stand_in = references_of(bench)
    languages: dict[str, dict[int, str]] = {}
    for pk, reference in references.items():
        languages.setdefault(base_of(bench.taken.cases[pk].language), {})[pk] = reference
    for language, found in sorted(languages.items()):
        systems = [pk for pk in bench.systems if pk != stand_in and found.keys() & bench.taken.texts[pk].keys()]
        shared = {pk: said for pk, said in found.items() if all(pk in bench.taken.texts[system] for system in systems)}
        if systems:
            yield Part(language, shared or found, systems, bool(shared))


def table_of(bench: Bench, n: int, part: Part, tell: Tell) -> Table:
    """Return the figures of one language."""
    words = benchmarks.setting(bench.taken.benchmark, "segmentation") == benchmarks.WORDS
    wanted = (*COLUMNS, *(BERT if benchmarks.setting(bench.taken.benchmark, "bertscore") else ()))
    figures: dict[int, dict[str, Figure]] = {}
    for system in part.systems:
        figures[system] = figures_of(bench, part, system, words=words, bert=len(wanted) > len(COLUMNS))
        tell()
    columns = [Column(key="system", label=phrase(_("System"))), Column(key="n", label=phrase(_("Texts")), kind="int")]
    columns += [Column(key=key, label=_label(name), kind=kind, decimals=d) for key, name, kind, d in wanted]
    best = {key: None if key == "length" else best_of({s: f[key] for s, f in figures.items()}) for key, *_r in wanted}
    rows: list[list[CellValue]] = [
        [
            bench.name(system), figures[system]["length"].n_items,
            *(score_cell(figures[system][key], best[key]) for key, *_rest in wanted),
        ]
        for system in part.systems
    ]  # fmt: skip
    return Table(key=f"texts-{n}", caption=caption(part, words), columns=columns, rows=rows, notes=notes(part))


def figures_of(bench: Bench, part: Part, system: int, *, words: bool, bert: bool) -> dict[str, Figure]:
    """Return one system's figures over the items of one language."""
    said = bench.taken.texts[system]
    items = tuple(pk for pk in part.references if pk in said)
    theirs = part.side(items, words=words)
    ours = text.Side.of([said[pk] for pk in items], part.language, words=words)
    found = text.sides_summary(ours, theirs, bootstrap=bench.replicates, seed=bench.seed)
    if bert:
        found |= text.bertscore_summary(ours.texts, theirs.texts, language=part.language, seed=bench.seed)
    return found


def caption(part: Part, words: bool) -> Words:
    """Return what a table is about."""
    if not part.language:
        return phrase(_("Texts without a language"))
    name = LANGUAGES.get(part.language)
    language: Words = phrase(name) if name else part.language
    if part.language == "zh":
        cut = phrase(_("words by jieba")) if words else phrase(_("characters"))
        return phrase(_("Texts in %(language)s, counted by %(tokens)s"), language=language, tokens=cut)
    return phrase(_("Texts in %(language)s"), language=language)


def notes(part: Part) -> list[Words]:
    """Return how a table's figures were made."""
    found: list[Words] = [
        phrase(
            _("BLEU and chrF as in sacrebleu (0 to 100, of the whole corpus), ROUGE as F measure, means over texts.")
        )
    ]
    if part.shared:
        found.append(phrase(_("Only items that every system answered.")))
    else:
        found.append(phrase(_("No item was answered by every system, so each is measured on its own items.")))
    return found


def _label(words: str) -> Words:
    return phrase(words) if words == "Length" else words


def _not_installed(bench: Bench, parts: Sequence[Part]) -> list[str]:
    """Return which metrics could have been computed if more were installed. METEOR's data are English."""
    missing = []
    if any(part.language in ("", "en") for part in parts) and not text.meteor_ready():
        missing.append("meteor")
    if benchmarks.setting(bench.taken.benchmark, "bertscore") and not text.bertscore_ready():
        missing.append("bertscore")
    return missing


def _install(name: str) -> Words:
    names = {"meteor": "METEOR", "bertscore": "BERTScore"}
    return phrase(_("%(name)s needs more: %(command)s"), name=names[name], command=text.INSTALL[name])
