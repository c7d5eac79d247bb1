"""What every response of this product has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

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


class PolicyMiddleware(CSPMiddleware):
    """As django-csp's own, which builds the policy anew for each response; one that names no nonce is kept."""

    _kept: tuple[object, str] = (None, "")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Set the policy; where nothing of its own goes into it, it is the one that was built before."""
        policy = settings.CONTENT_SECURITY_POLICY
        plain = not getattr(request, "_csp_nonce", None) and not settings.DEBUG and _has_no_own_policy(policy, response)
        if not plain or self._kept[0] is not policy:
            response = super().process_response(request, response)
            if plain:
                self._kept = policy, response[HEADER]
            return response
        response[HEADER] = self._kept[1]
        # A nonce that is asked for from now on would not be in the policy.
        request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)  # type: ignore[attr-defined]
        return response


def _has_no_own_policy(policy: Mapping[str, object], response: HttpResponseBase) -> bool:
    known = set(policy) == {"DIRECTIVES"} and not hasattr(settings, "CONTENT_SECURITY_POLICY_REPORT_ONLY")
    return known and HEADER not in response and not any(name.startswith("_csp") for name in vars(response))
