"""What must be true of a study report and its files; each check yields a sentence for what is not."""

from __future__ import annotations

import io
import json
import math
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from reports.blocks import Cell, Estimate
from reports.exports.collect import tables
from reports.summary import Summary, Table

ROOT = Path(__file__).resolve().parent.parent
SURE = 0.05
# What four raters see for certain; of smaller effects only the direction must be right.
PLAIN = 1.0
# A workbook keeps 15 to 16 digits of a number.
CELL_DIGITS = 1e-14
ADDRESSES = frozenset({
    "src", "srcset", "href", "xlink:href", "action", "formaction", "data", "poster", "background", "ping", "manifest",
})  # fmt: skip


# --- planted effects --------------------------------------------------------------------------------------


def planted(figures: Mapping[str, Any], names: Mapping[str, str], effects: Mapping[str, float]) -> Iterator[str]:
    """Judges' tests and people's ranks tell better, worse and alike as planted; `effects` are against the base."""
    sections = figures["sections"]
    for table in sections["systems"]["tables"]:
        for judge, tests in table["tests"].items():
            for one in tests["comparisons"]:
                name = names[one["system"]]
                yield from _comparison(f"{judge}, {name}, {one['criterion']}", one, effects[name])
            chance = [one for one in tests["comparisons"] if not effects[names[one["system"]]]]
            dots = sum(one["bullet"]["two_sample"] for one in chance)
            print(f"  {judge}: {len(tests['comparisons'])} comparisons; {dots} bullets on {len(chance)} without effect")
            if not chance or len(chance) == len(tests["comparisons"]):
                yield f"{judge}: no comparisons with an effect, or none without"
    for block in sections["ranks"]["people"]:
        yield from _ranked(block, names, effects)


def _comparison(where: str, one: Mapping[str, Any], effect: float) -> Iterator[str]:
    if not effect:
        found = [test for test in ("two_sample", "paired") if one["p_holm"][test] < SURE]
        if found:
            yield f"{where}: nothing was planted, and the report found a difference ({', '.join(found)}, Holm)"
        return
    wanted = "better" if effect > 0 else "worse"
    for test in ("two_sample", "paired"):
        if not one["bullet"][test] or one[test]["direction"] != wanted:
            yield f"{where}: planted {wanted}, found {one[test]['direction']} with p = {one[test].get('p')} ({test})"


def _ranked(block: Mapping[str, Any], names: Mapping[str, str], effects: Mapping[str, float]) -> Iterator[str]:
    """1 is the best rank; the base is the system without effect that the others are held against."""
    ranks = {names[code]: value for code, value in block["mean_rank"]["value"].items()}
    base = next(iter(effects))
    tests = {frozenset(names[code] for code in one["systems"]): one for one in block["pairwise_wilcoxon"]["value"]}
    told = ", ".join(f"{name} {ranks[name]:.2f}" for name in effects if name in ranks)
    print(f"  people's mean ranks: {told}; Friedman p = {block['friedman']['p']:.2g}")
    if block["friedman"]["p"] >= SURE:
        yield f"people's ranks: Friedman's p is {block['friedman']['p']}"
    for name, effect in effects.items():
        test = tests.get(frozenset({name, base}))
        if name == base or test is None:
            continue
        if not effect and test["p_holm"] < SURE:
            yield f"people's ranks: {name} is as good as {base}, and the report found a difference"
        unseen = abs(effect) >= PLAIN and test["p"] >= SURE
        if effect and (unseen or (ranks[name] < ranks[base]) != (effect > 0)):
            yield f"people's ranks: {name} at {ranks[name]:.2f}, {base} at {ranks[base]:.2f}, p = {test['p']}"


def marked(summary: Summary, key: str, effects: Mapping[str, float]) -> Iterator[str]:
    """In the printed table a system with a planted effect has bullets with the right sign and none with the other."""
    for row in _table(summary, key).rows:
        effect = effects.get(str(row[0]))
        if not effect:
            continue
        marks = [cell.mark for cell in row[1:] if isinstance(cell, Cell)]
        right, wrong = ("+", "\u2212") if effect > 0 else ("\u2212", "+")
        if not any(right in mark for mark in marks) or any(wrong in mark for mark in marks):
            yield f"{key}: the row of {row[0]} has the marks {marks}"


# --- files ------------------------------------------------------------------------------------------------


def bundle(path: Path) -> Iterator[str]:
    """`python -m stats report` in a process of its own finds every figure equal to the last digit."""
    command = [sys.executable, "-m", "stats", "report", str(path), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        yield f"bundle: exit {done.returncode}: {done.stderr.strip() or done.stdout[-500:]}"
    if not done.stdout:
        return
    sections = json.loads(done.stdout)["sections"]
    equal, off = (sum(one[name] for one in sections.values()) for name in ("equal", "rounding"))
    print(f"  bundle: {path.stat().st_size:,} bytes, {equal:,} values equal")
    if off or not equal:
        yield f"bundle: {equal} values equal, {off} only but for rounding"


def latex(text: str) -> Iterator[str]:
    """Environments and braces balance, and every row of a table has as many cells as it has columns."""
    opened, closed = (
        sum(text.count(rf"\{end}{{{name}}}") for name in ("table", "longtable")) for end in ("begin", "end")
    )
    if not opened or opened != closed:
        yield f"LaTeX: {opened} tables begin, {closed} end"
    bare = re.sub(r"\\[{}]", "", re.sub(r"%.*", "", text.replace(r"\%", "")))
    if bare.count("{") != bare.count("}"):
        yield f"LaTeX: {bare.count('{')} braces open, {bare.count('}')} close"
    # Cells of several lines are small tables themselves.
    flat = re.sub(r"\\begin\{tabular\}\[[bt]\].*?\\end\{tabular\}", "", text)
    for _kind, columns, body in re.findall(r"\\begin\{(tabular|longtable)\}\{([lrc]+)\}(.*?)\\end\{\1\}", flat, re.S):
        for line in body.splitlines():
            cells = line.endswith(r"\\") and not line.startswith(r"\caption")
            if cells and _width(line) != len(columns):
                yield f"LaTeX: {_width(line)} cells for {len(columns)} columns: {line}"


def _width(line: str) -> int:
    spans = [int(span) for span in re.findall(r"\\multicolumn\{(\d+)\}", line)]
    return len(re.findall(r"(?<!\\)&", line)) + 1 + sum(span - 1 for span in spans)


class _Page(HTMLParser):
    """Collects what a browser would ask somebody for, or run."""

    def __init__(self) -> None:
        """Nothing found, nothing open."""
        super().__init__()
        self.faults: list[str] = []
        self.policy = ""
        self._style = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Note addresses in attributes, and elements that may not be there."""
        found = {name: value or "" for name, value in attrs}
        self._style = tag == "style"
        if tag in ("script", "base", "iframe", "object", "embed"):
            self.faults.append(f"a <{tag}>")
        if tag == "meta" and found.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = found.get("content", "")
        if tag == "meta" and found.get("http-equiv", "").lower() == "refresh":
            self.faults.append("a page that sends on to another")
        self.faults += [
            f"{name}={value!r} of a <{tag}>"
            for name, value in found.items()
            if name in ADDRESSES and not value.startswith(("#", "data:"))
        ]
        self._css(found.get("style", ""))

    def handle_data(self, data: str) -> None:
        """Note addresses in styles."""
        if self._style:
            self._css(data)

    def _css(self, words: str) -> None:
        self.faults += re.findall(r"""url\((?!\s*['"]?(?:data:|\#))[^)]*\)|@import[^;]*""", words)


def page(text: str) -> Iterator[str]:
    """No address in it that leads out of it, nothing that runs, and a policy that forbids both."""
    parser = _Page()
    parser.feed(text)
    parser.close()
    yield from (f"HTML: {fault}" for fault in parser.faults)
    if "default-src 'none'" not in parser.policy:
        yield f"HTML: the policy is {parser.policy!r}"


def workbook(content: bytes, summary: Summary) -> Iterator[str]:
    """It opens, has a sheet a table after the first, and each number of a table is a number in its row."""
    sheets = load_workbook(io.BytesIO(content)).worksheets[1:]
    wanted = [named.table for named in tables(summary)]
    if len(sheets) != len(wanted):
        yield f"XLSX: {len(sheets)} sheets for {len(wanted)} tables"
    total = 0
    for table, sheet in zip(wanted, sheets, strict=False):
        for row, cells in zip(table.rows, sheet.iter_rows(min_row=2, values_only=True), strict=False):
            there = [cell for cell in cells if isinstance(cell, int | float)]
            missing = [n for n in numbers(row) if not any(math.isclose(n, one, rel_tol=CELL_DIGITS) for one in there)]
            total += len(there)
            if missing:
                yield f"XLSX: {sheet.title}, row {row[0]}: {missing} are no numbers there"
    print(f"  XLSX: {len(sheets)} sheets, {total:,} numbers")
    if not total:
        yield "XLSX: no number in it"


def numbers(row: Iterable[Any]) -> Iterator[float]:
    """Yield the numbers of a table's row, whatever they are wrapped in."""
    for cell in row:
        inner = cell.value if isinstance(cell, Cell) else cell
        value = inner.value if isinstance(inner, Estimate) else inner
        if isinstance(value, int | float):
            yield value


def _table(summary: Summary, key: str) -> Table:
    return next(
        block for part in summary.sections for block in part.blocks if isinstance(block, Table) and block.key == key
    )
