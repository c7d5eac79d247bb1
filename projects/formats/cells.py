"""Spreadsheet formulas hidden in text: neutralised when we write CSV, restored when we read it."""

import re

# A spreadsheet runs a cell that begins with one of these. The line feed and the full-width forms, which some
# locales treat the same, are on the list of CSV-injection hazards kept by OWASP.
DANGEROUS = frozenset("=+-@\t\r\n＝＋－＠")
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)


def neutralise_cell(value: object) -> str:
    """The text of a cell, behind an apostrophe if a spreadsheet would run it.

    None is "", True and False are "true" and "false". Plain numbers (-3.5) stay as they are. A text that
    looks neutralised already gets one more apostrophe, so `restore_cell` gives back exactly what was there.
    """
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    text = value if isinstance(value, str) else str(value)
    first = text[:1]
    if first == "'":
        return "'" + text if text.lstrip("'")[:1] in DANGEROUS else text
    if first in DANGEROUS and not NUMBER.fullmatch(text):
        return "'" + text
    return text


def restore_cell(value: str) -> str:
    """The text before `neutralise_cell`: one leading apostrophe less where what follows would be run."""
    if value[:1] == "'" and value.lstrip("'")[:1] in DANGEROUS:
        return value[1:]
    return value
