"""What a list shows of long JSON columns, taken out by the database: reading them whole costs more than the list."""

from __future__ import annotations

from typing import Any

from django.db.models import Func, IntegerField, JSONField


class Keys(Func):
    """The keys of an object, as a list; nothing or an empty list where there are none."""

    template = "(SELECT JSON_GROUP_ARRAY(key) FROM JSON_EACH(%(expressions)s))"
    output_field = JSONField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """Return it in PostgreSQL's words."""
        template = "(SELECT JSONB_AGG(key) FROM JSONB_OBJECT_KEYS(%(expressions)s) AS key)"
        return self.as_sql(compiler, connection, template=template, **context)


class Length(Func):
    """How many entries a list has."""

    function = "JSON_ARRAY_LENGTH"
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """Return it in PostgreSQL's words."""
        return self.as_sql(compiler, connection, function="JSONB_ARRAY_LENGTH", **context)


class Without(Func):
    """An object without some of its keys."""

    output_field = JSONField()

    def __init__(self, column: str, *keys: str, **extra: Any) -> None:
        """Leave out `keys`, which are plain names."""
        if not all(key.isidentifier() for key in keys):
            raise ValueError("A key is no plain name.")
        paths, names = (", ".join(shape.format(key) for key in keys) for shape in ("'$.{}'", "'{}'"))
        super().__init__(column, paths=paths, names=names, **extra)

    template = "JSON_REMOVE(%(expressions)s, %(paths)s)"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """Return it in PostgreSQL's words."""
        return self.as_sql(compiler, connection, template="(%(expressions)s - ARRAY[%(names)s])", **context)
