"""Projects: those one belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from projects.access import ADMIN_ROLES
from projects.api import keys
from projects.api.base import MEMBERS, ApiView, ProjectView
from projects.api.shapes_data import NewProject, ProjectChange, ProjectShape
from projects.models import Membership, Project, User
from projects.services import projects as service


def roles_in(user: User, projects: Iterable[Project]) -> dict[int, list[str]]:
    """Return the roles of `user` by project, as `access_to` gives them."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = Membership.objects.filter(user=user, project__in=[project.pk for project in projects])
    for project, role in rows.order_by("role").values_list("project_id", "role"):
        found[project].append(role)
    if user.is_superuser:
        return {project.pk: found[project.pk] or sorted(map(str, ADMIN_ROLES)) for project in projects}
    return found


class ProjectsView(ApiView):
    """The projects one belongs to."""

    @extend_schema(responses=ProjectShape(many=True), operation_id="projects_list")
    def get(self, request: Request) -> Response:
        """List one's projects."""
        rows = self.paginate_queryset(Project.objects.filter(pk__in=Project.objects.of(self.user).values("pk")))
        shape = ProjectShape(rows, many=True, context={"roles": roles_in(self.user, rows or [])})
        return self.get_paginated_response(shape.data)

    @extend_schema(parameters=[keys.PARAMETER], request=NewProject, responses={200: ProjectShape, 201: ProjectShape})
    def post(self, request: Request) -> Response:
        """Make a project and become its manager; for those who manage one already."""
        if not service.may_create(self.user):
            self.permission_denied(request)
        data = self.given(NewProject)
        key, rows = keys.taken(request, data), Project.objects.of(self.user)
        made, code = self.once(lambda: service.create_project(actor=self.user, **data), rows, "project", key)
        return Response(shown(made, self.user), status=code)


class ProjectDetail(ProjectView):
    """One project."""

    readers = MEMBERS

    @extend_schema(responses=ProjectShape)
    def get(self, request: Request, project: str) -> Response:
        """Describe a project."""
        return Response(shown(self.access.project, self.user))

    @extend_schema(request=ProjectChange, responses=ProjectShape)
    def patch(self, request: Request, project: str) -> Response:
        """Change what is given."""
        row = service.change_project(project=self.access.project, actor=self.user, **self.given(ProjectChange))
        return Response(shown(row, self.user))


def shown(project: Project, user: User) -> Any:
    """Return a project on the wire."""
    return ProjectShape(project, context={"roles": roles_in(user, [project])}).data
