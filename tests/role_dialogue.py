"""A dialogue annotation for the world of the role matrix: two sessions of one case, the second in a rater's hands."""

from __future__ import annotations

from django.utils.text import slugify

from annotation import presets
from annotation.dialogue_forms import DialogueSettings
from projects import loop
from projects.models import (
    Assignment,
    Case,
    Dataset,
    ImportBatch,
    Item,
    ItemRevision,
    Rater,
    Study,
    StudyRole,
    Suggestion,
    Turn,
    User,
)
from projects.services import leases, studies

SPEAKERS = (("client", "Mei"), ("therapist", "Dr Lin"))


def converse(dataset: Dataset, batch: ImportBatch, mark: str) -> None:
    """Write two sessions of one case, with a proposal in each."""
    case = Case.objects.create(dataset=dataset, external_id=f"case {mark}", title=mark)
    for n in (1, 2):
        item = Item.objects.create(
            dataset=dataset, batch=batch, external_id=f"session {n} {mark}", position=n, kind=Item.Kind.DIALOGUE,
            case=case, case_order=n,
        )  # fmt: skip
        item.current = ItemRevision.objects.create(
            item=item, text=f"Session {mark}", topic=f"Sleep {mark}", content_hash=f"d{n:063}", turn_count=2
        )
        item.save()
        for index, (role, name) in enumerate(SPEAKERS):
            turn = Turn.objects.create(
                revision=item.current, index=index, role=role, speaker=f"{name} {mark}", text=f"Words {index} {mark}"
            )
        Suggestion.objects.create(
            revision=item.current, turn=turn, field="strategy", values=["Question"], source=f"model {mark}", score=0.5
        )


def annotate(dataset: Dataset, manager: User, raters: list[Rater], adjudicator: User, mark: str) -> Study:
    """Create a draft of a dialogue annotation in which raters may do everything."""
    form = DialogueSettings(None, initial={})
    settings = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    schema = presets.schema("emotional-support", "en").to_json()
    return studies.set_up(
        project=dataset.project, kind="dialogue", name=f"Sessions of {dataset.project.slug} {mark}", dataset=dataset,
        settings=settings | {"order": "imported", "bulk_accept": True, "schema": schema}, actor=manager,
        raters=raters, adjudicators=[adjudicator],
    )  # fmt: skip


def furnish(manager: User, raters: list[Rater], adjudicator: User, mark: str) -> Assignment:
    """Fill a project with dialogues under annotation; returns the second session in the first rater's hands."""
    from role_world import work_off

    project = raters[0].project
    dataset = Dataset.objects.create(project=project, slug=slugify(f"talks-{project.slug}"), name=f"Talks {mark}")
    batch = ImportBatch.objects.create(dataset=dataset, published=True)
    converse(dataset, batch, mark)
    study = annotate(dataset, manager, raters, adjudicator, mark)
    work_off(studies.open_study(study, actor=manager).pk)
    part = StudyRole.objects.select_related("study__project", "study__version", "rater").get(
        study=study, rater=raters[0]
    )
    leases.skip(loop.hold(part)[0], reason="later")
    return loop.hold(part)[0]
