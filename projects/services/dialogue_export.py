"""Files of dialogues: the formats they come in, and lines for instruction tuning with a split and a manifest."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django.db.models.expressions import RawSQL
from django.utils import timezone

from projects.formats.dialogues import instruct, turns_csv
from projects.formats.dialogues.instruct import DEFAULT_SHARE, SHAPES, TEST, TRAIN, Shape
from projects.formats.dialogues.settings import FORMATS, FormatKey
from projects.formats.dialogues.write import CONTENT_TYPES, SUFFIXES, chunks
from projects.formats.write import jsonl_chunks
from projects.models import Dataset, ImportedAnswer, Item, Study, Suggestion
from projects.prepared import Prepared
from projects.services import dialogue_read
from projects.services.exporting import small_cache

INSTRUCT = "instruct-"
INSTRUCTIONS = tuple(INSTRUCT + shape for shape in SHAPES)
ALL_FORMATS = (*FORMATS, *INSTRUCTIONS)
BY_SESSION, BY_CASE = "session", "case"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Wanted:
    """What to export: a format of ALL_FORMATS; the split counts for instruction tuning alone."""

    dataset: Dataset
    format: str
    study: Study | None = None
    share: float = DEFAULT_SHARE
    by: str = BY_SESSION
    seed: int = 1

    @property
    def shape(self) -> Shape | None:
        """The shape of the lines for instruction tuning; None where a format of files is wanted."""
        name = self.format.removeprefix(INSTRUCT)
        return cast(Shape, name) if self.format in INSTRUCTIONS else None

    @property
    def suffix(self) -> str:
        """How the file's name ends."""
        return "zip" if self.shape else SUFFIXES[cast(FormatKey, self.format)]

    @property
    def filename(self) -> str:
        """What the file is called."""
        return f"{self.dataset.slug}-{self.format}.{self.suffix}"

    @property
    def content_type(self) -> str:
        """How the file is announced."""
        return CONTENT_TYPES[self.suffix]


def stream(wanted: Wanted) -> Iterator[bytes]:
    """Yield the file in pieces; lines for instruction tuning come as an archive with their manifest."""
    with small_cache():
        if wanted.shape:
            yield from archive(files(wanted))
            return
        form = cast(FormatKey, wanted.format)
        columns = columns_of(wanted.dataset) if form == turns_csv.KEY else ()
        yield from chunks(form, dialogue_read.sessions(wanted.dataset, study=wanted.study), columns)


def columns_of(dataset: Dataset) -> list[str]:
    """The columns of a table of the data set's turns: every field that any of them has, and what came beside."""
    items = dialogue_read.dialogues(dataset)
    proposed = Suggestion.objects.filter(revision__item__in=items).order_by()
    wide = set(proposed.filter(turn=None).values_list("field", flat=True).distinct())
    narrow = set(proposed.exclude(turn=None).values_list("field", flat=True).distinct())
    said = ImportedAnswer.objects.filter(revision__item__in=items).order_by()
    wide |= set(said.filter(turn=None).values_list("field", flat=True).distinct())
    narrow |= set(said.exclude(turn=None).values_list("field", flat=True).distinct())
    others: dict[str, None] = {}
    for report in dataset.batches.filter(published=True).values_list("report__columns", flat=True):
        others |= dict.fromkeys(report or ())
    return turns_csv.columns(sorted(wide), sorted(narrow), others)


@dataclass
class _Part:
    """One side of the split, counted and hashed while it is written."""

    sessions: int = 0
    lines: int = 0
    size: int = 0
    hash: Any = field(default_factory=hashlib.sha256)

    def through(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.size += len(piece)
            self.hash.update(piece)
            yield piece


def files(wanted: Wanted) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the files for instruction tuning by name: training, test, and the manifest that says how they were made.

    Each has to be read to its end before the next is asked for.
    """
    groups = groups_of(wanted)
    chosen = instruct.draw(Counter(groups.values()), seed=wanted.seed, share=wanted.share)
    parts = {TRAIN: _Part(), TEST: _Part()}
    for name, part in parts.items():
        mine = {key for key, group in groups.items() if (group in chosen) == (name == TRAIN)}
        yield f"{name}.jsonl", part.through(jsonl_chunks(_lines(wanted, mine, part)))
    yield MANIFEST, iter([_manifest(wanted, groups, parts)])


def groups_of(wanted: Wanted) -> dict[str, str]:
    """What is drawn together, by session: each session alone, or its case."""
    rows = dialogue_read.dialogues(wanted.dataset).values_list("external_id", "case__external_id")
    by_case = wanted.by == BY_CASE
    return {key: f"case {case}" if by_case and case else f"session {key}" for key, case in rows}


def _lines(wanted: Wanted, mine: set[str], part: _Part) -> Iterator[dict[str, str]]:
    for session in dialogue_read.sessions(wanted.dataset, study=wanted.study):
        if session.external_id in mine:
            part.sessions += 1
            for line in instruct.lines(session, cast(Shape, wanted.shape)):
                part.lines += 1
                yield line


def _manifest(wanted: Wanted, groups: Mapping[str, str], parts: Mapping[str, _Part]) -> bytes:
    told = {
        "project": wanted.dataset.project.slug,
        "data_set": wanted.dataset.slug,
        "study": wanted.study.slug if wanted.study else None,
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "format": wanted.format,
        "columns": ["instruction", "input", "output"],
        "target": "output",
        "split": {"share": wanted.share, "by": wanted.by, "seed": wanted.seed, "groups": len(set(groups.values()))},
        "files": {
            f"{name}.jsonl": {
                "sessions": part.sessions,
                "lines": part.lines,
                "bytes": part.size,
                "sha256": part.hash.hexdigest(),
            }
            for name, part in parts.items()
        },
    }
    return (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode()


class _Pipe(io.RawIOBase):
    """A file that keeps what is written until it is taken."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        found, self.pieces = b"".join(self.pieces), []
        return found


def archive(named: Iterable[tuple[str, Iterator[bytes]]]) -> Iterator[bytes]:
    """The files as one ZIP archive, in pieces."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as target:
        for name, pieces in named:
            with target.open(name, "w") as file:
                for piece in pieces:
                    file.write(piece)
                    yield pipe.taken()
    yield pipe.taken()


# Written out: SQLite uses an index with a condition only where the query says the same without a parameter.
DIALOGUE = RawSQL(f"'{Item.Kind.DIALOGUE.value}'", ())  # noqa: S611  a constant
A_DIALOGUE: Prepared[Any] = Prepared(
    lambda dataset: Item.objects.visible().filter(dataset=dataset, kind=DIALOGUE).order_by().values_list("pk")[:1], -1
)


def holds_dialogues(dataset: Dataset) -> bool:
    """Whether there is anything to export."""
    return bool(A_DIALOGUE.tuples(dataset.pk))
