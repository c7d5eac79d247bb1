"""Addresses of results: reports, their files, and the study's files."""

from django.urls import URLPattern, path

from projects.views import results

ONE = "p/<slug:project>/studies/<slug:study>/"

urlpatterns: list[URLPattern] = [
    path(ONE + "results/", results.results, name="results"),
    path(ONE + "results/compute/", results.compute, name="results_compute"),
    path(ONE + "results/<int:report>/", results.results, name="results_version"),
    path(ONE + "results/<int:report>/export/<slug:suffix>/", results.report_file, name="results_export"),
    path(ONE + "export/<slug:key>.<slug:suffix>", results.study_file, name="export"),
]
