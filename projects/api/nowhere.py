"""An address of the API that is not there."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from projects.api.base import ApiView


@extend_schema(exclude=True)
class NowhereView(ApiView):
    """Answers every method with a 404 in the API's shape."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """End here, after asking who it is."""
        super().initial(request, *args, **kwargs)
        raise Http404

    def get(self, request: Request, rest: str) -> Response:
        """Never reached."""
        raise Http404

    post = put = patch = delete = get
