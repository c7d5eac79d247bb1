"""The content security policy that is kept is the one that django-csp builds anew each time."""

from __future__ import annotations

import pytest
from csp.decorators import csp_replace
from csp.exceptions import CSPNonceError
from csp.middleware import CSPMiddleware
from django.http import HttpResponse, JsonResponse
from django.test import RequestFactory, override_settings

from projects.middleware import PolicyMiddleware

HEADER = "Content-Security-Policy"


def with_nonce(request):
    return HttpResponse(f"<script nonce={request.csp_nonce}></script>")


def plain(request):
    return JsonResponse({"ok": True})


@csp_replace({"script-src": ["https://elsewhere.example.org"]})
def of_its_own(request):
    return HttpResponse("")


def policy(middleware, request) -> str:
    return middleware(request)[HEADER]


def test_policy_is_django_csp_s_own_in_any_order():
    views = [plain, with_nonce, plain, of_its_own, plain, with_nonce, plain]
    ours = PolicyMiddleware(lambda request: views[request.number](request))
    for number, view in enumerate(views):
        request, again = RequestFactory().get("/"), RequestFactory().get("/")
        request.number = number
        found = policy(ours, request)
        if view is with_nonce:
            again._csp_nonce = request._csp_nonce
            assert f"'nonce-{request._csp_nonce}'" in found
        assert found == policy(CSPMiddleware(view), again)
    assert ours._kept[1] == policy(CSPMiddleware(plain), RequestFactory().get("/"))


def test_kept_policy_goes_with_the_settings_that_made_it():
    ours = PolicyMiddleware(plain)
    before = policy(ours, RequestFactory().get("/"))
    with override_settings(CONTENT_SECURITY_POLICY={"DIRECTIVES": {"default-src": ["https://a.example.org"]}}):
        assert policy(ours, RequestFactory().get("/")) == "default-src https://a.example.org"
    assert policy(ours, RequestFactory().get("/")) == before


def test_nonce_cannot_be_asked_for_after_the_kept_policy_was_sent():
    ours = PolicyMiddleware(plain)
    for _ in range(2):
        request = RequestFactory().get("/")
        ours(request)
        with pytest.raises(CSPNonceError):
            str(request.csp_nonce)
