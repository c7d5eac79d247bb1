"""What every page with a form needs to know of its request."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict

# A page with a form: shown, and sent back to the same address.
PAGE = ["GET", "HEAD", "POST"]


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, None where the page is only asked for; a form sent empty is still a form sent."""
    return request.POST if request.method == "POST" else None


def form_status(request: HttpRequest) -> int:
    """Return the status of a page that shows a form: 422 where it shows what is wrong with one."""
    return 422 if request.method == "POST" else 200
