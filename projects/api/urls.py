"""Addresses of the API, by noun."""

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated

from projects.api import data, imports, projects, rating, results, studies, token
from projects.api.auth import TokenAuth
from projects.api.nowhere import NowhereView

PROJECT = "projects/<slug:project>/"
DATASET = PROJECT + "datasets/<slug:dataset>/"
STUDY = PROJECT + "studies/<slug:study>/"
OWN = "rating/<slug:study>/"
UNIT = OWN + "units/<slug:token>/"

schema = SpectacularAPIView.as_view(
    permission_classes=[IsAuthenticated], authentication_classes=[TokenAuth, SessionAuthentication]
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", schema, name="api_schema"),
    path("token/", token.TokenView.as_view(), name="api_token"),
    path("projects/", projects.ProjectsView.as_view(), name="api_projects"),
    path(PROJECT, projects.ProjectDetail.as_view(), name="api_project"),
    path(PROJECT + "datasets/", data.DatasetsView.as_view(), name="api_datasets"),
    path(DATASET, data.DatasetDetail.as_view(), name="api_dataset"),
    path(DATASET + "items/", data.ItemsView.as_view(), name="api_items"),
    path(DATASET + "imports/", imports.ImportsView.as_view(), name="api_imports"),
    path(DATASET + "imports/<int:batch>/", imports.ImportDetail.as_view(), name="api_import"),
    path(DATASET + "imports/<int:batch>/start/", imports.ImportStartView.as_view(), name="api_import_start"),
    path(PROJECT + "studies/", studies.StudiesView.as_view(), name="api_studies"),
    path(STUDY, studies.StudyDetail.as_view(), name="api_study"),
    path(STUDY + "open/", studies.OpenView.as_view(), name="api_study_open"),
    path(STUDY + "pause/", studies.PauseView.as_view(), name="api_study_pause"),
    path(STUDY + "resume/", studies.ResumeView.as_view(), name="api_study_resume"),
    path(STUDY + "close/", studies.CloseView.as_view(), name="api_study_close"),
    path(STUDY + "progress/", studies.ProgressView.as_view(), name="api_progress"),
    path(STUDY + "raters/", studies.RatersView.as_view(), name="api_raters"),
    path(STUDY + "results/", results.ResultsView.as_view(), name="api_results"),
    path(STUDY + "exports/", results.ExportsView.as_view(), name="api_exports"),
    path(STUDY + "exports/<slug:key>/", results.ExportFile.as_view(), name="api_export"),
    path("rating/", rating.OwnStudiesView.as_view(), name="api_own_studies"),
    path(OWN, rating.OwnStudyView.as_view(), name="api_own_study"),
    path(OWN + "begin/", rating.BeginView.as_view(), name="api_own_begin"),
    path(OWN + "next/", rating.NextView.as_view(), name="api_own_next"),
    path(OWN + "units/", rating.OwnAnswersView.as_view(), name="api_own_units"),
    path(UNIT, rating.UnitView.as_view(), name="api_own_unit"),
    path(UNIT + "answer/", rating.AnswerView.as_view(), name="api_own_answer"),
    path(UNIT + "skip/", rating.SkipView.as_view(), name="api_own_skip"),
    # Last: an address that is not there is answered in the API's own shape.
    path("<path:rest>", NowhereView.as_view(), name="api_nowhere"),
]
