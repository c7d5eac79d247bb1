"""Every sentence the readers and checkers can say: what is wrong, where, and what to do about it."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects.formats import dialogue_messages

FILE_MESSAGES: dict[str, str | Promise] = {
    "empty": _("The file is empty. Choose a file with a header row and at least one row of data."),
    "no_rows": _("The file has a header row but no data below it. Add rows, or choose another file."),
    "too_large": _("The file is larger than %(limit)s. Split it and import the parts one after the other."),
    "binary": _("This is not a text file or a workbook. Save it as CSV, TSV, JSON Lines, JSON or XLSX."),
    "compressed": _("The file is a compressed archive. Unpack it and import the file inside."),
    "other_document": _("This is a %(kind)s file, which cannot be read here. Save it as XLSX or CSV."),
    "legacy_xls": _("This is an old Excel file (.xls). Save it as an Excel workbook (.xlsx) or as CSV."),
    "encrypted": _("The workbook is protected by a password. Remove the password and save it again."),
    "nul": _(
        "The file contains NUL bytes in line %(row)s, so it is damaged or saved in another encoding. "
        "Save it again as UTF-8."
    ),
    "encoding_unknown": _(
        "The file is neither UTF-8 nor GB18030: line %(row)s, byte %(offset)s cannot be read. "
        "Choose its encoding, or save it again as UTF-8."
    ),
    "encoding_mixed": _(
        "The file mixes encodings: it is UTF-8 except for line %(row)s (byte %(offset)s). "
        "Correct that line, or save the whole file again as UTF-8."
    ),
    "encoding_forced": _(
        "The file is not %(encoding)s: line %(row)s, byte %(offset)s cannot be read. "
        "Choose another encoding, or let it be found automatically."
    ),
    "encoding_name": _("The encoding “%(encoding)s” is not supported. Choose one of: %(allowed)s."),
    "too_many_columns": _("The file has more than %(limit)s columns. Remove the columns you do not need."),
    "too_many_rows": _("The file has more than %(limit)s rows. Split it and import the parts."),
    "record_too_long": _(
        "The record that begins in line %(row)s is longer than %(limit)s characters. "
        "Look for a missing line break or a quotation mark that is not closed."
    ),
    "field_too_long": _(
        "A field in the record that begins in line %(row)s is longer than %(limit)s characters. "
        "Look for a quotation mark that is not closed, or shorten the text."
    ),
    "unclosed_quote": _(
        "A quotation mark in the record that begins in line %(row)s is never closed. Add the closing mark."
    ),
    "json_malformed_file": _("The JSON is not valid in line %(row)s: %(reason)s. Correct it there."),
    "json_not_list": _(
        "The JSON is not a list of objects. Put the items in one list: [{…}, {…}], or one object on each line."
    ),
    "json_too_deep": _("The JSON in line %(row)s is nested too deeply. Flatten it."),
    "json_entry_too_long": _(
        "Entry %(row)s of the list is longer than %(limit)s characters. Shorten it, or split the list."
    ),
    "xlsx_broken": _("The workbook is damaged and cannot be opened. Open it in a spreadsheet and save it again."),
    "zip_bomb": _(
        "The workbook unpacks to far more data than a real one does (%(reason)s), so it was not opened. "
        "Save the data as CSV instead."
    ),
    "xlsx_unsafe": _("The workbook contains XML declarations that are not allowed. Save it again, or use CSV."),
    "no_header": _("The first row holds no column names. Put the names of the columns in the first row."),
    "cell_too_long": _(
        "Row %(row)s has a text of more than %(limit)s characters, which a workbook cannot hold. "
        "Export as CSV or JSON Lines."
    ),
    "sheet_too_long": _("A workbook holds at most %(limit)s rows. Export as CSV or JSON Lines."),
    "mapping_argument": _("“%(argument)s” is not understood. Write field=column or field=:constant."),
    "mapping_field": _("“%(field)s” is not a field of an item. Use one of: %(allowed)s."),
    "mapping_constant": _("The field “%(field)s” cannot be a constant. Name a column for it."),
    "mapping_twice": _("The field “%(field)s” is given twice. Give it once."),
    "mapping_column": _("The file has no column “%(column)s” for the field “%(field)s”. Its columns are: %(allowed)s."),
    "mapping_no_text": _("No column is chosen for the text of the items. Choose one."),
    "mapping_invalid": _("The stored column mapping cannot be read. Choose the columns again."),
    "schema": _("The item settings are not valid: %(reason)s"),
    **dialogue_messages.FILE_MESSAGES,
}

ROW_MESSAGES: dict[str, str | Promise] = {
    "ragged": _("The row has %(found)s cells where the header has %(expected)s. Check quotes and separators."),
    "json_malformed": _("The line is not valid JSON: %(reason)s. Correct the line."),
    "json_not_object": _("The entry is not an object with named fields. Write it as {…}."),
    "field_too_long": _("The text is longer than %(limit)s characters. Shorten it."),
    "formula_without_value": _(
        "The cell holds a formula without a stored value. Open and save the workbook in a spreadsheet, "
        "or replace the formula by its value."
    ),
    "cell_error": _("The cell holds the spreadsheet error %(value)s. Correct it."),
    "control_character": _("The text contains the control character %(character)s. Remove it."),
    "not_text": _("The value is not plain text. Write one text or number."),
    "text_empty": _("The text is empty. Write it, or remove the row."),
    "too_long": _("The text has %(found)s characters; at most %(limit)s are allowed. Shorten it."),
    "kind_unknown": _("“%(value)s” is not a kind of item. Use one of: %(allowed)s."),
    "kind_not_allowed": _("Items of the kind “%(value)s” are not expected here. Use one of: %(allowed)s."),
    "options_unreadable": _("The options cannot be read: %(reason)s. Write a JSON list, or separate them with |."),
    "options_count": _("The item has %(found)s options; a choice item needs %(least)s to %(most)s."),
    "options_duplicate": _("The options “%(first)s” and “%(second)s” are the same. Make them different."),
    "label_unknown": _("“%(value)s” is not one of the labels. Allowed: %(allowed)s."),
    "label_several": _("The item allows one label, but %(found)s are given (%(value)s). Keep one."),
    "score_invalid": _("“%(value)s” is not a score. Write a number from 0 to 1."),
    "score_range": _("The score %(value)s is outside 0 to 1. Write a number from 0 to 1."),
    "language_invalid": _("“%(value)s” is not a language code. Write a code such as en or zh."),
    "duplicate_id": _("The id “%(value)s” is already used in row %(first)s, with the same content. Keep one row."),
    "duplicate_id_differs": _(
        "The id “%(value)s” is already used in row %(first)s, with different content. Give each item its own id."
    ),
    "duplicate_content": _("Row %(first)s has the same text and options. Keep one, or give both an id."),
    "conflict": _(
        "An item with the id “%(value)s” exists already, with different content. "
        "Give the row a new id, or open the item and choose “Correct”."
    ),
    **dialogue_messages.ROW_MESSAGES,
}

REMARKS: dict[str, str | Promise] = {
    "repeated_columns": _("Column names that occur more than once got a number: %(names)s."),
    "other_sheets": _("Only the first sheet with data is read. Not read: %(names)s."),
}


def file_message(code: str, params: Mapping[str, object]) -> str:
    """The sentence for a file error, in the language active now."""
    return str(FILE_MESSAGES[code]) % params


def row_message(code: str, params: Mapping[str, object]) -> str:
    """The sentence for a row error, in the language active now, so that a stored report can be retold."""
    return str(ROW_MESSAGES[code]) % params
