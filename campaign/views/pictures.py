"""Pictures for the guidelines of a project: uploaded by its managers, shown to whoever takes part in it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from campaign.models import Picture
from campaign.services import pictures as service
from projects.access import MANAGER, ProjectRequest, UserRequest, project_view
from projects.forms.base import ServiceForm
from projects.models import Project, User
from projects.views.http import PAGE, form_status, posted

A_PAGE = 24


class PictureForm(ServiceForm):
    """A picture with the words that stand for it."""

    name = forms.CharField(
        label=gettext_lazy("What it shows"),
        max_length=120,
        help_text=gettext_lazy("Read aloud in place of the picture."),
    )
    file = forms.FileField(label=gettext_lazy("Picture"), help_text=gettext_lazy("PNG, JPEG or WebP, up to 4 MB."))

    def save(self, *, project: Project, actor: User) -> Picture | None:
        """Keep the picture without what its camera wrote into it."""
        data = self.cleaned_data
        content = data["file"].read(service.MOST_BYTES + 1)
        return self.attempt(lambda: service.add(project, name=data["name"], content=content, actor=actor))


@require_http_methods(PAGE)
@project_view(MANAGER)
def project_pictures(request: ProjectRequest) -> HttpResponse:
    """List the project's pictures with the line that shows each, and take a new one."""
    project = request.access.project
    form = PictureForm(posted(request), request.FILES if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and form.save(project=project, actor=request.user):
        messages.success(request, _("The picture is kept. Copy its line into a guideline."))
        return redirect("project_pictures", project.slug)
    rows = Picture.objects.filter(project=project).defer("content").order_by("-pk")
    pages = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    for row in pages:
        address = reverse("picture", args=[row.token])
        row.line = f"![{row.name}]({address})"  # type: ignore[attr-defined]  # for the template
    context = {"project": project, "form": form, "page_obj": pages}
    return render(request, "campaign/pictures.html", context, status=form_status(request))


@require_safe
@login_required
def picture(request: UserRequest, picture: str) -> HttpResponse:
    """Show a picture to a member of its project; for anybody else there is none."""
    rows = Picture.objects.filter(token=picture)
    if not request.user.is_superuser:
        rows = rows.filter(project__memberships__user=request.user)
    row = rows.first()
    if row is None:
        raise Http404
    reply = HttpResponse(bytes(row.content), content_type=row.media_type)
    reply["Content-Disposition"] = "inline"
    return reply
