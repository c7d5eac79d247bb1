"""Addresses of publishing."""

from django.urls import URLPattern, path

from publishing.views import bundles, datasheets, study_reports

PROJECT = "p/<slug:project>/study-reports/"
REPORT = PROJECT + "<int:paper>/"

urlpatterns: list[URLPattern] = [
    path(PROJECT, study_reports.study_reports, name="study_reports"),
    path(PROJECT + "new/", study_reports.study_report_new, name="study_report_new"),
    path(REPORT, study_reports.study_report, name="study_report"),
    path(REPORT + "edit/", study_reports.study_report_edit, name="study_report_edit"),
    path(REPORT + "compute/", study_reports.study_report_compute, name="study_report_compute"),
    path(REPORT + "delete/", study_reports.study_report_delete, name="study_report_delete"),
    path(REPORT + "<int:edition>/", study_reports.study_report, name="study_report_edition"),
    path(REPORT + "<int:edition>/bundle/", bundles.study_report_bundle, name="study_report_bundle"),
    path(
        REPORT + "<int:edition>/bundle/<int:bundle>/", bundles.study_report_bundle_file, name="study_report_bundle_file"
    ),
    path(REPORT + "<int:edition>/key/", bundles.study_report_key, name="study_report_key"),
    path(REPORT + "<int:edition>/export/<slug:suffix>/", study_reports.study_report_export, name="study_report_export"),
    path(
        "p/<slug:project>/studies/<slug:study>/datasheet/<slug:suffix>/",
        datasheets.study_datasheet,
        name="study_datasheet",
    ),
]
