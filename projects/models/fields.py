"""A JSON field that gives back its keys in the order in which they were stored."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class OrderedJSONField(models.JSONField):
    """JSON whose keys keep their order, as files have it: PostgreSQL's `json` where jsonb would sort them.

    The database cannot compare such values: no DISTINCT, no equality and no containment over this column.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return PostgreSQL's type that keeps the text, and the usual one elsewhere."""
        return "json" if connection.vendor == "postgresql" else super().db_type(connection) or "text"

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """Return what was stored; psycopg has parsed a `json` already."""
        if not isinstance(value, str):
            return value
        return json.loads(value, cls=self.decoder)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Return the value for the database; jsonb on the way would lose the order."""
        if connection.vendor != "postgresql":
            return super().get_db_prep_value(value, connection, prepared)
        # Installed with PostgreSQL only in mind: SQLite must not need it.
        from psycopg.types.json import Json

        return None if value is None else Json(value)
