"""One's own account: name, language, theme, how answers are sent."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import check_for_language, get_language, override
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.http import require_http_methods, require_POST

from projects.access import UserRequest
from projects.cookies import keep_preferences
from projects.forms.people import AccountForm
from projects.models import User
from projects.services.accounts import change_account
from projects.views.http import PAGE, form_status, posted


@login_required
@require_http_methods(PAGE)
def account(request: UserRequest) -> HttpResponse:
    """Show and keep one's own preferences."""
    user = request.user
    initial = {
        "name": user.name,
        "language": user.language or get_language(),
        "theme": user.theme or request.COOKIES.get("theme", "auto"),
        "auto_submit": user.auto_submit,
    }
    form = AccountForm(posted(request), initial=initial)
    if not form.is_valid():
        return render(request, "projects/people/account.html", {"form": form}, status=form_status(request))
    form.save(user=user)
    with override(user.language):
        messages.success(request, _("Your preferences are saved."))
    response = redirect("account")
    keep_preferences(response, user)
    return response


@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Change the language as Django does, and remember it with the account."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and check_for_language(language):
        change_account(user=request.user, language=language)
    return i18n.set_language(request)
