"""Data sets and their items."""

from __future__ import annotations

from django import forms
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from projects.access import ANALYST, MANAGER, RATER
from projects.api import keys
from projects.api.base import ProjectView
from projects.api.forms import refusals
from projects.api.pagination import ByPosition
from projects.api.shapes_data import (
    AddedShape,
    BareItemShape,
    DatasetChange,
    DatasetShape,
    ItemShape,
    NewDataset,
    NewItems,
)
from projects.models import Item
from projects.querysets.items import SHOW_FINAL, SHOW_REMOVED, SHOW_WITHOUT, filtered, items_of, with_suggestions
from projects.services import datasets as service
from projects.services import import_records

SHOWS = (SHOW_FINAL, SHOW_WITHOUT, SHOW_REMOVED)


class ItemFilter(forms.Form):
    """Which items to list."""

    external_id = forms.CharField(required=False, max_length=200)
    topic = forms.CharField(required=False, max_length=200)
    language = forms.CharField(required=False, max_length=20)
    kind = forms.ChoiceField(required=False, choices=[("", ""), *Item.Kind.choices])
    show = forms.ChoiceField(required=False, choices=[("", ""), *((show, show) for show in SHOWS)])


class DatasetsView(ProjectView):
    """A project's data sets."""

    @extend_schema(responses=DatasetShape(many=True))
    def get(self, request: Request, project: str) -> Response:
        """List the data sets."""
        return self.paged(self.access.project.datasets.all(), DatasetShape)

    @extend_schema(parameters=[keys.PARAMETER], request=NewDataset, responses={200: DatasetShape, 201: DatasetShape})
    def post(self, request: Request, project: str) -> Response:
        """Make an empty data set."""
        home, data = self.access.project, self.given(NewDataset)
        key = keys.taken(request, data)
        made, code = self.once(
            lambda: service.create(project=home, actor=self.user, **data),
            home.datasets.all(),
            f"dataset:{home.pk}",
            key,
        )
        return Response(DatasetShape(made).data, status=code)


class DatasetDetail(ProjectView):
    """One data set."""

    @extend_schema(responses=DatasetShape)
    def get(self, request: Request, project: str, dataset: str) -> Response:
        """Describe a data set."""
        return Response(DatasetShape(self.dataset()).data)

    @extend_schema(request=DatasetChange, responses=DatasetShape)
    def patch(self, request: Request, project: str, dataset: str) -> Response:
        """Change what is given."""
        row = self.dataset()
        values = {name: getattr(row, name) for name in ("name", "description", "labels")} | self.given(DatasetChange)
        return Response(DatasetShape(service.change(dataset=row, actor=self.user, **values)).data)


class ItemsView(ProjectView):
    """The items of a data set; to adjudicators, who ask for answers case by case, without answers."""

    pagination_class = ByPosition

    @extend_schema(
        responses=ItemShape(many=True),
        parameters=[
            OpenApiParameter("external_id", str, description="This very item."),
            OpenApiParameter("topic", str),
            OpenApiParameter("language", str),
            OpenApiParameter("kind", str, enum=Item.Kind.values),
            OpenApiParameter("show", str, enum=SHOWS),
        ],
    )
    def get(self, request: Request, project: str, dataset: str) -> Response:
        """List the items in their order. For adjudicators they come without pre-labels, answers and metadata."""
        row = self.dataset()
        form = ItemFilter(request.query_params)
        if not form.is_valid():
            raise ValidationError(refusals(form))
        wanted, answers = form.cleaned_data, self.access.can(MANAGER, ANALYST)
        # Who must not see an answer does not learn of it by filtering either.
        names = ("topic", "language", "kind", *(("show",) if answers else ()))
        rows = filtered(items_of(row), {name: wanted[name] for name in names})
        if wanted["external_id"]:
            rows = rows.filter(external_id=wanted["external_id"])
        page = self.paginate_queryset(with_suggestions(rows) if answers else rows) or []
        if self.access.can(RATER):
            # Whoever rates has met these items now, and is no fresh rater of them any more.
            service.note_read(page, self.user)
        shape = ItemShape if answers else BareItemShape
        return self.get_paginated_response(shape(page, many=True).data)

    @extend_schema(request=NewItems, responses={200: AddedShape, 201: AddedShape})
    def post(self, request: Request, project: str, dataset: str) -> Response:
        """Add items, once each: an id that is there already with the same content adds nothing.

        One that is there with other content is a conflict, told under `problems`. 201 where something was added;
        400 where a problem stopped everything.
        """
        row, data = self.dataset(), self.given(NewItems)
        result = import_records.add(dataset=row, records=data["items"], keep_good=data["keep_good"], actor=self.user)
        if result.problems and not data["keep_good"]:
            raise ValidationError(
                {"items": {str(one.row - 1): {one.field or "text": [one.message]} for one in result.problems}}
            )
        code = status.HTTP_201_CREATED if result.added else status.HTTP_200_OK
        return Response(AddedShape(result).data, status=code)
