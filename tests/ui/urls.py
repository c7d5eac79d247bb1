"""The product's addresses, and two pages that show its parts: all components, and a page on which somebody works."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from django.views.generic import TemplateView

from config.urls import urlpatterns as product

WORK = Path(__file__).with_name("work_sample.html")


def work(request: HttpRequest) -> HttpResponse:
    """A rating page with nothing behind it."""
    return HttpResponse(engines["django"].from_string(WORK.read_text()).render({}, request))


urlpatterns = [
    path("parts/", TemplateView.as_view(template_name="components.html")),
    path("work-sample/", work),
    path("sent/", lambda request: HttpResponse(request.GET.urlencode())),
    *product,
]
