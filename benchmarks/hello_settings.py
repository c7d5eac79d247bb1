"""The measure: a Django application with one view and no middleware, under the same server."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

SECRET_KEY = "only-for-the-benchmark"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "benchmarks.hello_settings"
MIDDLEWARE: list[str] = []
INSTALLED_APPS: list[str] = []
USE_I18N = False


def hello(request: HttpRequest) -> HttpResponse:
    """Say hello."""
    return HttpResponse("hello")


urlpatterns = [path("", hello)]
