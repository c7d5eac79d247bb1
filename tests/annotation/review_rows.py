"""A small label review written as rows, for tests that compute by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from annotation.forms import LabelReviewSettings
from annotation.models import Dispute, Label, Resolution
from projects.models import (
    Assignment,
    Dataset,
    ImportBatch,
    Item,
    ItemRevision,
    Membership,
    Project,
    Rater,
    Role,
    Study,
    StudyRole,
    Submission,
    Suggestion,
    Unit,
    User,
)
from projects.services import studies

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
LABELS = [{"key": "yes", "text": "Yes"}, {"key": "no", "text": "No"}]
ABCD = [{"key": key, "text": f"Answer {key}"} for key in "ABCD"]


class Rows:
    """A project with raters R1, R2, ..., its data set, and one closed study."""

    def __init__(self, raters: int = 2, *, slug: str = "harbour", state: str = "closed", **settings: Any) -> None:
        self.project = Project.objects.create(slug=slug, name="Harbour")
        self.manager = User.objects.create_user(f"manager@{slug}.example.org", None)
        Membership.objects.create(project=self.project, user=self.manager, role=Role.MANAGER)
        self.dataset = Dataset.objects.create(project=self.project, slug="items", name="Letters", labels=LABELS)
        self.batch = ImportBatch.objects.create(dataset=self.dataset, published=True)
        self.raters = [
            Rater.objects.create(project=self.project, code=f"R{n}", group="expert" if n % 2 else "student")
            for n in range(1, raters + 1)
        ]
        self.study = self.add_study("Study", state=state, raters_per_item=raters, **settings)

    def add_study(self, name: str, *, state: str = "closed", source: Study | None = None, **settings: Any) -> Study:
        """Create a study over the data set."""
        initial = {key: field.initial for key, field in LabelReviewSettings().fields.items()}
        study = studies.create(
            project=self.project,
            kind="label_review",
            name=name,
            settings=initial | {"prelabel": "hidden"} | settings,
            actor=self.manager,
            dataset=self.dataset,
            source=source,
            seed=7,
        )
        Study.objects.filter(pk=study.pk).update(state=state, opened_at=START, closed_at=START + timedelta(days=9))
        return Study.objects.select_related("project", "version", "guideline", "dataset", "source").get(pk=study.pk)

    def item(
        self,
        *,
        kind: str = "true_false",
        topic: str = "",
        language: str = "en",
        options: Sequence[Mapping[str, str]] = (),
        prelabel: Sequence[str] = (),
        text: str = "",
    ) -> Item:
        """Create an item behind those there are: item-1, item-2, ..."""
        n = self.dataset.items.count() + 1
        item = Item.objects.create(
            dataset=self.dataset, batch=self.batch, external_id=f"item-{n}", position=n, kind=kind
        )
        item.current = ItemRevision.objects.create(
            item=item, text=text or f"Text {n}", topic=topic, language=language, options=list(options),
            content_hash=f"{n:064}",
        )  # fmt: skip
        item.save()
        if prelabel:
            Suggestion.objects.create(revision=item.current, values=list(prelabel), source="model-1", score=0.75)
        return item

    def unit(self, item: Item | None = None, *, study: Study | None = None, wanted: int = 0, **values: Any) -> Unit:
        """Create a unit of an item (a new one by default) that wants all raters."""
        study, item = study or self.study, item or self.item(**values)
        wanted = wanted or len(self.raters)
        return Unit.objects.create(
            study=study, item=item, revision=item.current, wanted=wanted, sort_key=study.units.count()
        )

    def answer(
        self,
        unit: Unit,
        rater: int,
        *values: str,
        base: int = 0,
        surplus: bool = False,
        unsure: bool = False,
        comment: str = "",
        ms: int = 4000,
        day: int = 0,
    ) -> Assignment:
        """Let the rater with this number (from 1) answer, independently and in force."""
        at = START + timedelta(days=day)
        row = Assignment.objects.create(
            study=unit.study, unit=unit, rater=self.raters[rater - 1], state="submitted", surplus=surplus,
            base_exposure=base, exposure=base, submitted_at=at,
        )  # fmt: skip
        if not surplus:
            unit.taken += 1
            unit.done += 1
            unit.open = unit.taken < unit.wanted
            unit.save()
        self.submit(row, values, exposure=base, unsure=unsure, comment=comment, ms=ms, at=at)
        return row

    def submit(
        self,
        row: Assignment,
        values: Sequence[str],
        *,
        number: int = 1,
        independent: bool = True,
        exposure: int = 0,
        unsure: bool = False,
        comment: str = "",
        ms: int = 4000,
        at: datetime = START,
    ) -> Submission:
        """Store an answer of an assignment, in force."""
        given = Submission.objects.create(
            assignment=row, number=number, independent=independent, exposure=exposure, version=row.study.version,
            guideline=row.study.guideline, unsure=unsure, comment=comment, active_ms=ms,
            client_key=f"{row.pk}.{number}", created_at=at,
        )  # fmt: skip
        Label.objects.bulk_create(Label(submission=given, value=value) for value in values)
        return given

    def change(self, row: Assignment, *values: str) -> Submission:
        """Let a rater change their mind after having seen others' answers."""
        row.submissions.update(current=False)
        Assignment.objects.filter(pk=row.pk).update(exposure=2, submitted_at=START + timedelta(days=5))
        return self.submit(row, values, number=2, independent=False, exposure=2, at=START + timedelta(days=5))

    def all_answer(self, unit: Unit, *labels: str, **details: Any) -> Unit:
        """Let R1, R2, ... answer with these labels; each label is one letter or word, joined by + where several."""
        for rater, label in enumerate(labels, start=1):
            self.answer(unit, rater, *label.split("+"), **details)
        return unit

    def end(self, unit: Unit, how: str, *values: str, reason_code: str = "", at: datetime = START) -> Resolution:
        """Conclude a unit."""
        number = unit.resolutions.count() + 1
        unit.resolutions.update(current=False)
        return Resolution.objects.create(
            unit=unit, number=number, how=how, values=list(values), reason_code=reason_code, created_at=at,
            reason="Because." if how in ("adjudicated", "removed") else "",
        )  # fmt: skip

    def dispute(self, unit: Unit, *, hours: float | None = None) -> Dispute:
        """Open a dispute; settled after so many hours, or open still."""
        settled = None if hours is None else START + timedelta(hours=hours)
        state = "open" if hours is None else "settled"
        return Dispute.objects.create(unit=unit, cause="raters", state=state, opened_at=START, settled_at=settled)

    def part(self, rater: int, user: User) -> StudyRole:
        """Give an account the part of a rater."""
        return StudyRole.objects.create(study=self.study, user=user, part="rater", rater=self.raters[rater - 1])
