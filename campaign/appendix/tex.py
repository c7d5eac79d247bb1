"""A document as LaTeX: a zip with the text and its pictures, every word escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from campaign.appendix.document import Block, Bullets, Document, Grid, Heading, Para, Picture, clean
from reports.exports.latex import escape

NAME = "appendix.tex"
LEVELS = ("section", "subsection", "subsubsection", "paragraph")
# What pdfLaTeX prints as it is: the Latin of Europe and the punctuation that goes with it.
PLAIN = re.compile("[\u0000-\u017f\u2010-\u2026\u2212]*")
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
    width = 0.92 / len(block.head)
    columns = f">{{\\raggedright\\arraybackslash}}p{{{width:.3f}\\textwidth}}" * len(block.head)
    yield f"\\begin{{longtable}}{{{columns}}}"
    if block.caption:
        yield f"\\caption{{{words(block.caption)}}}\\\\"
    yield "\\toprule"
    yield _row(block.head)
    yield "\\midrule\n\\endhead"
    yield from (_row(row) for row in block.rows)
    yield "\\bottomrule\n\\end{longtable}"


def _row(cells: Sequence[str]) -> str:
    # Braces keep a cell that begins with a star or a bracket from being read as an option.
    return " & ".join(f"{{{words(cell)}}}" for cell in cells) + " \\\\"
