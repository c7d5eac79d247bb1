"""One's own token for programs: whether there is one, a new one, shown once, and its end."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from projects.access import UserRequest
from projects.services import tokens as service
from projects.views.http import PAGE


def makes_one(request: HttpRequest) -> bool:
    """Whether a token is asked for: it outlives the session, so an open browser must not be enough."""
    return request.method == "POST"


@login_required
@require_http_methods(PAGE)
@reauthentication_required(enabled=makes_one)  # type: ignore[untyped-decorator]  # allauth is not typed
def tokens(request: UserRequest) -> HttpResponse:
    """Tell whether there is a token; make a new one and show it in the answer itself, this once."""
    made = service.make(request.user) if request.method == "POST" else ""
    context = {"token": service.of(request.user), "made": made}
    return render(request, "projects/account/tokens.html", context, status=201 if made else 200)


@login_required
@require_POST
def token_revoke(request: UserRequest) -> HttpResponse:
    """End the token."""
    if service.revoke(request.user, actor=request.user):
        messages.success(request, _("The token is revoked. Programs that use it are locked out."))
    return redirect("tokens")
