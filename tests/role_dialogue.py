"""A dialogue annotation for the world of the role matrix: two sessions of one case, the second in a rater's hands."""

from __future__ import annotations

import json

from django.utils.text import slugify

from annotation import presets
from annotation.dialogue_forms import DialogueSettings
from annotation.services import comments
from projects import kinds, loop
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
from projects.services import studies

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
    for rater, label in zip(raters, ("question", "reflection"), strict=True):
        hand_in(study, rater, label, mark)
    return loop.hold(part_of(study, raters[0]))[0]


def part_of(study: Study, rater: Rater) -> StudyRole:
    """Load a rater's part as a request does."""
    return StudyRole.objects.select_related("study__project", "study__version", "rater").get(study=study, rater=rater)


def hand_in(study: Study, rater: Rater, label: str, mark: str) -> None:
    """Let a rater hand in their next session with one label, and say something about it."""
    from projects.api.forms import checked

    part, turns = part_of(study, rater), {"1": {"fields": {"strategy": {"state": "value", "values": [label]}}}}
    row = loop.hold(part)[0]
    values = {"client_key": "k", "turns": json.dumps(turns)}
    loop.take(part, row, checked(lambda data: kinds.of(study).form(row, data), values))
    assert rater.user is not None
    comments.say(row.unit, None, author=rater.user, rater=rater, text=f"I wonder {mark}", client_key="c")
