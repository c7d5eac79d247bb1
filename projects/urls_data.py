"""Addresses of data sets, their items and imports."""

from django.urls import URLPattern, path

from projects.views import corrections, datasets, dialogue_export, imports

ONE = "p/<slug:project>/data/<slug:dataset>/"

urlpatterns: list[URLPattern] = [
    path("p/<slug:project>/data/", datasets.datasets, name="datasets"),
    # In front of the data sets themselves; the service gives no data set this short name.
    path("p/<slug:project>/data/new/", datasets.dataset_new, name="dataset_new"),
    path(ONE, datasets.dataset, name="dataset"),
    path(ONE + "edit/", datasets.dataset_edit, name="dataset_edit"),
    path(ONE + "export/", dialogue_export.dataset_export, name="dataset_export"),
    path(ONE + "items/<int:item>/", datasets.item, name="item"),
    path(ONE + "items/<int:item>/correct/", corrections.item_correct, name="item_correct"),
    path(ONE + "import/", imports.import_new, name="import_new"),
    path(ONE + "imports/<int:batch>/", imports.import_batch, name="import"),
    path(ONE + "imports/<int:batch>/mapping/", imports.import_mapping, name="import_mapping"),
    path(ONE + "imports/<int:batch>/cancel/", imports.import_cancel, name="import_cancel"),
    path(ONE + "imports/<int:batch>/rejected/", imports.import_rejected, name="import_rejected"),
]
