"""LaTeX tables in the style of booktabs, every word escaped."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from string import ascii_lowercase

from django.utils.translation import gettext as _

from ..blocks import Cell, CellValue, Column, Table
from ..cells import NUMERIC, Shown, show
from ..summary import Summary
from .collect import Named, tables
from .latex_plan import GAP, LINES_SIDEWAYS, NARROW, Content, Plan, plan
from .latex_plan import letters as width_of

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
HEAD = r"""% Needs \usepackage{booktabs,graphicx,longtable,pdflscape} and, with pdfLaTeX, \usepackage[T1]{fontenc}.
% Tables longer than a page are longtables, which need one column: put \onecolumn before them in a paper of two.
% Chinese text is kept as it is: compile with XeLaTeX and \usepackage{ctex}; pdfLaTeX stops at it.
"""
# LaTeX keeps only so many tables in mind before it stops.
FLUSH_AFTER = 10
CLEAR = "\\clearpage\n"
# A table still too wide in the smallest type is made smaller as a whole.
FITTED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
SIZES = ("small", "footnotesize", "scriptsize")


def make(summary: Summary) -> bytes:
    """Return all tables of a report, one after the other."""
    return (HEAD + "\n" + "\n".join(_all(summary))).encode()


def _all(summary: Summary) -> Iterator[str]:
    """Yield tables in their order: floats are let go before what is none, and wide ones share turned pages."""
    floats, used, sideways, section = 0, 0, False, ""
    intros = {str(one.title): str(one.intro) for one in summary.sections}
    for named in tables(summary):
        found = plan_of(named.table)
        if sideways != found.sideways:
            yield ("\\begin{landscape}\n" if found.sideways else "\\end{landscape}\n")
            floats, used, sideways = 0, 0, found.sideways
        elif floats and (found.long or floats == FLUSH_AFTER):
            yield CLEAR
            floats = 0
        elif sideways and used + found.lines > LINES_SIDEWAYS:
            yield CLEAR
            used = 0
        if named.section != section:
            section = named.section
            yield remark(section, intros[section])
        yield table(named)
        floats += not (found.long or found.sideways)
        used += found.lines
    if sideways:
        yield "\\end{landscape}\n"


def remark(*parts: str) -> str:
    """Return words that LaTeX passes over, for whoever looks for a table: a section with what stands before it."""
    lines = [line for words in parts for line in CONTROL.sub("\n", words).splitlines() if line.strip()]
    return "\n".join(f"% {escape(line.strip())}" for line in lines) + "\n"


def escape(words: str) -> str:
    """Return words that LaTeX prints as they are; control characters become spaces."""
    return SPECIAL.sub(lambda found: SIGNS[found.group()], CONTROL.sub(" ", words))


def table(named: Named) -> str:
    """Return one table with caption, label, notes, and a letter for each reason of a gap."""
    content = named.table
    found, letters = plan_of(content), _letters(content)
    rows = [_row(content, row, letters, found) for row in content.rows]
    if found.stacked:
        rows = [line for row in rows for line in (row, r"\addlinespace")][:-1]
    foot = [r"\midrule", _row(content, content.footer, letters, found)] if content.footer else []
    notes = [rf"$^{{{letter}}}$ {escape(reason)}" for reason, letter in letters.items()]
    notes += [escape(str(words)) for words in content.notes]
    label = re.sub(r"[^a-z0-9-]", "-", named.name)
    caption, label = escape(str(content.caption)), rf"\label{{tab:{label}}}"
    title = (
        rf"\caption[{{{caption}}}]{{\normalsize {caption}}}{label}" if found.long else rf"\caption{{{caption}}}{label}"
    )
    heads = [r"\toprule", *_heads(content.columns, found.heads), r"\midrule"]
    below = [rf"\par\smallskip{{\footnotesize\raggedright {note}\par}}" for note in notes]
    whole = _long if found.long else _turned if found.sideways else _float
    return "\n".join(whole(content, found, title, heads, [*rows, *foot], below)) + "\n"


def _float(
    content: Table, found: Plan, title: str, heads: list[str], rows: list[str], below: list[str]
) -> Iterator[str]:
    """Yield the lines of a table that LaTeX may put where there is room."""
    yield from (r"\begin{table}[htbp]", r"\centering", title, *_sized(found), FITTED)
    yield rf"\begin{{tabular}}{{{_alignment(content)}}}"
    yield from (*heads, *rows, r"\bottomrule", r"\end{tabular}}", *below, r"\end{table}")


def _turned(
    content: Table, found: Plan, title: str, heads: list[str], rows: list[str], below: list[str]
) -> Iterator[str]:
    """Yield the lines of a table on a turned page, which LaTeX must not move: there it misplaces what floats."""
    yield from (r"\begingroup\centering", r"\expandafter\def\csname @captype\endcsname{table}", title)
    yield from (*_sized(found), FITTED, rf"\begin{{tabular}}{{{_alignment(content)}}}")
    yield from (*heads, *rows, r"\bottomrule", r"\end{tabular}}", *below, r"\par\endgroup\bigskip")


def _long(
    content: Table, found: Plan, title: str, heads: list[str], rows: list[str], below: list[str]
) -> Iterator[str]:
    """Yield the lines of a table that runs over pages, with its heads on each."""
    words = escape(_("continued"))
    again = rf"\multicolumn{{{len(content.columns)}}}{{l}}{{\tablename\ \thetable: {words}}} \\"
    # The caption keeps the document's size in a table of smaller type.
    number = r"\expandafter\def\csname fnum@table\endcsname{\normalsize\tablename~\thetable}"
    yield from (r"\begingroup", *_sized(found), r"\setlength{\LTcapwidth}{\linewidth}" + number)
    yield rf"\begin{{longtable}}{{{_alignment(content)}}}"
    yield from (title + r" \\", *heads, r"\endfirsthead", again, *heads, r"\endhead")
    yield from (r"\bottomrule", r"\endfoot", *rows, r"\end{longtable}", *below, r"\endgroup")


def _sized(found: Plan) -> Iterator[str]:
    """Yield what makes type and gaps smaller, one size after the other, where the line is too short."""
    if found.width <= NARROW:
        return
    width = f"{found.width:.0f}em"
    # What cannot be made smaller as a whole may need one size more.
    sizes = (*SIZES, "tiny") if found.long else SIZES
    yield "".join(rf"\ifdim{width}>\linewidth\{size}\fi" for size in sizes)
    yield rf"\setlength{{\tabcolsep}}{{{GAP / 2}em}}"


def plan_of(content: Table) -> Plan:
    """Return how a table is laid on the page."""
    every = [*content.rows, *([content.footer] if content.footer else [])]
    shown = [[show(column, cell) for column, cell in zip(content.columns, row, strict=True)] for row in every]
    return plan(
        Content(
            heads=[str(column.label) for column in content.columns],
            groups=[str(column.group) for column in content.columns],
            rows=[[_plain(cell) for cell in row] for row in shown],
            stacked=[[_plain(cell, stacked=True) for cell in row] for row in shown],
            beside=[len(mark) + 1 if mark else 0 for mark in marks(content)],
            wordy=[column.kind not in NUMERIC for column in content.columns],
            notes=[str(words) for words in content.notes],
        )
    )


def _plain(cell: Shown, *, stacked: bool = False) -> str:
    """Return a cell's words as wide as they are printed: of a gap a dash and a letter."""
    if cell.reason:
        return "----"
    return f"{cell.value}\n{cell.ends}" if stacked and cell.ends else cell.text


def _letters(content: Table) -> dict[str, str]:
    """Return a letter for every reason in the table, in order of appearance."""
    rows = [*content.rows, *([content.footer] if content.footer else [])]
    cells = [show(column, cell) for row in rows for column, cell in zip(content.columns, row, strict=True)]
    reasons = dict.fromkeys(cell.reason for cell in cells if cell.reason)
    return {reason: ascii_lowercase[place % 26] * (place // 26 + 1) for place, reason in enumerate(reasons)}


def _alignment(content: Table) -> str:
    return "".join("r" if column.kind in NUMERIC else "l" for column in content.columns)


def _heads(columns: Sequence[Column], shown: Sequence[Sequence[str]]) -> list[str]:
    """Return the row of column names, below one of headings over columns where there are such."""
    names = _line([_head(column, lines) for column, lines in zip(columns, shown, strict=True)])
    runs = [(str(group), len(list(run))) for group, run in groupby(columns, key=lambda column: str(column.group))]
    if not any(group for group, _span in runs):
        return [names]
    over = _line([rf"\multicolumn{{{span}}}{{c}}{{{escape(group)}}}" for group, span in runs])
    ends = list(accumulate(span for _group, span in runs))
    rules = [
        rf"\cmidrule(lr){{{end - span + 1}-{end}}}" for (group, span), end in zip(runs, ends, strict=True) if group
    ]
    return [over, "".join(rules), names]


def _head(column: Column, lines: Sequence[str]) -> str:
    """Return a column's name, in several lines where it is longer than what stands below."""
    if len(lines) == 1:
        return escape(lines[0])
    return _stacked([_safe(line) for line in lines], "b", "r" if column.kind in NUMERIC else "l")


def _row(content: Table, row: Sequence[CellValue], letters: dict[str, str], found: Plan) -> str:
    cells = [
        _cell(show(column, cell), letters, 0 if column.kind in NUMERIC else found.limit, stacked=found.stacked)
        + (rf"\hphantom{{\,{escape(mark)}}}" if mark else "")
        for column, cell, mark in zip(content.columns, row, marks(content), strict=True)
    ]
    return _line(cells)


def marks(content: Table) -> list[str]:
    """Return the longest mark of each column, for which all its cells leave room."""
    rows = [*content.rows, *([content.footer] if content.footer else [])]
    found = [[cell.mark if isinstance(cell, Cell) else "" for cell in row] for row in rows]
    return [max((row[place] for row in found), key=len, default="") for place in range(len(content.columns))]


def _line(cells: Sequence[str]) -> str:
    return _safe_start(" & ".join(cells)) + r" \\"


def _safe(words: str) -> str:
    return _safe_start(escape(words))


def _safe_start(words: str) -> str:
    # LaTeX would read a bracket or a star at the start of a row as an argument of the row above.
    return "{}" + words if words.startswith(("[", "*")) else words


def _cell(cell: Shown, letters: dict[str, str], limit: int, *, stacked: bool) -> str:
    if cell.reason:
        return f"---$^{{{letters[cell.reason]}}}$"
    if stacked and cell.ends:
        return _stacked([_marked(cell, escape(cell.value)), _bold(cell, escape(cell.ends))], "t", "r")
    words = escape(cell.text)
    if limit and width_of(cell.text) > limit:
        words = rf"\parbox[t]{{{limit / 2:g}em}}{{\raggedright\strut {words}\strut}}"
    return _marked(cell, words)


def _bold(cell: Shown, words: str) -> str:
    return rf"\textbf{{{words}}}" if cell.strong else words


def _marked(cell: Shown, words: str) -> str:
    # Hung into the room beside it, a mark does not push the digits out of line.
    return _bold(cell, words) + (rf"\rlap{{\,{escape(cell.mark)}}}" if cell.mark else "")


def _stacked(lines: Sequence[str], side: str, align: str) -> str:
    """Return lines of one cell, one below the other."""
    return rf"\begin{{tabular}}[{side}]{{@{{}}{align}@{{}}}}" + r" \\ ".join(lines) + r"\end{tabular}"
