"""A blind study made from nothing: people, items, systems with their responses, opened the way a worker does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.test import Client

from evaluation.models import Placement, Response, ResponseImport, System, SystemVersion
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
    Report,
    Role,
    Study,
    StudyRole,
    User,
)
from projects.services import jobs, reports, studies
from reports.summary import Summary

BACKEND = "projects.backends.AccountBackend"


class BlindWorld:
    """One project whose systems have answered every item of its data set."""

    def __init__(
        self,
        *,
        systems: int = 3,
        items: int = 4,
        raters: int = 2,
        slug: str = "harbour",
        texts: Mapping[tuple[int, int], str] | None = None,
        language: str = "en",
    ) -> None:
        """Set everything up; `texts` replaces responses by (item, system)."""
        self.project = Project.objects.create(slug=slug, name=slug.capitalize())
        self.manager = self.user("manager", Role.MANAGER)
        self.raters = [self.rater(f"R{n}") for n in range(1, raters + 1)]
        self.dataset = Dataset.objects.create(project=self.project, slug="questions", name="Questions")
        self.batch = ImportBatch.objects.create(dataset=self.dataset, published=True)
        self.source = ResponseImport.objects.create(project=self.project, dataset=self.dataset, published=True)
        self.items = [self.item(n, language=language) for n in range(items)]
        self.systems = [self.system(f"Model {n}") for n in range(systems)]
        for n, item in enumerate(self.items):
            for at, version in enumerate(self.systems):
                text = (texts or {}).get((n, at), f"Response of kind {at} to question {n}.")
                self.respond(version, item, text)

    def user(self, name: str, *roles: str) -> User:
        """Create an account with roles in the project."""
        user = User.objects.create_user(f"{name.lower()}@{self.project.slug}.example.org", "a long walk by the sea")
        Membership.objects.bulk_create(Membership(project=self.project, user=user, role=role) for role in roles)
        return user

    def rater(self, code: str, group: str = "") -> Rater:
        """Create a rater with an account."""
        return Rater.objects.create(project=self.project, user=self.user(code, Role.RATER), code=code, group=group)

    def item(self, n: int, *, topic: str = "", language: str = "en", kind: str = Item.Kind.QUESTION) -> Item:
        """Create a question."""
        item = Item.objects.create(dataset=self.dataset, batch=self.batch, external_id=f"q{n}", position=n, kind=kind)
        item.current = ItemRevision.objects.create(
            item=item, text=f"What should I do about question {n}?", topic=topic, language=language,
            content_hash=f"{n:064}",
        )  # fmt: skip
        item.save()
        return item

    def system(self, name: str, *, group: str = "", role: str = System.Role.OTHER) -> SystemVersion:
        """Create a system."""
        slug = name.lower().replace(" ", "-")
        system = System.objects.create(project=self.project, slug=slug, name=name, group=group, role=role)
        system.version = SystemVersion.objects.create(system=system)
        system.save()
        return system.version

    def respond(self, version: SystemVersion, item: Item, text: str, explanation: str = "") -> Response:
        """Let a system answer an item."""
        return Response.objects.create(
            system_version=version, revision=item.current, text=text, explanation=explanation, source_import=self.source
        )

    def draft(self, kind: str = "ranking", *, name: str = "Which is best?", **settings: Any) -> Study:
        """Create a draft with all raters."""
        form = kinds.registry()[kind].settings_form(self.project, None, {})
        values = {key: one.initial for key, one in form.fields.items()}
        values |= {"systems": [str(version.pk) for version in self.systems], "primary_outcome": "Mean rank"}
        data = QueryDict(mutable=True)
        for key, value in (values | settings).items():
            if isinstance(value, list):
                data.setlist(key, [str(one) for one in value])
            elif value not in (None, False, ""):
                data[key] = str(value)
        checked = kinds.registry()[kind].settings_form(self.project, data, {})
        assert checked.is_valid(), checked.errors
        return studies.set_up(
            project=self.project, kind=kind, name=name, settings=checked.cleaned_data, actor=self.manager,
            dataset=self.dataset, raters=self.raters, guideline="Which one would help?",
        )  # fmt: skip

    def opened(self, kind: str = "ranking", **settings: Any) -> Study:
        """Create a study and open it."""
        return self.open(self.draft(kind, **settings))

    def open(self, study: Study) -> Study:
        """Open a draft the way a worker does."""
        job = studies.open_study(study, actor=self.manager)
        jobs.run(job.pk)
        job.refresh_from_db()
        study = Study.objects.select_related("project", "version", "guideline", "dataset").get(pk=study.pk)
        assert study.state == "open", job.message
        return study

    def part(self, study: Study, rater: Rater) -> StudyRole:
        """Load a rater's part the way a request does."""
        rows = StudyRole.objects.select_related("study__project", "study__version", "study__guideline", "rater")
        return rows.get(study=study, rater=rater)

    def client(self, who: Rater | User) -> Client:
        """Return a browser of somebody who is logged in."""
        client = Client()
        user = who.user if isinstance(who, Rater) else who
        assert user is not None
        client.force_login(user, backend=BACKEND)
        return client

    def placements(self, assignment: Assignment) -> list[Placement]:
        """Return what a rater sees in a unit, in order."""
        rows = Placement.objects.filter(assignment=assignment).select_related("member__system", "member__response")
        return list(rows.order_by("slot"))


def ranking_answer(placements: Sequence[Placement], places: Sequence[int], key: str = "key-1") -> dict[str, str]:
    """Return a form that gives the responses these places, in the order in which they stand on the page."""
    ranks = {f"rank-{row.token}": str(place) for row, place in zip(placements, places, strict=True)}
    return {"client_key": key, "based_on": "0", "active_ms": "0", **ranks}


def report_of(study: Study) -> Summary:
    """Compute the report the way a worker does."""
    study.refresh_from_db()
    report = reports.ask(study, actor=None)
    assert report.job_id is not None
    jobs.run(report.job_id)
    row = Report.objects.get(pk=report.pk)
    assert row.summary, row.job and row.job.message
    return Summary.from_json(row.summary)
