"""A document as LaTeX: a zip with the text and its pictures, every word escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from math import floor
from zipfile import ZIP_DEFLATED, ZipFile

from campaign.appendix.document import Block, Bullets, Document, Grid, Heading, Para, Picture, clean
from reports.exports.latex import escape
from reports.exports.latex_plan import letters

NAME = "appendix.tex"
LEVELS = ("section", "subsection", "subsubsection", "paragraph")
# What pdfLaTeX prints as it is: the Latin of Europe and the punctuation that goes with it.
PLAIN = re.compile("[\u0000-\u017f\u2010-\u2026\u2212]*")
# Letters of a line of the page, of a cell before it breaks, of a word that gets its room, and what is beside a column.
LINE, LONG_CELL, LONG_WORD, BESIDE = 80, 36, 24, 3
# Beyond so many columns the type is smaller.
MOST_COLUMNS = 5
ANY_ENGINE = "% Compile with pdfLaTeX, XeLaTeX or LuaLaTeX.\n"
XELATEX = r"""% !TeX program = xelatex
% This text has characters that pdfLaTeX cannot print: compile with XeLaTeX.
\RequirePackage{iftex}
\ifXeTeX\else
  \GenericError{}{Compile this document with XeLaTeX}{It has Chinese or other text that needs its fonts.}{}
\fi
"""
HEAD = r"""\documentclass[11pt,a4paper]{article}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[T1]{fontenc}
  \usepackage[utf8]{inputenc}
  \usepackage{textcomp}
\else
  \usepackage{fontspec}
\fi
\ifXeTeX
  % Chinese in the Fandol fonts, which come with TeX Live; name your own with \setCJKmainfont.
  \IfFileExists{xeCJK.sty}{\usepackage{xeCJK}
    \IfFontExistsTF{FandolSong-Regular.otf}{\setCJKmainfont[
      BoldFont=FandolSong-Bold.otf,ItalicFont=FandolKai-Regular.otf]{FandolSong-Regular.otf}}{}}{}
\fi
\usepackage[margin=25mm]{geometry}
\usepackage{graphicx}
\usepackage{booktabs}
\usepackage{longtable}
\usepackage{array}
\usepackage{float}
"""


def write(document: Document) -> bytes:
    """Return the zip."""
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        archive.writestr(NAME, source(document))
        for picture in document.pictures:
            archive.writestr(f"{picture.name}.png", picture.content)
    return content.getvalue()


def source(document: Document) -> str:
    """Return the text of the document."""
    body = "\n\n".join("\n".join(_lines(block)) for block in document.blocks)
    begin = f"\\title{{{words(document.title)}}}\n\\author{{}}\n\\begin{{document}}\n\\maketitle\n\\appendix\n"
    engine = ANY_ENGINE if PLAIN.fullmatch(document.title + body) else XELATEX
    return f"{engine}{HEAD}{begin}\n{body}\n\\end{{document}}\n"


def words(text: str) -> str:
    """Return a text that LaTeX prints as it is; an opening bracket is no option of what stands before it."""
    escaped = escape(clean(text).strip())
    return escaped.replace("[", "{[}").replace("]", "{]}")


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"\\{LEVELS[min(block.level, len(LEVELS)) - 1]}{{{words(block.text)}}}"
        case Para(quoted=True):
            yield from ("\\begin{quote}", *_paragraphs(block.text), "\\end{quote}")
        case Para():
            yield from _paragraphs(block.text)
        case Bullets():
            name = "enumerate" if block.numbered else "itemize"
            # An empty list is an error to LaTeX.
            if block.items:
                yield from (
                    f"\\begin{{{name}}}",
                    *(f"\\item {words(item)}" for item in block.items),
                    f"\\end{{{name}}}",
                )
        case Grid():
            yield from _grid(block)
        case Picture():
            yield from (
                "\\begin{figure}[H]\\centering",
                f"\\includegraphics[width={block.share:.2f}\\textwidth]{{{block.name}.png}}",
                f"\\caption{{{words(block.caption)}}}",
                "\\end{figure}",
            )


def _paragraphs(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield words(line)
        yield ""


def _grid(block: Grid) -> Iterator[str]:
    """Yield a table as wide as its words need, at most as the line; it breaks over pages, with its head on each."""
    yield "\\begingroup" + ("\\footnotesize" if len(block.head) > MOST_COLUMNS else "")
    columns = (
        f">{{\\raggedright\\arraybackslash}}p{{\\dimexpr{share:.3f}\\linewidth-2\\tabcolsep\\relax}}"
        for share in shares(block)
    )
    yield f"\\begin{{longtable}}{{{''.join(columns)}}}"
    heads = f"\\toprule\n{_row(block.head)}\n\\midrule\n"
    if block.caption:
        yield f"\\caption{{{words(block.caption)}}}\\\\\n{heads}\\endfirsthead"
    yield f"{heads}\\endhead"
    yield from (_row(row) for row in block.rows)
    yield "\\bottomrule\n\\end{longtable}\n\\endgroup"
    if not block.caption:
        # A longtable takes a number, also without a caption.
        yield "\\addtocounter{table}{-1}"


def shares(block: Grid) -> list[float]:
    """Return each column's share of the line: by its longest cell, as far as a cell should not rather break."""
    needs = []
    for place, head in enumerate(block.head):
        cells = [head, *(row[place] for row in block.rows)]
        longest = max(letters(cell) for cell in cells)
        word = max((letters(word) for cell in cells for word in cell.split()), default=0)
        needs.append(max(min(longest, LONG_CELL), min(word, LONG_WORD)) + BESIDE)
    # Rounded down, so that all together are no more than the line.
    return [floor(1000 * need / max(sum(needs), LINE)) / 1000 for need in needs]


def _row(cells: Sequence[str]) -> str:
    # Braces keep a cell that begins with a star or a bracket from being read as an option.
    return " & ".join(f"{{{words(cell)}}}" for cell in cells) + " \\\\"
