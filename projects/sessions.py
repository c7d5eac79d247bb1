"""Sessions in the database, read with a query that is compiled once."""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from projects.prepared import Prepared

BY_KEY = Prepared(lambda key: Session.objects.filter(session_key=key), "a key")


class SessionStore(DatabaseStore):
    """As Django's own; only the reading, which every request does, is prepared."""

    def _get_session_from_db(self) -> Session | None:
        """Return the live session's row; without one the key is given up, so that a new one is made."""
        found = BY_KEY.first(self.session_key) if self.session_key else None
        if found is not None and found.expire_date > timezone.now():
            return found
        self._session_key = None
        return None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Return Django's own table."""
        return Session
