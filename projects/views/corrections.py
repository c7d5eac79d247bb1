"""Correcting an item."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from projects.access import MANAGER, ProjectRequest, project_view
from projects.forms.correction import CorrectionForm
from projects.models import Dataset, Item, ItemRevision
from projects.querysets.items import items_of
from projects.services import corrections
from projects.services.datasets import note_read
from projects.views.datasets import get_dataset
from projects.views.http import PAGE, form_status, posted


def correctable(dataset: Dataset, pk: int) -> tuple[Item, ItemRevision]:
    """Return an item of the data set and what it says; Http404 for any other, and for a dialogue."""
    item: Item = get_object_or_404(items_of(dataset).exclude(kind=Item.Kind.DIALOGUE), pk=pk)
    if item.current is None:
        raise Http404
    item.dataset = dataset
    return item, item.current


@require_http_methods(PAGE)
@project_view(MANAGER)
def item_correct(request: ProjectRequest, dataset: str, item: int) -> HttpResponse:
    """Let a manager correct what an item says, with a reason."""
    project, row = request.access.project, get_dataset(request.access, dataset)
    found, revision = correctable(row, item)
    note_read([found], request.user)
    form = CorrectionForm(posted(request), item=found, revision=revision)
    if request.method == "POST" and form.is_valid() and form.save(actor=request.user):
        messages.success(request, _("The item is corrected. What it said before is kept below."))
        return redirect("item", project.slug, row.slug, found.pk)
    context = {"project": project, "dataset": row, "item": found, "revision": revision, "form": form}
    context["studies"] = corrections.studies_of(found)
    return render(request, "projects/datasets/correct.html", context, status=form_status(request))
