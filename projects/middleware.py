"""What every response of this product has in common."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from projects.services.audit import current_ip


class PrivatePagesMiddleware:
    """Nothing a page says may stay in a cache: texts are sensitive, and blindness is easily lost."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next handler."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Mark the response as private and remember where the request came from."""
        token = current_ip.set(request.META.get("REMOTE_ADDR") or None)
        try:
            response = self.get_response(request)
        finally:
            current_ip.reset(token)
        response.setdefault("Cache-Control", "no-store")
        return response
