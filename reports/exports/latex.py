"""LaTeX tables in the style of booktabs, every word escaped."""

import re
from collections.abc import Sequence
from itertools import accumulate, groupby
from string import ascii_lowercase
from unicodedata import east_asian_width

from ..blocks import CellValue, Column, Table
from ..cells import NUMERIC, Shown, show
from ..summary import Summary
from .collect import Named, tables

SIGNS = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "\u2212": "$-$",
    "—": "---",
    "–": "--",
    "…": r"\ldots{}",
    "•": r"\textbullet{}",
    "×": r"$\times$",
    "“": "``",
    "”": "''",
    "’": "'",
}
SPECIAL = re.compile("[" + re.escape("".join(SIGNS)) + "]")
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
HEAD = r"""% Needs \usepackage{booktabs,graphicx} and, with pdfLaTeX, \usepackage[T1]{fontenc}.
% Chinese text is kept as it is: compile with XeLaTeX and \usepackage{ctex}; pdfLaTeX stops at it.
"""
# LaTeX keeps only so many tables in mind before it stops; what is wider than a page is made smaller.
FLUSH_AFTER = 10
FITTED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
# A cell of more letters than this breaks into lines; a Chinese character is as wide as two.
LONG, LINES = 48, "7cm"


def make(summary: Summary) -> bytes:
    """Return all tables of a report, one after the other."""
    written = [table(named) for named in tables(summary)]
    for place in range(FLUSH_AFTER - 1, len(written) - 1, FLUSH_AFTER):
        written[place] += "\n\\clearpage\n"
    return (HEAD + "\n" + "\n".join(written)).encode()


def escape(words: str) -> str:
    """Return words that LaTeX prints as they are; control characters become spaces."""
    return SPECIAL.sub(lambda found: SIGNS[found.group()], CONTROL.sub(" ", words))


def table(named: Named) -> str:
    """Return one table environment with caption, label, notes, and a letter for each reason of a gap."""
    content = named.table
    letters = _letters(content)
    rows = [_row(content.columns, row, letters) for row in content.rows]
    foot = [r"\midrule", _row(content.columns, content.footer, letters)] if content.footer else []
    notes = [rf"$^{{{letter}}}$ {escape(reason)}" for reason, letter in letters.items()]
    notes += [escape(str(words)) for words in content.notes]
    label = re.sub(r"[^a-z0-9-]", "-", named.name)
    lines = [
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{escape(str(content.caption))}}}\label{{tab:{label}}}",
        FITTED,
        rf"\begin{{tabular}}{{{_alignment(content)}}}",
        r"\toprule",
        *_heads(content.columns),
        r"\midrule",
        *rows,
        *foot,
        r"\bottomrule",
        r"\end{tabular}}",
        *(rf"\par\smallskip{{\footnotesize {note}\par}}" for note in notes),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _letters(content: Table) -> dict[str, str]:
    """Return a letter for every reason in the table, in order of appearance."""
    rows = [*content.rows, *([content.footer] if content.footer else [])]
    cells = [show(column, cell) for row in rows for column, cell in zip(content.columns, row, strict=True)]
    reasons = dict.fromkeys(cell.reason for cell in cells if cell.reason)
    return {reason: ascii_lowercase[place % 26] * (place // 26 + 1) for place, reason in enumerate(reasons)}


def _alignment(content: Table) -> str:
    return "".join("r" if column.kind in NUMERIC else "l" for column in content.columns)


def _heads(columns: Sequence[Column]) -> list[str]:
    """Return the row of column names, below one of headings over columns where there are such."""
    names = _line([escape(str(column.label)) for column in columns])
    runs = [(str(group), len(list(run))) for group, run in groupby(columns, key=lambda column: str(column.group))]
    if not any(group for group, _span in runs):
        return [names]
    over = _line([rf"\multicolumn{{{span}}}{{c}}{{{escape(group)}}}" for group, span in runs])
    ends = list(accumulate(span for _group, span in runs))
    rules = [
        rf"\cmidrule(lr){{{end - span + 1}-{end}}}" for (group, span), end in zip(runs, ends, strict=True) if group
    ]
    return [over, "".join(rules), names]


def _row(columns: Sequence[Column], row: Sequence[CellValue], letters: dict[str, str]) -> str:
    shown = [show(column, cell) for column, cell in zip(columns, row, strict=True)]
    return _line([_cell(cell, letters) for cell in shown])


def _line(cells: Sequence[str]) -> str:
    words = " & ".join(cells)
    # LaTeX would read a bracket or a star at the start of a row as an argument of the row above.
    return ("{}" + words if words.startswith(("[", "*")) else words) + r" \\"


def _cell(cell: Shown, letters: dict[str, str]) -> str:
    if cell.reason:
        return f"---$^{{{letters[cell.reason]}}}$"
    words = escape(cell.text)
    if sum(2 if east_asian_width(sign) in "WF" else 1 for sign in cell.text) > LONG:
        words = rf"\parbox[t]{{{LINES}}}{{\raggedright\strut {words}\strut}}"
    words = rf"\textbf{{{words}}}" if cell.strong else words
    # Hung into the margin of the column, a mark does not push the digits out of line.
    return words + (rf"\rlap{{\,{escape(cell.mark)}}}" if cell.mark else "")
