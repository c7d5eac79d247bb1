"""What all views of the API have in common: who may enter, how bodies are read, how errors are described."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeVar, cast

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.openapi import AutoSchema
from rest_framework import exceptions, serializers, status
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from projects.access import ADJUDICATOR, ANALYST, ANY_ROLE, MANAGER, Access, access_to, part_in
from projects.api.auth import TokenAuth
from projects.api.errors import TooLarge
from projects.formats.text import CellError, check_metadata
from projects.models import Dataset, Role, Study, StudyRole, User
from projects.services import creations

M = TypeVar("M", bound=Model)

READERS = (MANAGER, ADJUDICATOR, ANALYST)
MANAGERS = (MANAGER,)
MEMBERS = ANY_ROLE
SAFE = frozenset({"GET", "HEAD"})


class ErrorShape(serializers.Serializer[Any]):
    """What every error looks like."""

    code = serializers.CharField(help_text="What happened, for programs: invalid, not_found, conflict ...")
    message = serializers.CharField(help_text="What happened, for people.")
    # The metaclass takes the field out of the class, so the base class keeps its own `fields`.
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        help_text="The fields at fault by dotted path, each with its sentences; empty where it is no field's fault.",
    )

    class Meta:
        ref_name = "Error"


class Schema(AutoSchema):
    """Adds the error shape to every operation."""

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        shape = self._get_response_for_code(ErrorShape, "default")  # type: ignore[no-untyped-call]
        bodies["default"] = shape | {"description": "An error."}
        return bodies

    def get_tags(self) -> list[str]:
        """Group by the first noun that is no project's."""
        nouns = [part for part in self._tokenize_path() if part != "projects"]
        return nouns[:1] or ["projects"]


class AlwaysJson(BaseContentNegotiation):
    """Answers in JSON whatever is asked for: there is nothing else to choose."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        """Return the parser for the body's content type; None where there is none."""
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the first renderer."""
        first = next(iter(renderers))
        return first, str(first.media_type)


class Json(JSONParser):
    """JSON of a bounded size, without what no database column can hold."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return the body; raises ParseError and TooLarge."""
        meta = (parser_context or {})["request"].META
        if int(meta.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            data = super().parse(stream, media_type, parser_context)
            check_metadata(data)
        except RecursionError as error:
            raise exceptions.ParseError(_("This is nested too deeply.")) from error
        except CellError as error:
            raise exceptions.ParseError(_("The body holds a character or number that cannot be stored.")) from error
        return data


def asker(request: Request) -> User:
    """Return who is logged in; raises NotAuthenticated for nobody."""
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user


class InProject(BasePermission):
    """The gate to a project, which is `projects.access`: a foreign project is a 404, a missing role a 403."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Set the view's `access`; whether the person has a role that the method asks for."""
        view.access = access_to(asker(request), view.kwargs["project"])
        roles = view.readers if request.method in SAFE else view.writers
        return bool(view.access.can(*roles))


class RatesHere(BasePermission):
    """The gate to one's own work: a study in which somebody is no rater is a 404."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Set the view's `part`."""
        view.part = part_in(asker(request), view.kwargs["study"])
        return True


class ApiView(GenericAPIView[Any]):
    """For somebody who is logged in, by token or session."""

    schema = Schema()
    authentication_classes: Sequence[type[BaseAuthentication]] = [TokenAuth, SessionAuthentication]
    permission_classes: Any = [IsAuthenticated]
    parser_classes: Any = [Json]
    content_negotiation_class = AlwaysJson
    # Nothing answers OPTIONS: the schema describes what there is.
    metadata_class = None

    @property
    def user(self) -> User:
        """Who asks."""
        return asker(self.request)

    def given(self, shape: type[serializers.Serializer[Any]], **options: Any) -> dict[str, Any]:
        """Return the valid body; raises ValidationError."""
        found = shape(data=self.request.data, **options)
        found.is_valid(raise_exception=True)
        return cast(dict[str, Any], found.validated_data)

    def once(self, make: Callable[[], M], rows: QuerySet[M], scope: str, key: str) -> tuple[M, int]:
        """Return what is made, or was made with this key before, with the status that says which."""
        made, new = creations.once(make, rows=rows, scope=scope, user=self.user, client_key=key)
        return made, status.HTTP_201_CREATED if new else status.HTTP_200_OK

    def made(self, rows: QuerySet[M], scope: str, key: str) -> M | None:
        """Return what was made with this key before, if anything was."""
        return creations.found(rows=rows, scope=scope, user=self.user, client_key=key)

    def paged(self, rows: Any, shape: type[serializers.Serializer[Any]], **options: Any) -> Response:
        """Return one page of `rows`."""
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(shape(page, many=True, **options).data)


class ProjectView(ApiView):
    """Something under a project. `readers` may look, `writers` may change."""

    permission_classes: Any = [IsAuthenticated, InProject]
    readers: ClassVar[tuple[Role, ...]] = READERS
    writers: ClassVar[tuple[Role, ...]] = MANAGERS
    access: Access

    def dataset(self) -> Dataset:
        """Return the data set in the address; Http404 for one of another project."""
        row = self.access.project.datasets.filter(slug=self.kwargs["dataset"]).first()
        if row is None:
            raise Http404
        row.project = self.access.project
        return row

    def study(self) -> Study:
        """Return the study in the address; Http404 for one of another project."""
        rows = self.access.project.studies.select_related("version", "guideline", "dataset", "source")
        row = rows.filter(slug=self.kwargs["study"]).first()
        if row is None:
            raise Http404
        row.project = self.access.project
        return row


class RaterView(ApiView):
    """Something of a rater's own, under the study's handle."""

    permission_classes: Any = [IsAuthenticated, RatesHere]
    part: StudyRole
