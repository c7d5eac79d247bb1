"""How fast item files are read, mapped and checked, and rows written. Needs no database:

    python -m benchmarks.formats_speed [ROWS]

Half of the rows are Chinese. Prints seconds of wall clock and CPU, and the memory the whole run needed at most.
"""

import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from projects.formats.mapping import guess_mapping
from projects.formats.records import ItemRecord
from projects.formats.tables import open_table
from projects.formats.validate import validate
from projects.formats.write import csv_chunks, jsonl_chunks
from projects.formats.write_xlsx import write_xlsx

ROWS = 100_000
LIMIT = 3.0  # seconds of CPU for ROWS rows
_WORDS = "I feel worried about my exams and cannot sleep because work is hard and nobody at home asks how I am"
WORDS = _WORDS.split()
SIGNS = "我最近总是睡不好觉因为考试压力太大了不知道该怎么办才好家人也不理解我的感受"
_COLUMNS = "id text A B C D prelabel score answer topic language note"
COLUMNS = _COLUMNS.split()


def sentence(rng: random.Random, number: int, length: int) -> str:
    """Some words of English for odd rows, of Chinese for even ones."""
    if number % 2:
        return " ".join(rng.choices(WORDS, k=length))
    return "".join(rng.choices(SIGNS, k=2 * length))


def rows(count: int, *, own_options: bool) -> Iterator[list[Any]]:
    """Choice items with four options: texts of their own in each row, or the same in all."""
    rng = random.Random(2)
    for number in range(count):
        options = [sentence(rng, number, 4) + key if own_options else f"option {key}" for key in "abcd"]
        labels = [rng.choice(["A", "B", "C", "D"]), round(rng.random(), 4), rng.choice(["A", "B", ""])]
        fixed = ["Emotion", "en" if number % 2 else "zh", f"note {number}"]
        yield [f"q{number}", f"{sentence(rng, number, 25)} {number}", *options, *labels, *fixed]


def import_rows(path: Path) -> int:
    """Open, guess, check: what an import does before it writes. Returns the number of good items."""
    table = open_table(path)
    mapping = guess_mapping(table.columns, [values for _row, values in table.preview()])
    return sum(isinstance(outcome, ItemRecord) for outcome in validate(table.rows(), mapping))


def measure(name: str, work: Callable[[], object], times: int = 1) -> float:
    """Run it, print and return the CPU seconds of the quickest run (others on the machine only ever slow it down)."""
    runs = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        runs.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall, cpu = min(runs, key=lambda run: run[1])
    print(f"{name:<36} {wall:6.2f} s wall {cpu:6.2f} s CPU   {result if isinstance(result, int) else ''}", flush=True)
    return cpu


def write(path: Path, chunks: Iterator[bytes]) -> int:
    """Write the chunks; the size in bytes."""
    with path.open("wb") as file:
        file.writelines(chunks)
    return path.stat().st_size


def main(count: int) -> int:
    """Print all figures; 1 if checking a CSV file took longer than it may."""
    settings.configure(USE_I18N=False)
    with tempfile.TemporaryDirectory() as folder:
        same, own, lines, book = (Path(folder) / name for name in ("same.csv", "own.csv", "own.jsonl", "own.xlsx"))
        measure("write CSV", lambda: write(same, csv_chunks(COLUMNS, rows(count, own_options=False))))
        measure("write CSV, own options", lambda: write(own, csv_chunks(COLUMNS, rows(count, own_options=True))))
        objects = (dict(zip(COLUMNS, row, strict=True)) for row in rows(count, own_options=True))
        measure("write JSON Lines", lambda: write(lines, jsonl_chunks(objects)))
        with book.open("wb") as file:
            measure("write XLSX (a tenth)", lambda: write_xlsx(file, COLUMNS, rows(count // 10, own_options=True)))
        worst = max(
            measure("read, map and check CSV", lambda: import_rows(same), 3),
            measure("read, map and check CSV, own options", lambda: import_rows(own), 3),
        )
        measure("read, map and check JSON Lines", lambda: import_rows(lines))
        measure("read, map and check XLSX (a tenth)", lambda: import_rows(book))
    print(f"memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    allowed = LIMIT * max(count / ROWS, 0.1)
    print(f"CSV: {worst:.2f} s of CPU for {count} rows, allowed {allowed:.1f} s")
    return int(worst > allowed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
