"""Error pages: first what happened to the person's work, then what to do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The request made no sense to the server."""
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A member without the needed role."""
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Nothing here, or nothing this person may know of: one and the same answer. What was typed is given back."""
    return render(request, "404.html", {"typed": typed_in(request)}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke; the template needs nothing that could be broken too."""
    return render(request, "500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form's secret did not fit, mostly after a log-in elsewhere; gives back what was typed."""
    return render(request, "403_csrf.html", {"typed": typed_in(request)}, status=403)


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the longer texts of a form that was sent, so that nobody has to write them again."""
    typed = [(key, value) for key, values in request.POST.lists() for value in values if len(value) > 20]
    return [(key, value) for key, value in typed if key not in {"csrfmiddlewaretoken", "password", "client_key"}]
