"""Finding the page behind an address under a project, without trying every pattern each time."""

from __future__ import annotations

from django.urls import ResolverMatch, URLResolver

MOST_ROUTES, LONGEST = 5000, 200


class KnownRoutes(URLResolver):
    """Patterns that remember where addresses under a project lead.

    Managers open the same lists all day, and there are over a hundred patterns to try. Addresses of units and links
    with a secret in them are not kept: the former are opened once, the latter are nobody else's business.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Know none yet."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on
        self._known: dict[str, ResolverMatch] = {}

    def resolve(self, path: str) -> ResolverMatch:
        """Return what Django does, from memory where it was asked before."""
        known = self._known.get(path)
        if known is not None:
            return known
        found: ResolverMatch = super().resolve(path)
        path = str(path)
        if path.startswith("p/") and len(path) <= LONGEST:
            if len(self._known) >= MOST_ROUTES:
                self._known.clear()
            # Only a page that says why an address leads nowhere shows what was tried.
            found.tried = None
            self._known[path] = found
        return found
