"""Every address of the product, by noun."""

from django.contrib import admin
from django.urls import include, path
from django.urls.resolvers import RoutePattern
from django.views.generic import TemplateView

from config.routes import KnownRoutes

pages = [
    path("", include("projects.urls")),
    path("", include("annotation.urls")),
    path("", include("evaluation.urls")),
    path("", include("campaign.urls")),
    path("", include("publishing.urls")),
]
urlpatterns = [
    KnownRoutes(RoutePattern(""), pages),
    path("api/v1/", include("projects.api.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("components/", TemplateView.as_view(template_name="components.html"), name="components"),
]

handler400 = "projects.views.errors.bad_request"
handler403 = "projects.views.errors.permission_denied"
handler404 = "projects.views.errors.page_not_found"
handler500 = "projects.views.errors.server_error"
