"""A document as DOCX, by python-docx."""

from __future__ import annotations

from io import BytesIO

import docx
from docx.document import Document as Word
from docx.shared import Inches

from campaign.appendix.document import Block, Bullets, Document, Grid, Heading, Para, Picture, clean

TEXT_WIDTH = 6.0  # inches, of the template's page
DEEPEST = 4


def write(document: Document) -> bytes:
    """Return the document as a file for a word processor."""
    word = docx.Document()
    properties = word.core_properties
    properties.title, properties.author, properties.comments = clean(document.title), "", ""
    word.add_heading(clean(document.title), 0)
    for block in document.blocks:
        _add(word, block)
    content = BytesIO()
    word.save(content)
    return content.getvalue()


def _add(word: Word, block: Block) -> None:
    match block:
        case Heading():
            word.add_heading(clean(block.text), min(block.level, DEEPEST))
        case Para():
            word.add_paragraph(clean(block.text), style="Quote" if block.quoted else None)
        case Bullets():
            for item in block.items:
                word.add_paragraph(clean(item), style="List Number" if block.numbered else "List Bullet")
        case Grid():
            _grid(word, block)
        case Picture():
            word.add_picture(BytesIO(block.content), width=Inches(TEXT_WIDTH * block.share))
            word.add_paragraph(clean(block.caption), style="Caption")


def _grid(word: Word, block: Grid) -> None:
    if block.caption:
        word.add_paragraph(clean(block.caption), style="Caption")
    table = word.add_table(rows=1, cols=len(block.head), style="Light Shading")
    for cell, words in zip(table.rows[0].cells, block.head, strict=True):
        cell.text = clean(words)
    for row in block.rows:
        cells = table.add_row().cells
        for cell, words in zip(cells, row, strict=True):
            cell.text = clean(words)
    word.add_paragraph()
