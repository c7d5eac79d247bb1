"""What a clone of a study begins with: its consent, its notice, and what its raters are trained on."""

from __future__ import annotations

from django.dispatch import receiver

from campaign.models import ConsentText, TrainingItem, TrainingPlan
from campaign.services import consent
from projects.models import Guideline, Item, Study, StudyRole, User
from projects.services import asking
from projects.services.studies import cloned


@receiver(cloned, dispatch_uid="campaign.cloning")
def follow(sender: type[Study], study: Study, copy: Study, actor: User, **_: object) -> None:
    """Copy what is in force; nothing of what raters agreed to, read or answered."""
    _consent(study, copy, actor)
    _texts(study, copy)
    _training(study, copy)
    asking.ask_all(copy)


def _consent(study: Study, copy: Study, actor: User) -> None:
    text = consent.in_force(study)
    if text:
        ConsentText.objects.create(
            study=copy, text=text.text, protocol=text.protocol, contact=text.contact, created_by=actor
        )


def _texts(study: Study, copy: Study) -> None:
    """Copy the notice of what texts touch on, and that the guideline is read before the work."""
    Study.objects.filter(pk=copy.pk).update(content=study.content)
    copy.content = study.content
    if copy.guideline and study.guidelines.filter(asks=True).exists():
        Guideline.objects.filter(pk=copy.guideline.pk).update(asks=True)
        copy.guideline.asks = True


def _training(study: Study, copy: Study) -> None:
    plan = TrainingPlan.objects.filter(study=study).first()
    if plan is None:
        return
    here = copy.roles.filter(part=StudyRole.Part.RATER, rater=plan.expert)
    plan.pk, plan.study = None, copy
    plan.expert = plan.expert if plan.expert and here.exists() else None
    plan.save(force_insert=True)
    # Items may be of any data set of the project; what was removed meanwhile stays behind.
    rows = study.training_items.filter(item__in=Item.objects.visible().kept())
    TrainingItem.objects.bulk_create(
        TrainingItem(
            study=copy,
            item_id=row.item_id,
            stage=row.stage,
            round=row.round,
            position=row.position,
            answer=row.answer,
            explanation=row.explanation,
        )
        for row in rows
    )
