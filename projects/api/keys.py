"""The name a program gives its request, so that one sent again makes nothing new."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

HEADER = "Idempotency-Key"
LONGEST = 40
KEY = "A random name of this request, made by you: sent again, nothing new is made, and the answer is 200."
# What an operation that makes something says of the header.
PARAMETER = OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, description=f"{KEY} At most {LONGEST} characters.")


def taken(request: Request, data: dict[str, Any]) -> str:
    """Take the request's name out of its header, or out of its body; "" where it has none.

    Raises ValidationError for one that is too long, and where header and body name it differently.
    """
    header, body = request.headers.get(HEADER, "").strip().strip('"'), data.pop("client_key", "")
    if len(header) > LONGEST:
        raise ValidationError({HEADER: _("This is too long: at most %(limit)s characters.") % {"limit": LONGEST}})
    if header and body and header != body:
        raise ValidationError({HEADER: _("The header and the body name this request differently. Send one of them.")})
    return header or body
