"""A blind ranking for the world of the role matrix: two systems, one rater, open."""

from __future__ import annotations

from evaluation.models import Pair, Response, ResponseImport, System, SystemVersion
from evaluation.services import rubrics
from projects import kinds
from projects.models import Dataset, ImportBatch, Item, ItemRevision, Rater, Study, User
from projects.services import studies

# Addresses of a blind study.
PAGES = {
    "study_design", "study_words", "study_blinding", "study_key_holder", "study_key_open", "study_check",
    "study_reasons",
    "study_stopping", "study_datasheet",
}  # fmt: skip
# Addresses of a comparison that is being set up.
PAIR_PAGES = {"study_pairs", "study_pairs_propose", "study_pairs_file", "study_pairs_take", "study_pair"}


def furnish(dataset: Dataset, manager: User, rater: Rater, mark: str) -> Study:
    """Open a ranking of two systems for a rater who can read nothing else."""
    from role_world import work_off

    source = ResponseImport.objects.create(project=dataset.project, dataset=dataset, published=True, filename=mark)
    versions = []
    for n in range(2):
        system = System.objects.create(project=dataset.project, slug=f"ranked-{n}", name=f"Ranked {n} {mark}")
        system.version = SystemVersion.objects.create(system=system)
        system.save()
        versions.append(system.version)
        for item in dataset.items.all():
            Response.objects.create(
                system_version=system.version, revision=item.current, text=f"Response {mark}", source_import=source
            )
    form = kinds.registry()["ranking"].settings_form(dataset.project, None, {})
    settings = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    settings |= {"systems": [str(one.pk) for one in versions], "primary_outcome": f"Mean rank {mark}"}
    study = studies.set_up(
        project=dataset.project, kind="ranking", name=f"Ranking of {dataset.project.slug} {mark}", dataset=dataset,
        settings=settings | {"raters_per_item": 1}, actor=manager, raters=[rater],
    )  # fmt: skip
    work_off(studies.open_study(study, actor=manager).pk)
    study.refresh_from_db()
    return study


def pairing(dataset: Dataset, manager: User, mark: str) -> Pair:
    """Set up a comparison of two data sets with one proposed pair."""
    other = Dataset.objects.create(project=dataset.project, slug="sources", name=f"Sources {mark}")
    batch = ImportBatch.objects.create(dataset=other, published=True, filename=mark)
    item = Item.objects.create(dataset=other, batch=batch, external_id=f"source {mark}", position=0, kind="question")
    item.current = ItemRevision.objects.create(item=item, text=f"Another text {mark}", content_hash="0" * 64)
    item.save()
    form = kinds.registry()["comparison"].settings_form(dataset.project, None, {})
    settings = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    settings |= {"pairs": "matched", "other_dataset": str(other.pk), "primary_outcome": mark}
    rubrics.save(
        dataset.project, None, name=f"Own criteria of {dataset.project.slug} {mark}", risk_flag=False, actor=manager,
        criteria=rubrics.presets("en")["preferences"]["criteria"],
    )  # fmt: skip
    study = studies.set_up(
        project=dataset.project, kind="comparison", name=f"Pairs of {dataset.project.slug} {mark}", dataset=dataset,
        settings=settings, actor=manager,
    )  # fmt: skip
    return Pair.objects.create(
        study=study, source="matched", position=0, left=dataset.items.order_by("position")[0], right=item,
        topic=f"Sleep {mark}", similarity=0.5,
    )  # fmt: skip
