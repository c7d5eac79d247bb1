"""A review with two raters, an adjudicator and a manager, and short ways to bring their answers about."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from django.test import Client

from annotation.kinds.label_review import LabelReview
from annotation.models import Dispute
from annotation.services import labels
from projects import kinds
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
    Suggestion,
    Unit,
    User,
)
from projects.services import leases, studies, work

LABELS = [{"key": "positive", "text": "Positive"}, {"key": "negative", "text": "Negative"}]
OPTIONS = [{"key": key, "text": f"Answer {key}"} for key in "ABCD"]


PASSWORD = "a long walk by the sea"


class World:
    """One project with an open review of two raters an item."""

    def __init__(self, slug: str = "harbour", *, content_notice: str = "", **settings: object) -> None:
        """Set everything up; `settings` are the study's."""
        self.slug = slug
        self.keys = count()
        self.project = Project.objects.create(slug=slug, name=slug.capitalize(), content_notice=content_notice)
        self.manager = self.user("manager", Role.MANAGER)
        self.adjudicator = self.user("adjudicator", Role.ADJUDICATOR)
        self.raters = [self.rater(code) for code in ("R1", "R2")]
        self.dataset = Dataset.objects.create(project=self.project, slug="items", name="Items", labels=LABELS)
        self.batch = ImportBatch.objects.create(dataset=self.dataset, published=True)
        form = kinds.registry()[LabelReview.key].settings_form(self.project, None, {})
        initial = {key: one.initial for key, one in form.fields.items()} | {"order": "imported"}
        self.study = studies.set_up(
            project=self.project, kind=LabelReview.key, name="Review",
            settings=initial | {"prelabel": "hidden"} | settings, guideline="Where does it lead?",
            actor=self.manager, dataset=self.dataset, raters=self.raters, adjudicators=[self.adjudicator],
        )  # fmt: skip
        Study.objects.filter(pk=self.study.pk).update(state=Study.State.OPEN)
        self.study.refresh_from_db()

    def user(self, name: str, *roles: str) -> User:
        """Create an account with roles in the project."""
        user = User.objects.create_user(f"{name.lower()}@{self.slug}.example.org", PASSWORD)
        Membership.objects.bulk_create(Membership(project=self.project, user=user, role=role) for role in roles)
        return user

    def rater(self, code: str) -> Rater:
        """Create a rater with an account."""
        return Rater.objects.create(project=self.project, user=self.user(code, Role.RATER), code=code)

    def unit(
        self, kind: str = Item.Kind.TRUE_FALSE, *, topic: str = "", language: str = "en", prelabel: str = ""
    ) -> Unit:
        """Create an item and its unit."""
        n = self.dataset.items.count()
        item = Item.objects.create(
            dataset=self.dataset, batch=self.batch, external_id=f"item-{n}", position=n, kind=kind
        )
        item.current = ItemRevision.objects.create(
            item=item, text=f"What was said, number {n}.", topic=topic, language=language, content_hash=f"{n:064}",
            options=[] if kind == Item.Kind.TRUE_FALSE else OPTIONS,
        )  # fmt: skip
        item.save()
        if prelabel:
            Suggestion.objects.create(revision=item.current, values=[prelabel], source="model-1", score=0.75)
        Study.objects.filter(pk=self.study.pk).update(unit_count=n + 1, place_count=2 * n + 2)
        return Unit.objects.create(
            study=self.study, item=item, revision=item.current, wanted=2, sort_key=n, stratum=topic, language=language
        )

    def part(self, rater: Rater) -> StudyRole:
        """Load a rater's part the way a request does."""
        rows = StudyRole.objects.select_related("study__project", "study__version", "study__guideline", "rater")
        return rows.get(study=self.study, rater=rater)

    def answer(
        self, rater: Rater, values: str | Sequence[str], *, unit: Unit | None = None, comment: str = "",
        unsure: bool = False,
    ) -> Assignment:  # fmt: skip
        """Let a rater answer the next unit, or change their answer to `unit`."""
        part = self.part(rater)
        if unit is None:
            row = leases.hold(part, count=1, shown=lambda unit_id: 0)[0]
            based_on = 0
        else:
            row = Assignment.objects.select_related("unit__item", "study").get(unit=unit, rater=rater)
            based_on = row.submissions.count()
        chosen = [values] if isinstance(values, str) else values
        work.submit(
            part,
            row,
            answer=work.Answer(f"key-{next(self.keys)}", based_on=based_on, comment=comment, unsure=unsure),
            write=lambda submission: labels.storing(submission, chosen),
            settle=kinds.of(self.study).settle,
        )
        return Assignment.objects.select_related("unit").get(pk=row.pk)

    def dispute(self, *values: str | Sequence[str], kind: str = Item.Kind.TRUE_FALSE, **details: str) -> Dispute:
        """Bring about a dispute: each rater in turn gives one of `values`."""
        unit = self.unit(kind, **details)
        for rater, value in zip(self.raters, values or ("positive", "negative"), strict=True):
            self.answer(rater, value)
        found = Dispute.objects.select_related("unit__item", "unit__revision__item__dataset").get(unit=unit)
        found.unit.study = self.study
        return found

    def assignment(self, dispute: Dispute, rater: Rater) -> Assignment:
        """Return a rater's assignment of a disputed unit."""
        return Assignment.objects.select_related("unit").get(unit_id=dispute.unit_id, rater=rater)

    def client(self, user: User | Rater) -> Client:
        """Return a browser of somebody who is logged in."""
        client = Client()
        account = user.user if isinstance(user, Rater) else user
        assert account is not None
        client.force_login(account)
        return client

    def url(self, path: str = "") -> str:
        """Return an address under the study."""
        return f"/p/{self.project.slug}/studies/{self.study.slug}/{path}"

    def talk_url(self, dispute: Dispute, rater: Rater) -> str:
        """Return the address under which a rater discusses."""
        return f"/rate/{self.study.token}/{self.assignment(dispute, rater).token}/dispute/"
