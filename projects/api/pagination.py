"""How the API pages its lists."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """Pages by cursor: the cost of a page does not grow with its distance from the first."""

    page_size_query_param = "page_size"
    max_page_size = 500
    ordering: str | tuple[str, ...] = "id"

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """Return one page; a cursor that somebody made up is a 404, as one that does not decode."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError, OverflowError) as error:
            raise NotFound(self.invalid_cursor_message) from error


class ByPosition(Pages):
    """Items in the order of their data set."""

    ordering = ("position", "id")


class Newest(Pages):
    """Newest first."""

    ordering = "-id"


class OwnWork(Pages):
    """A rater's own units, latest claim first: a cursor tells the claim's number, and no key of the database."""

    ordering = "-ordinal"


class OwnStudies(Pages):
    """The studies a rater takes part in, by when they joined; no key of the database."""

    ordering = "-joined_at"
