"""One cell as clean text: NFC, stripped, without control characters. The same rules for every field."""

import math
import re
import unicodedata
from typing import Any

# Everything below the space but tab and line feed, DEL and C1; and halves of surrogate pairs, which no encoding holds.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class CellError(Exception):
    """Why a cell cannot be used: a code of ROW_MESSAGES with its parameters; `column` where it is known."""

    def __init__(self, code: str, column: str = "", **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.column = column
        self.params = params


def as_text(value: object) -> str:
    """A value from any format as text: None is "", 1.0 is "1", True is "true", ["a"] is "a".

    Raises CellError for objects and longer lists.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return value[0]
    raise CellError("not_text")


def clean_text(value: object) -> str:
    """The value as text, NFC-normalised and stripped, line breaks inside kept as line feeds. Raises CellError."""
    if type(value) is str and value.isprintable():
        return value.strip() if value.isascii() else unicodedata.normalize("NFC", value).strip()
    text = as_text(value).replace("\r\n", "\n").replace("\r", "\n")
    refuse_controls(text)
    return unicodedata.normalize("NFC", text).strip()


def refuse_controls(text: str) -> None:
    """Raise CellError naming the first control character, if there is one."""
    found = FORBIDDEN.search(text)
    if found:
        raise CellError("control_character", character=f"U+{ord(found[0]):04X}")


def check_metadata(value: Any) -> None:
    """Make sure that a value can be stored as JSON anywhere. Raises CellError."""
    if isinstance(value, str):
        if not value.isprintable():
            refuse_controls(value.replace("\r", ""))
    elif isinstance(value, dict):
        for key, entry in value.items():
            check_metadata(key)
            check_metadata(entry)
    elif isinstance(value, list):
        for entry in value:
            check_metadata(entry)
    elif isinstance(value, float) and not math.isfinite(value):
        raise CellError("not_text")
