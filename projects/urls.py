"""Addresses of projects, people, data, studies and the work loop. One module of views a noun."""

from django.urls import URLPattern, URLResolver, include, path

from projects import urls_data, urls_flags, urls_results, urls_studies
from projects.views import home, pauses, rate, rate_beside, tokens

urlpatterns: list[URLPattern | URLResolver] = [
    # First, since raters ask for these all day.
    path("rate/<slug:study>/", rate.rate, name="rate"),
    path("rate/<slug:study>/begin/", rate.begin, name="rate_begin"),
    path("rate/<slug:study>/auto/", rate_beside.auto, name="rate_auto"),
    path("rate/<slug:study>/done/", rate_beside.mine, name="rate_mine"),
    path("rate/<slug:study>/pause/", pauses.rate_pause, name="rate_pause"),
    path("rate/<slug:study>/resume/", pauses.rate_resume, name="rate_resume"),
    path("rate/<slug:study>/kept/", rate_beside.given_back, name="rate_kept"),
    path("rate/<slug:study>/<slug:token>/", rate.unit, name="rate_unit"),
    path("rate/<slug:study>/<slug:token>/draft/", rate.draft, name="rate_draft"),
    path("rate/<slug:study>/<slug:token>/skip/", rate_beside.skip, name="rate_skip"),
    path("", home.home, name="home"),
    path("preferences/", home.preferences, name="preferences"),
    path("health/", home.health, name="health"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/tokens/revoke/", tokens.token_revoke, name="token_revoke"),
    path("", include("projects.urls_people")),
    *urls_data.urlpatterns,
    *urls_flags.urlpatterns,
    *urls_studies.urlpatterns,
    *urls_results.urlpatterns,
]
