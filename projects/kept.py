"""What a rater sent after their log-in had run out: kept with the browser's session, given back after the next log-in.

Pages with scripts keep what was typed in the browser themselves; this is for plain forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import resolve, reverse

from projects.models import Assignment

SESSION_KEY = "kept"
LIMIT = 500_000
# What a page sends with every form; it is of no use afterwards, or nobody has typed it.
OWN = frozenset({"csrfmiddlewaretoken"})
# What shows on the page that gives everything back: shorter things are choices, keys and numbers.
SHOWN = 20


@dataclass(frozen=True)
class Kept:
    """A form that was sent, where to, and the unit it is about."""

    path: str
    data: QueryDict
    token: str

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Everything that was sent, in its order."""
        return [(key, value) for key, values in self.data.lists() for value in values]

    @property
    def texts(self) -> list[str]:
        """What somebody has written."""
        return [value for _key, value in self.pairs if len(value) > SHOWN and " " in value.strip()]


def is_plain(request: HttpRequest) -> bool:
    """Whether somebody sends a form without a script's help."""
    return request.method == "POST" and not request.headers.get("Accept", "").startswith("application/json")


def keep(request: HttpRequest, study: str, token: str) -> HttpResponse:
    """Keep a form about one unit and ask for the log-in; the answer is the same whether there is such a unit or not."""
    known = Assignment.objects.filter(token=token, study__token=study).exists()
    if known and len(request.body) <= LIMIT:
        data = request.POST.copy()
        for name in OWN & set(data):
            del data[name]
        request.session[SESSION_KEY] = {"path": request.get_full_path(), "data": data.urlencode(), "token": token}
    return redirect_to_login(reverse("rate_kept", args=[study]))


def read(request: HttpRequest) -> Kept | None:
    """Return what is kept in this browser, as far as its address is still one of ours."""
    found = request.session.get(SESSION_KEY)
    if not isinstance(found, dict):
        return None
    token = resolve(urlsplit(found["path"]).path).kwargs.get("token", "")
    return Kept(found["path"], QueryDict(found["data"]), token) if token == found["token"] else None


def sent(request: HttpRequest) -> None:
    """Forget it once it is sent again."""
    found = request.session.get(SESSION_KEY)
    if found and found["path"] == request.get_full_path():
        drop(request)


def drop(request: HttpRequest) -> None:
    """Forget it."""
    request.session.pop(SESSION_KEY, None)
