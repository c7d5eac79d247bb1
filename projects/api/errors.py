"""One shape for every error the API gives: a code to act on, a sentence to read, and the fields at fault."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from projects.formats.records import FormatError
from projects.services.work import AnswerConflict, StudyNotOpen

# What concerns no single field stands under this name.
WHOLE = "non_field_errors"


class Conflict(exceptions.APIException):
    """The request is sound, but things have moved on, or are not there yet."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = gettext_lazy("This is not possible now.")


class TooLarge(exceptions.APIException):
    """The body is larger than the server takes."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = gettext_lazy("This is too large. Send it in several requests, or import it as a file.")


def handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Return the error in the API's shape; None for what is no answer but a fault of the server."""
    exc = translated(exc)
    response = exception_handler(exc, context)
    if response is None:
        return None
    response.data = body(exc, response.data)
    return response


def translated(exc: Exception) -> Exception:
    """Turn what the services raise into an exception that has a status."""
    if isinstance(exc, DjangoValidationError):
        return exceptions.ValidationError(exc.message_dict if hasattr(exc, "error_dict") else exc.messages)
    if isinstance(exc, FormatError):
        return exceptions.ValidationError(str(exc))
    if isinstance(exc, StudyNotOpen):
        return Conflict(_("The study is not open now, so your answer was not taken."), "not_open")
    if isinstance(exc, AnswerConflict):
        return Conflict(
            _("You have answered this meanwhile. Base your answer on that one and send it again."), "answer_conflict"
        )
    return exc


def body(exc: Exception, data: Any) -> dict[str, Any]:
    """Return code, message and fields."""
    if isinstance(exc, exceptions.ValidationError):
        fields = flat(data)
        first = next((words for several in fields.values() for words in several), "")
        return {"code": "invalid", "message": first, "fields": fields}
    detail = data.get("detail", "")
    return {"code": getattr(detail, "code", "error"), "message": str(detail), "fields": {}}


def flat(data: Any, path: str = "") -> dict[str, list[str]]:
    """Return nested errors by dotted path (items.0.text), each with its sentences."""
    if isinstance(data, dict):
        entries = [
            (path if key == WHOLE and path else f"{path}.{key}" if path else str(key), data[key]) for key in data
        ]
    elif isinstance(data, list) and any(isinstance(entry, dict | list) for entry in data):
        entries = [(below(path, str(n)), entry) for n, entry in enumerate(data)]
    else:
        words = [str(entry) for entry in (data if isinstance(data, list) else [data])]
        return {path or WHOLE: words} if words else {}
    found: dict[str, list[str]] = {}
    for key, entry in entries:
        for where, words in flat(entry, key).items():
            found.setdefault(where, []).extend(words)
    return found


def below(path: str, name: str) -> str:
    """Return the path of a field inside another."""
    return f"{path}.{name}" if path and name else path or name
