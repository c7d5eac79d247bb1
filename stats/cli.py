"""`python -m stats`: agreement and comparison figures of a file, without a server or a database."""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from stats.agreement import LEVELS
from stats.correlate import correlate_summary
from stats.judge import human_judge
from stats.labels import as_number
from stats.others import others_summary
from stats.pairs import Votes
from stats.preference import TIE_POLICIES, pairs_summary
from stats.printing import as_text
from stats.rank_summary import rankings_summary
from stats.rank_table import RankTable
from stats.ratings import Ratings, ratings_summary
from stats.reading import ID_NAMES, Sheet, read_sheet, wide_rows
from stats.result import Figure
from stats.summary import agreement_summary
from stats.table import Table
from stats.weights import NAMES

Figures = dict[str, Figure]
Options = argparse.Namespace

DEFAULT_REPLICATES = 1000
"""Where an interval is the point of what was asked for, and no number was given."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. 0 where figures were printed, 1 where a bundle's differ, 2 for input that cannot be used."""
    options = build_parser().parse_args(arguments)
    if options.command == "report":
        return run_report(options)
    run: Callable[[Options], Figures] = options.run
    try:
        figures = run(options)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.json:
        text = json.dumps({name: f.to_json() for name, f in figures.items()}, ensure_ascii=False, indent=2)
    else:
        text = as_text(figures)
    return _write(text)


def _write(text: str) -> int:
    """Print as UTF-8 whatever the terminal's locale; a reader such as `head` may leave early."""
    try:
        sys.stdout.flush()
        if hasattr(sys.stdout, "buffer"):
            sys.stdout.buffer.write((text + "\n").encode())
        else:
            sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m stats", description="Agreement and comparison figures of a CSV, TSV or JSON lines file."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    _add_agreement(_command(commands, "agreement", "agreement of raters on labels", run_agreement))
    _columns(_command(commands, "rankings", "rankings of systems", run_rankings), "unit", "rater", "system", "rank")
    pairs = _command(commands, "pairs", "A/B votes", run_pairs)
    _columns(pairs, "unit", "rater", "a", "b", "winner")
    pairs.add_argument("--ties", choices=TIE_POLICIES, default="half", help="what a tie counts (default: half a win)")
    ratings = _command(commands, "ratings", "ratings on a scale", run_ratings)
    _matrix(ratings)
    ratings.add_argument("--level", choices=LEVELS[1:], default="interval", help="level of measurement for alpha")
    correlate = _command(commands, "correlate", "two columns of numbers, such as human and judge", run_correlate)
    for name, text in (
        ("x", "first column"),
        ("y", "second column"),
        ("group", "column (question) to centre within; the bootstrap then draws its groups whole"),
        ("system", "column whose means are compared too"),
    ):
        correlate.add_argument(f"--{name}", metavar="NAME", help=text)
    correlate.add_argument("--ranks", action="store_true", help="the first column holds ranks, 1 is best")
    text = "recompute a study report's reproduction bundle and compare every figure"
    report = commands.add_parser("report", help=text, description=text)
    report.add_argument("file", help="the bundle, a zip file")
    report.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _command(commands: Any, name: str, text: str, run: Callable[[Options], Figures]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("file", help='the file to read, "-" for standard input')
    parser.add_argument("--bootstrap", type=_count, default=0, metavar="N", help="replicates for intervals (default 0)")
    parser.add_argument("--seed", type=_count, default=1, help="seed of the replicates (default 1)")
    parser.add_argument("--workers", type=_count, default=1, help="threads; the answer is the same for any number")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run, no_header=False)
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("it must not be negative")
    return number


def _columns(parser: argparse.ArgumentParser, *names: str) -> None:
    for name in names:
        parser.add_argument(f"--{name}", metavar="NAME", help=f"column of the {name} (default {name!r})")


def _matrix(parser: argparse.ArgumentParser) -> None:
    _columns(parser, "unit", "rater", "value")
    parser.add_argument(
        "--layout",
        choices=("auto", "long", "wide"),
        default="auto",
        help="long: one rating per row; wide: one column per rater; auto: long where the columns are there",
    )
    parser.add_argument("--no-header", action="store_true", help="wide: the first row holds ratings")
    parser.add_argument("--raters-in-rows", action="store_true", help="wide: rows are raters, columns units")


def _add_agreement(parser: argparse.ArgumentParser) -> None:
    _matrix(parser)
    parser.add_argument("--level", choices=LEVELS, default="nominal", help="level of measurement for alpha")
    parser.add_argument("--categories", help="all categories in their order, separated by commas")
    parser.add_argument("--weights", choices=NAMES, help="agreement weights for Cohen's kappa and AC2")
    parser.add_argument(
        "--interval", choices=("percentile", "bca"), default="percentile", help="kind of bootstrap interval"
    )
    parser.add_argument("--cluster", metavar="NAME", help="column whose groups of units are resampled whole")
    parser.add_argument(
        "--other-raters",
        action="store_true",
        help="also: intervals over items and raters, each rater left out, how many raters would be reliable",
    )


def _matrix_rows(sheet: Sheet, options: Options) -> tuple[list[tuple[Any, Any, Any]], list[str]]:
    """Long rows of a long or a wide file."""
    given = [options.unit, options.rater, options.value]
    wanted = [name or default for name, default in zip(given, ("unit", "rater", "value"), strict=True)]
    known = all(name in sheet.columns for name in wanted)
    wide = options.layout == "wide" or options.no_header or options.raters_in_rows
    if options.layout == "long" or (not wide and (known or options.rater or options.value)):
        return [(row[0], row[1], row[2]) for row in sheet.pick(*wanted)], sheet.names
    long_names = {"rater", "value"} & set(sheet.columns)
    if not wide and long_names:
        sheet.pick(*wanted)  # names the column that a long file lacks
    rows, names = wide_rows(sheet, unit=wanted[0], raters_in_rows=options.raters_in_rows)
    return list(rows), names


def split_categories(text: str | None) -> list[str] | None:
    """The declared categories; a name with a comma stands in quotes. Raises ValueError for an empty name."""
    if text is None:
        return None
    names = [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]
    if not names or "" in names:
        raise ValueError("--categories needs names separated by single commas")
    return names


def run_report(options: Options) -> int:
    """A bundle beside its own raw rows."""
    from stats.paper.command import run

    try:
        text, code = run(options.file, as_json=options.json)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return _write(text) or code


def run_agreement(options: Options) -> Figures:
    """Agreement of raters on labels."""
    sheet = read_sheet(options.file, header=not options.no_header)
    rows, names = _matrix_rows(sheet, options)
    # Weights need an order as much as the ordinal level does; the alphabet would be a wrong one without a
    # word.
    ordered = options.weights not in (None, "identity") and options.level == "nominal"
    table = Table.from_rows(
        rows,
        categories=split_categories(options.categories),
        level="ordinal" if ordered else options.level,
        row_names=names,
    )
    shared: dict[str, Any] = {
        "level": options.level,
        "weights": options.weights,
        "seed": options.seed,
        "clusters": _clusters(sheet, rows, table, options.cluster),
        "workers": options.workers,
    }
    found = agreement_summary(table, bootstrap=options.bootstrap, interval_method=options.interval, **shared)
    if options.other_raters:
        found |= others_summary(table, bootstrap=options.bootstrap or DEFAULT_REPLICATES, **shared)
    return found


def _clusters(sheet: Sheet, rows: list[tuple[Any, Any, Any]], table: Table, column: str | None) -> list[str] | None:
    """One cluster label per unit. Raises ValueError naming the row of a unit that stands in two."""
    if column is None:
        return None
    owner: dict[Any, str | None] = {}
    labels = sheet.pick(column)
    if len(labels) != len(rows):
        raise ValueError("--cluster needs a long file")
    for (unit, _, _), (label,), name in zip(rows, labels, sheet.names, strict=True):
        if label is None or owner.setdefault(unit, label) != label:
            raise ValueError(f"{name}: unit {unit!r} needs one and the same {column!r} in all its rows")
    return [str(owner[unit]) for unit in table.units]


def run_rankings(options: Options) -> Figures:
    """Rankings of systems."""
    sheet = read_sheet(options.file)
    picked = sheet.pick(
        options.unit or "unit", options.rater or "rater", options.system or "system", options.rank or "rank"
    )
    table = RankTable.from_rows([(r[0], r[1], r[2], r[3]) for r in picked], row_names=sheet.names)
    return rankings_summary(table, bootstrap=options.bootstrap, seed=options.seed, workers=options.workers)


def run_pairs(options: Options) -> Figures:
    """A/B votes."""
    sheet = read_sheet(options.file)
    picked = sheet.pick(
        options.unit or "unit", options.rater or "rater", options.a or "a", options.b or "b", options.winner or "winner"
    )
    votes = Votes.from_rows([(r[0], r[1], r[2], r[3], r[4]) for r in picked], row_names=sheet.names)
    return pairs_summary(
        votes, ties=options.ties, bootstrap=options.bootstrap, seed=options.seed, workers=options.workers
    )


def run_ratings(options: Options) -> Figures:
    """Ratings on a scale."""
    sheet = read_sheet(options.file, header=not options.no_header)
    rows, names = _matrix_rows(sheet, options)
    ratings = Ratings.from_rows(rows, row_names=names)
    return ratings_summary(
        ratings, level=options.level, bootstrap=options.bootstrap, seed=options.seed, workers=options.workers
    )


def run_correlate(options: Options) -> Figures:
    """Two columns of numbers."""
    sheet = read_sheet(options.file)
    x, y = _two_columns(sheet, options.x, options.y)
    extra = [name for name in (options.group, options.system) if name]
    kept: list[tuple[Any, ...]] = []
    for row, name in zip(sheet.pick(x, y, *extra), sheet.names, strict=True):
        if row[0] is None or row[1] is None:
            continue  # a pair with a gap says nothing about the pair
        for value in row[:2]:
            if as_number(value) is None:
                raise ValueError(f"{name}: {value!r} is not a finite number")
        kept.append(row)
    columns = list(zip(*kept, strict=True)) or [()] * (2 + len(extra))
    first, second = ([float(value) for value in column] for column in columns[:2])
    systems, shared = columns[-1] if options.system else None, {"bootstrap": options.bootstrap, "seed": options.seed}
    if options.group is None and not options.ranks:
        return correlate_summary(first, second, systems=systems, **shared)
    items = columns[2] if options.group else range(len(first))
    return human_judge(
        first, second, items=items, systems=systems, ranks=options.ranks, workers=options.workers, **shared
    )


def _two_columns(sheet: Sheet, x: str | None, y: str | None) -> tuple[str, str]:
    """The columns asked for, else x and y, human and judge, or the only two besides a name of the row."""
    named = sheet.columns[1:] if sheet.columns[:1] and sheet.columns[0].lower() in ID_NAMES else sheet.columns
    for pair in ((x, y), ("x", "y"), ("human", "judge"), named if len(named) == 2 else ()):
        asked = (x, y) in ((None, None), pair) and None not in pair
        if len(pair) == 2 and asked and ((x, y) == pair or set(pair) <= set(sheet.columns)):
            return str(pair[0]), str(pair[1])
    raise ValueError(f"name the two columns with --x and --y; there are {', '.join(sheet.columns) or 'none'}")
