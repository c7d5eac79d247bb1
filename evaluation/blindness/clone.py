"""A study's plain data (`original`) as rows again, under made-up names that can be looked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from evaluation.models import (
    BlindStudy,
    LexiconHit,
    Response,
    ResponseImport,
    ResponseRevision,
    ResponseSet,
    Rubric,
    RubricVersion,
    StudySystem,
    System,
    SystemVersion,
    UnitResponse,
)
from evaluation.services import conversations
from projects.models import (
    Dataset,
    Guideline,
    ImportBatch,
    Item,
    ItemRevision,
    Membership,
    Project,
    Rater,
    Role,
    Study,
    StudyRole,
    StudyVersion,
    Turn,
    Unit,
    User,
)

Data = dict[str, Any]


@dataclass
class Clone:
    """A rebuilt study with the people who work on it and the canaries that must never be heard."""

    study: Study
    raters: list[Rater]
    manager: User
    canaries: list[str] = field(default_factory=list)
    texts: dict[int, list[str]] = field(default_factory=dict)
    gold: int = 0


class Builder:
    """Makes a clone. Twins differ in everything that raters must not learn: names, keys, order of creation."""

    def __init__(self, data: Data, *, twin: int) -> None:
        """Begin with what was taken of a study; `twin` is 0 or 1."""
        self.data, self.twin = data, twin
        self.canaries: list[str] = []

    def canary(self, what: str) -> str:
        """Return a word for a field that no rater may ever see, in whatever form."""
        digest = hashlib.sha256(f"{what}/{self.twin}".encode()).hexdigest()[:10]
        word = f"cnry{what.lower()[:8]}{digest}"
        if word not in self.canaries:
            self.canaries.append(word)
        return word

    def build(self) -> Clone:
        """Write the rows."""
        project = self._project()
        manager = self._person(f"{self.canary('manager')}@example.org", project, Role.MANAGER)
        study = self._study(project, manager)
        raters = [self._rater(study, at, row) for at, row in enumerate(self.data["raters"])]
        systems = self._systems(study)
        clone = Clone(study, raters, manager)
        if study.dataset is None:
            raise ValueError("A clone has a data set.")
        batch = ImportBatch.objects.create(dataset=study.dataset, published=True, filename=self.canary("file"))
        source = ResponseImport.objects.create(
            project=project, dataset=study.dataset, published=True, filename=self.canary("answers"), created_by=manager
        )
        units = list(enumerate(self.data["units"]))
        for at, row in reversed(units) if self.twin else units:
            unit = self._unit(study, batch, at, row, gold=at == 1)
            clone.texts[unit.pk] = self._members(unit, row, systems, source, batch)
            clone.gold = unit.pk if at == 1 else clone.gold
        self._finish(study, clone)
        clone.canaries = self.canaries
        return clone

    def _project(self) -> Project:
        about = self.data["project"]
        if self.twin:
            # Other studies around it, so that no key is the same as in the other twin.
            for n in range(3):
                Dataset.objects.create(
                    project=Project.objects.create(slug=f"other-{n}", name=f"Other {n}"), slug=f"o{n}", name="Other"
                )
        return Project.objects.create(
            slug="clone", name=about["name"], content_notice=about["notice"], help_text=about["help"]
        )

    def _person(self, email: str, project: Project, role: Role) -> User:
        user = User.objects.create_user(email, None)
        Membership.objects.create(project=project, user=user, role=role)
        return user

    def _study(self, project: Project, manager: User) -> Study:
        dataset = Dataset.objects.create(project=project, slug=self.canary("dataset"), name=self.canary("items"))
        study = Study.objects.create(
            project=project, dataset=dataset, kind=self.data["kind"], slug="study",
            name=self.data["name"], seed=self.data["seed"],
        )  # fmt: skip
        study.version = StudyVersion.objects.create(study=study, settings=self.data["settings"], created_by=manager)
        study.guideline = Guideline.objects.create(study=study, text=self.data["guideline"], created_by=manager)
        study.save()
        rubric = None
        if self.data["rubric"]:
            criteria, risk = self.data["rubric"]
            row = Rubric.objects.create(project=project, slug="criteria", name=self.canary("rubric"))
            rubric = RubricVersion.objects.create(rubric=row, criteria=criteria, risk_flag=risk, hash="0" * 64)
        BlindStudy.objects.create(study=study, key=self.data["key"], rubric=rubric)
        return study

    def _rater(self, study: Study, at: int, row: Data) -> Rater:
        user = self._person(f"rater-{at}@example.org", study.project, Role.RATER)
        User.objects.filter(pk=user.pk).update(language=row["language"])
        rater = Rater.objects.create(project=study.project, user=user, code=row["code"], group=row["group"])
        StudyRole.objects.create(study=study, user=user, part=StudyRole.Part.RATER, rater=rater)
        return rater

    def _systems(self, study: Study) -> list[StudySystem]:
        """Make the systems, in one order or the other."""
        found: dict[int, StudySystem] = {}
        rows = list(enumerate(self.data["systems"]))
        dialogues = any(member["dialogue"] for unit in self.data["units"] for member in unit["members"])
        for at, row in reversed(rows) if self.twin else rows:
            about = {"study": study, "code": row["code"], "blocks": row["blocks"]}
            if dialogues:
                source = Dataset.objects.create(
                    project=study.project, slug=self.canary(f"source{at}"), name=self.canary(f"named{at}")
                )
                found[at] = StudySystem.objects.create(dataset=source, **about)
            else:
                found[at] = StudySystem.objects.create(system_version=self._version(study.project, at), **about)
        return [found[at] for at in range(len(rows))]

    def _version(self, project: Project, at: int) -> SystemVersion:
        system = System.objects.create(
            project=project, slug=self.canary(f"slug{at}"), name=self.canary(f"name{at}"),
            group=self.canary(f"group{at}"), notes=self.canary(f"notes{at}"),
        )  # fmt: skip
        system.version = SystemVersion.objects.create(
            system=system, model_id=self.canary(f"model{at}"), parameters={"note": self.canary(f"params{at}")}
        )
        system.save()
        return system.version

    def _unit(self, study: Study, batch: ImportBatch, at: int, row: Data, *, gold: bool) -> Unit:
        """Make a unit in its place; the second is turned into a check of attention, whatever it was."""
        whole = any(member["dialogue"] for member in row["members"])
        about = self._unread(row["item"], at) if whole else row["item"]
        revision = self._item(study.dataset, batch, at, about, about["id"])
        unit = Unit.objects.create(
            study=study, item=revision.item, revision=revision, role=Unit.Role.GOLD if gold else row["role"],
            repeat=row["repeat"], variant=row["variant"], stratum=row["stratum"], language=row["item"]["language"],
            wanted=len(self.data["raters"]), sort_key=at,
        )  # fmt: skip
        expected = {"system": self.canary("expected"), "is": "best"} if gold else None
        ResponseSet.objects.create(unit=unit, key=row["key"], block=row["block"], expected=expected)
        return unit

    def _unread(self, row: Data, at: int) -> Data:
        """Return the item that a pair of whole dialogues is named after, in words that no rater may ever see."""
        turns = [turn | {"text": self.canary(f"turn{n}/{at}")} for n, turn in enumerate(row["turns"])]
        return row | {"text": self.canary(f"item/{at}"), "turns": turns}

    def _item(self, dataset: Dataset | None, batch: ImportBatch, at: int, row: Data, external: str) -> ItemRevision:
        if dataset is None:
            raise ValueError("An item of a clone stands in a data set.")
        item = Item.objects.filter(dataset=dataset, external_id=external).first()
        if item is None:
            item = Item.objects.create(
                dataset=dataset, batch=batch, external_id=external, position=at, kind=row["kind"],
            )  # fmt: skip
            item.current = ItemRevision.objects.create(
                item=item, text=row["text"], language=row["language"], topic=row["topic"], subtopic=row["subtopic"],
                content_hash=f"{at:064}", metadata={"note": self.canary(f"meta{at}")},
            )  # fmt: skip
            item.save()
            for n, turn in enumerate(row["turns"]):
                Turn.objects.create(revision=item.current, index=n, **turn | {"speaker": self._speaker(turn)})
        if item.current is None:
            raise ValueError("An item of a clone always says something.")
        return item.current

    def _speaker(self, turn: Data) -> str:
        """Return what a data set calls a speaker: the same person under the same word, which raters never see."""
        return self.canary(f"speaker-{turn['speaker']}")

    def _members(
        self, unit: Unit, row: Data, systems: Sequence[StudySystem], source: ResponseImport, batch: ImportBatch
    ) -> list[str]:
        """Make what a unit shows; returns its texts as raters get them."""
        texts: list[str] = []
        members = list(row["members"])
        for member in reversed(members) if self.twin else members:
            system = systems[member["system"]]
            if member["dialogue"]:
                dialogue = member["dialogue"]
                revision = self._item(system.dataset, batch, unit.sort_key, dialogue, dialogue["id"])
                UnitResponse.objects.create(unit=unit, system=system, revision=revision)
                texts += self._dialogue(unit.study, revision, dialogue["taken_out"])
                continue
            response = self._response(system, unit, member, source)
            UnitResponse.objects.create(unit=unit, system=system, response=response)
            texts.append(response.shown_text)
        return texts

    def _dialogue(self, study: Study, revision: ItemRevision, taken_out: Sequence[Sequence[int]]) -> list[str]:
        """Take the same words out of a whole dialogue; returns its texts as raters get them."""
        for start, end in taken_out:
            LexiconHit.objects.get_or_create(
                study=study, revision=revision, start=start,
                defaults={
                    "end": end, "words": self.canary("words"), "decision": LexiconHit.Decision.REDACTED,
                    "decided_at": timezone.now(),
                },
            )  # fmt: skip
        said = conversations.shown(study.pk, [revision])[revision.pk]
        return [line.text for line in said.lines] or [said.text]

    def _response(self, system: StudySystem, unit: Unit, member: Data, source: ResponseImport) -> Response:
        """Make a response; repeats share it."""
        response, made = Response.objects.get_or_create(
            system_version=system.system_version, revision=unit.revision, round=1,
            defaults={"text": member["text"], "explanation": member["explanation"], "source_import": source},
        )  # fmt: skip
        if made and member["wording"]:
            text, explanation = member["wording"]
            response.current = ResponseRevision.objects.create(
                response=response, text=text, explanation=explanation, reason=self.canary("reason")
            )
            response.save()
        return response

    def _finish(self, study: Study, clone: Clone) -> None:
        units = Unit.objects.filter(study=study)
        Study.objects.filter(pk=study.pk).update(
            state=Study.State.OPEN,
            opened_at="2026-01-05T08:00Z",
            unit_count=units.count(),
            place_count=units.count() * len(clone.raters),
            languages=sorted(units.exclude(language="").values_list("language", flat=True).distinct()),
        )
        study.refresh_from_db()
