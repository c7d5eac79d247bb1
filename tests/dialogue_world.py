"""A dialogue annotation with two raters and a manager, and short ways to bring answers about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.test import Client

from annotation import presets
from annotation.dialogue_forms import DialogueSettings
from projects import kinds, loop
from projects.models import (
    Assignment,
    Case,
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
    Turn,
    User,
    new_token,
)
from projects.services import studies
from projects.services.handling import own

PASSWORD = "a long walk by the sea"
WORDS = (
    "I have not slept well since the exam was moved.",
    "How was last night?",
    "I lay awake until four. It felt like falling.",
    "It sounds as if the nights are the hardest part.",
    "Yes. In the daytime I manage somehow.",
    "What helps you to manage in the daytime?",
)


class World:
    """One project with an open annotation of two raters a session."""

    def __init__(
        self, slug: str = "lakeside", *, preset: str = "emotional-support", raters: int = 2, **chosen: Any
    ) -> None:
        """Set everything up; `chosen` are settings of the study that differ from what its form proposes."""
        self.project = Project.objects.create(slug=slug, name=slug.capitalize())
        self.manager = self.user("manager", Role.MANAGER)
        self.raters = [self.rater(f"R{n}") for n in range(1, raters + 1)]
        self.dataset = Dataset.objects.create(project=self.project, slug="sessions", name="Sessions")
        self.batch = ImportBatch.objects.create(dataset=self.dataset, published=True)
        form = DialogueSettings(None, initial={})
        proposed = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        schema = presets.schema(preset, "en").to_json()
        self.study = studies.set_up(
            project=self.project, kind="dialogue", name="Counselling", guideline="Read twice.", actor=self.manager,
            dataset=self.dataset, raters=self.raters,
            settings=proposed | {"order": "imported", "schema": schema} | chosen,
        )  # fmt: skip

    def user(self, name: str, *roles: str) -> User:
        """Create an account with roles in the project."""
        user = User.objects.create_user(f"{name.lower()}@{self.project.slug}.example.org", PASSWORD)
        Membership.objects.bulk_create(Membership(project=self.project, user=user, role=role) for role in roles)
        return user

    def rater(self, code: str) -> Rater:
        """Create a rater with an account."""
        return Rater.objects.create(project=self.project, user=self.user(code, Role.RATER), code=code)

    def session(
        self, turns: int | Sequence[str] = 4, *, case: str = "", order: int = 1, language: str = "en", text: str = ""
    ) -> Item:
        """Create a session whose speakers alternate, the client first."""
        words = [WORDS[n % len(WORDS)] for n in range(turns)] if isinstance(turns, int) else list(turns)
        n = self.dataset.items.count()
        course = Case.objects.get_or_create(dataset=self.dataset, external_id=case)[0] if case else None
        item = Item.objects.create(
            dataset=self.dataset, batch=self.batch, external_id=f"session-{n}", position=n, kind=Item.Kind.DIALOGUE,
            case=course, case_order=order if course else None,
        )  # fmt: skip
        item.current = ItemRevision.objects.create(
            item=item, text=text or words[0], topic="Exams", language=language, content_hash=f"{n:064}",
            turn_count=len(words),
        )  # fmt: skip
        item.save()
        Turn.objects.bulk_create(
            Turn(
                revision=item.current, index=i, text=said, speaker="Mei" if i % 2 == 0 else "Dr Lin",
                role=Turn.Role.CLIENT if i % 2 == 0 else Turn.Role.THERAPIST,
            )
            for i, said in enumerate(words)
        )  # fmt: skip
        return item

    def propose(
        self,
        item: Item,
        index: int | None,
        field: str,
        *values: str,
        source: str = "model-1",
        score: float | None = 0.83,
    ) -> Suggestion:
        """Put a proposal beside a field."""
        turn = None if index is None else Turn.objects.get(revision=item.current, index=index)
        return Suggestion.objects.create(
            revision=item.current, turn=turn, field=field, values=list(values), source=source, score=score
        )

    def open(self) -> Study:
        """Make the units and open the study, as a worker does."""
        from role_world import work_off

        work_off(studies.open_study(self.study, actor=self.manager).pk)
        self.study = Study.objects.get(pk=self.study.pk)
        assert self.study.state == Study.State.OPEN
        return self.study

    def part(self, rater: Rater) -> StudyRole:
        """Load a rater's part the way a request does."""
        rows = StudyRole.objects.select_related("study__project", "study__version", "study__guideline", "rater")
        return rows.get(study=self.study, rater=rater)

    def hold(self, rater: Rater) -> Assignment:
        """Let a rater claim their next session."""
        return loop.hold(self.part(rater))[0]

    def hand_in(self, rater: Rater, row: Assignment, turns: dict[str, Any] | None = None, **sent: Any) -> Assignment:
        """Hand a session in, with answers by turn index that come along; returns the assignment as it is then."""
        from projects.api.forms import checked

        row = own(self.part(rater), row.token)
        values = {"client_key": new_token(), "turns": json.dumps(turns or {})} | sent
        loop.take(self.part(rater), row, checked(lambda data: kinds.of(self.study).form(row, data), values))
        return own(self.part(rater), row.token)

    def client(self, user: User | Rater) -> Client:
        """Return a browser of somebody who is logged in."""
        client = Client()
        account = user.user if isinstance(user, Rater) else user
        assert account is not None
        client.force_login(account, backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    def url(self, row: Assignment, path: str = "") -> str:
        """Return an address under a rater's session."""
        return f"/rate/{self.study.token}/{row.token}/{path}"


def given(*values: str) -> dict[str, Any]:
    """Return the answer to one field as JSON says it."""
    return {"state": "value", "values": list(values)}


def strategy(*values: str, **more: Any) -> dict[str, Any]:
    """Return a therapist's turn of the preset for emotional support, answered."""
    return {"fields": {"strategy": given(*values or ("question",))}, **more}
