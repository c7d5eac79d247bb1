"""Making an appendix: asked for by a manager, made by a worker, kept."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaign.appendix import camera, pages, tex
from campaign.appendix.chapters import CHAPTERS, Material
from campaign.appendix.document import Document, Picture
from campaign.models import Appendix
from campaign.summary import flow
from projects.models import Job, Study, User
from projects.services import jobs
from projects.services.audit import record
from reports.behind import describe
from reports.svg import draw

KIND = "appendix"
# The drawing's own width, and how tall a page is at most drawn.
DRAWING, TALLEST = 920, 4000


def ask(study: Study, *, examples: Sequence[str], actor: User) -> Appendix:
    """Ask a worker for an appendix in the language in use; while one is to be made, that one is returned."""
    with transaction.atomic():
        job = jobs.enqueue(KIND, f"study:{study.pk}", project=study.project, actor=actor)
        values = {"study": study, "created_by": actor, "examples": list(examples), "language": get_language() or ""}
        row, made = Appendix.objects.get_or_create(job=job, defaults=values)
        if made:
            record("study.appendix_asked", actor=actor, project=study.project, target=study)
    return row


def last_job(study: Study) -> Job | None:
    """Return the newest work on an appendix of the study."""
    return Job.objects.filter(kind=KIND, subject=f"study:{study.pk}").order_by("-pk").first()


def run(job: Job, progress: jobs.Progress) -> str:
    """Make the appendix of a job, once however often the job is run."""
    row = Appendix.objects.select_related("study__project", "study__version", "study__guideline", "study__dataset").get(
        job=job
    )
    if row.made_at:
        return ""
    # Its library is the worker's alone.
    from campaign.appendix import word

    with translation.override(row.language or settings.LANGUAGE_CODE):
        document = compose(row, progress)
        files = {"docx": word.write(document), "latex": tex.write(document)}
    row.docx.save(f"{row.study.slug}-appendix.docx", ContentFile(files["docx"]), save=False)
    row.latex.save(f"{row.study.slug}-appendix.zip", ContentFile(files["latex"]), save=False)
    row.pictures, row.made_at = len(document.pictures), timezone.now()
    row.save()
    return ""


def compose(row: Appendix, progress: jobs.Progress) -> Document:
    """Return the document; a step of progress for each picture and each chapter."""
    study = row.study
    shown = pages.all_of(study, row.language)
    total, taken = len(shown) + 1 + len(CHAPTERS), []
    for step, page in enumerate(shown):
        progress.report(step, total)
        width, height = page.size
        share = 1.0 if width > height else 0.45
        if content := camera.picture(camera.whole(page.html), width=width, height=height):
            taken.append(Picture(f"page-{page.name}", content, page.caption, share))
    progress.report(len(shown), total)
    material = Material(study, taken, diagram(study), unseen(shown, taken), row.examples)
    blocks = []
    for step, chapter in enumerate(CHAPTERS, start=len(shown) + 1):
        progress.report(step, total)
        blocks += list(chapter(material))
    progress.report(total, total, force=True)
    return Document(_("%(study)s: how it was carried out") % {"study": study.name}, blocks)


def unseen(shown: Sequence[pages.Shown], taken: Sequence[Picture]) -> str:
    """Return why pages are missing, or nothing."""
    if not camera.browser():
        return _("There are no pictures of the pages: no Chromium was found where this was made.")
    if len(taken) < len(shown):
        return _("Some pages could not be drawn.")
    return "" if shown else _("There are no pictures of the pages: the study has no unit yet.")


def diagram(study: Study) -> Picture | None:
    """Return the flow as a picture; None without a browser to draw it."""
    plot = flow.plot(flow.count(study))
    drawing = draw(plot, "flow", describe(plot)).wide
    height = min(
        int(float(drawing.partition('viewBox="')[2].partition('"')[0].split()[3]) * DRAWING / 880) + 40, TALLEST
    )
    content = camera.picture(camera.drawing(drawing, str(plot.title)), width=DRAWING, height=height, scale=2)
    return Picture("flow", content, str(plot.title)) if content else None
