"""A rater's own work: claimed, read, answered, skipped, through the same services as the work page.

Under random handles alone, and with nothing that the page would not show to this rater at this moment.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from projects import kinds, loop
from projects.api.base import ApiView, RaterView
from projects.api.errors import Conflict
from projects.api.forms import checked
from projects.api.pagination import OwnStudies, OwnWork
from projects.api.shapes_rating import (
    NewAnswer,
    NextShape,
    OutcomeShape,
    OwnAnswerShape,
    OwnStudyDetail,
    OwnStudyShape,
    Skip,
    UnitShape,
)
from projects.kinds import WorkForm
from projects.models import Assignment, StudyRole
from projects.querysets.people import rating
from projects.services import handling

SHARED = frozenset(WorkForm.base_fields)
LISTED = (Assignment.State.LEASED, Assignment.State.SUBMITTED)


class OwnStudiesView(ApiView):
    """The studies one rates in."""

    pagination_class = OwnStudies

    @extend_schema(responses=OwnStudyShape(many=True), operation_id="rating_list")
    def get(self, request: Request) -> Response:
        """List the studies in which one can work now, or again once they go on."""
        rows = rating(StudyRole.objects.filter(user=self.user)).select_related("study__project", "rater")
        return self.paged(rows, OwnStudyShape)


class OwnStudyView(RaterView):
    """One study in which one rates."""

    @extend_schema(responses=OwnStudyDetail)
    def get(self, request: Request, study: str) -> Response:
        """Tell how far one is, and what there is to read before."""
        return Response(OwnStudyDetail(self.part).data)


class BeginView(RaterView):
    """The content notice."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, study: str) -> Response:
        """Say that the rater has read the content notice."""
        loop.begin(self.part)
        return Response(status=status.HTTP_204_NO_CONTENT)


class WorkView(RaterView):
    """Something done with a unit of one's own."""

    def ready(self) -> None:
        """Raise Conflict where the rater gets no unit to see now."""
        stop = loop.standstill(self.part)
        if stop == loop.Standstill.NOTICE:
            raise Conflict(_("Read the content notice first, and say so."), "notice")
        if stop == loop.Standstill.DETOUR:
            raise Conflict(
                _("Open the study in a browser first: something there is to be read and answered."), "detour"
            )
        if stop is not None:
            raise Conflict(self.part.study.pause_message or _("There is no work in this study now."), "not_open")

    def assignment(self) -> Assignment:
        """Return the unit in the address; Http404 for any that is not this rater's."""
        return handling.own(self.part, self.kwargs["token"])

    def shown(self, assignment: Assignment) -> Any:
        """Return a unit on the wire."""
        kind = kinds.of(self.part.study)
        form = kind.form(assignment)
        found = {
            "token": assignment.token,
            "state": assignment.state,
            "based_on": form["based_on"].value() or 0,
            "content": kind.plain(assignment, form),
        }
        return UnitShape(found).data


class NextView(WorkView):
    """The next unit."""

    @extend_schema(request=None, responses=NextShape)
    def post(self, request: Request, study: str) -> Response:
        """Claim the next unit; while one is in hand, that one is given again."""
        self.ready()
        held = loop.hold(self.part)
        return Response({"unit": self.shown(held[0]) if held else None})


class OwnAnswersView(WorkView):
    """One's own units."""

    pagination_class = OwnWork

    @extend_schema(responses=OwnAnswerShape(many=True))
    def get(self, request: Request, study: str) -> Response:
        """List the units in hand and answered, latest first."""
        rows = Assignment.objects.filter(rater=self.part.coded, study=self.part.study, state__in=LISTED)
        page = self.paginate_queryset(rows.select_related("unit__revision__item__dataset")) or []
        words = kinds.of(self.part.study).own_answers(page)
        return self.get_paginated_response(OwnAnswerShape(page, many=True, context={"words": words}).data)


class UnitView(WorkView):
    """One unit of one's own."""

    @extend_schema(responses=UnitShape)
    def get(self, request: Request, study: str, token: str) -> Response:
        """Show a unit. Looking at an answered one may show the pre-label, as on the page; that is remembered."""
        assignment = self.assignment()
        self.ready()
        loop.look_again(assignment)
        return Response(self.shown(assignment))


class AnswerView(WorkView):
    """An answer."""

    @extend_schema(request=NewAnswer, responses={200: OutcomeShape, 201: OutcomeShape})
    def post(self, request: Request, study: str, token: str) -> Response:
        """Hand in an answer, or a change of mind over the answer `based_on`. Sent twice it counts once (200)."""
        assignment, data = self.assignment(), self.given(NewAnswer)
        outcome = loop.take(self.part, assignment, self.form(assignment, data))
        assignment.state = Assignment.State.SUBMITTED
        again = not outcome.replayed and kinds.of(self.part.study).second_look(assignment, outcome.submission)
        if again:
            loop.reveal(assignment)
        found = {
            "number": outcome.submission.number,
            "replayed": outcome.replayed,
            "again": self.shown(assignment) if again else None,
        }
        code = status.HTTP_200_OK if outcome.replayed else status.HTTP_201_CREATED
        return Response(OutcomeShape(found).data, status=code)

    def form(self, assignment: Assignment, data: dict[str, Any]) -> WorkForm:
        """Return the kind's valid form over the answer."""
        shared = {name: data[name] for name in data if name in SHARED}
        own = {name: value for name, value in data["answer"].items() if name not in SHARED}
        return checked(lambda sent: kinds.of(self.part.study).form(assignment, sent), own | shared)


class SkipView(WorkView):
    """A unit put to the back."""

    @extend_schema(request=Skip, responses={204: None})
    def post(self, request: Request, study: str, token: str) -> Response:
        """Put a unit to the back of the queue, with a reason, a note, or both."""
        assignment, data = self.assignment(), self.given(Skip)
        if not loop.skip(assignment, reason=data.get("reason", ""), note=data.get("note", "")):
            raise Conflict(_("Give the reason."), "reason_missing")
        return Response(status=status.HTTP_204_NO_CONTENT)
