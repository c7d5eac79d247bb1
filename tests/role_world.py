"""Two projects with the same things in each, and somebody in every role, for the tests of who may do what.

`mark` stands in every text that a person can type or import, so that a test can look for it on every page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import role_appendix
import role_benchmarks
import role_blind
import role_dialogue
import role_runs
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from annotation.models import Dispute, Meeting
from annotation.services import disputes
from campaign.models import Appendix, Picture, Question, TrainingItem
from campaign.services import watching
from evaluation.models import BenchmarkReport, JuryReport, Pair, ResponseImport, Run
from projects import kinds, loop
from projects.models import (
    Assignment,
    Dataset,
    Exclusion,
    Flag,
    ImportBatch,
    Invitation,
    Item,
    Project,
    Rater,
    Report,
    Role,
    Study,
    StudyRole,
    Unit,
    User,
    new_token,
)
from projects.services import datasets, exclusions, flags, import_records, invitations, jobs, leases, reports, studies
from projects.services.people import add_roles
from projects.services.projects import create_project
from publishing.models import StudyReportEdition

PASSWORD = "a long walk by the sea"
# Ends an attribute, then tries what a page must never let through: a script, and a handler on an element.
MARK = """'"><script>alert(1)</script><i onclick="alert(2)">"""
ITEMS = 8


@dataclass
class Side:
    """One project with everything in it."""

    project: Project
    dataset: Dataset
    batch: ImportBatch
    study: Study
    draft: Study
    raters: list[Rater]
    part: StudyRole
    item: Item
    unit: Unit
    held: Assignment
    disputed: Assignment
    dispute: Dispute
    flag: Flag
    meeting: Meeting
    report: Report
    exclusion: Exclusion
    invitation: Invitation
    link: str
    member: User
    talk: Assignment
    run: Run
    judging: Run
    ranked: Study
    pairing: Pair
    answers: ResponseImport
    benchmark: BenchmarkReport
    paper: StudyReportEdition
    jury: JuryReport
    appendix: Appendix


@dataclass
class World:
    """Everybody, and the two projects: `here` is theirs, `there` is the stranger's."""

    people: dict[str, User]
    here: Side
    there: Side
    clients: dict[str, Client] = field(default_factory=dict)
    files: dict[Path, bytes] = field(default_factory=dict)

    def client(self, who: str) -> Client:
        """Return the browser of somebody who is logged in; "anonymous" is not."""
        if who not in self.clients:
            # A fault of the server is an answer like others here: a 500.
            self.clients[who] = Client(raise_request_exception=False)
            if who != "anonymous":
                self.clients[who].force_login(self.people[who], backend=settings.AUTHENTICATION_BACKENDS[0])
        return self.clients[who]


def again(world: World) -> World:
    """Return a world as one test may have it that others have as well: objects, files, browsers, caches of its own."""
    cache.clear()
    for path, content in world.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return deepcopy(replace(world, clients={}))


def person(name: str, mark: str = "") -> User:
    """Create an account."""
    user = User.objects.create_user(f"{name}@example.org", PASSWORD)
    User.objects.filter(pk=user.pk).update(name=f"{name.capitalize()}{mark}")
    user.refresh_from_db()
    return user


def work_off(job: int | None) -> None:
    """Do a worker's job at once."""
    jobs.run(job or 0)


def build(mark: str = "", *, computed: bool = True) -> World:
    """Make the world; with `computed` its reports have their numbers, which costs most of the time."""
    cache.clear()
    names = ("manager", "adjudicator", "analyst", "rater", "second", "idle", "stranger", "helper", "keeper", "nobody")
    people = {name: person(name, mark) for name in names}
    admin = people["admin"] = User.objects.create_superuser("admin@example.org", PASSWORD)
    roles = {"manager": Role.MANAGER, "adjudicator": Role.ADJUDICATOR, "analyst": Role.ANALYST}
    roles |= dict.fromkeys(("rater", "second", "idle"), Role.RATER)
    here = new_project(admin, "harbour", mark, [(people[name], [role]) for name, role in roles.items()])
    # Who has every role elsewhere rates there, and so cannot be the adjudicator of the same study.
    there = new_project(
        admin,
        "elsewhere",
        mark,
        [(people["stranger"], list(Role)), (people["helper"], [Role.RATER]), (people["keeper"], [Role.ADJUDICATOR])],
    )
    sides = [
        furnish(here, people["manager"], [people["rater"], people["second"]], people["adjudicator"], mark, computed),
        furnish(there, people["stranger"], [people["stranger"], people["helper"]], people["keeper"], mark, computed),
    ]
    files = {path: path.read_bytes() for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}
    return World(people, *sides, files=files)


def new_project(admin: User, slug: str, mark: str, members: Iterable[tuple[User, list[Role]]]) -> Project:
    """Create a project whose maker is no member."""
    words = f"{slug.capitalize()} {mark}"
    project = create_project(actor=admin, name=words, slug=slug, description=words, help_text=words)
    for user, roles in members:
        add_roles(project=project, user=user, roles=roles, actor=admin)
    project.memberships.filter(user=admin).delete()
    project.raters.filter(user=admin).delete()
    return project


def records(mark: str) -> Iterator[dict[str, Any]]:
    """Yield items of two kinds, with pre-labels."""
    for n in range(ITEMS):
        record = {"external_id": f"item-{n} {mark}", "text": f"Text {n} {mark}", "topic": f"Sleep {mark}"}
        record |= {"prelabel_source": f"model {mark}", "prelabel_score": 0.5, "metadata": {"note": mark or "x"}}
        if n % 2:
            options = [{"key": key, "text": f"Option {key} {mark}"} for key in "ABC"]
            yield record | {"kind": "single_choice", "options": options, "prelabel": "C"}
        else:
            yield record | {"kind": "true_false", "prelabel": "negative", "answer": "positive"}


def furnish(project: Project, manager: User, raters: list[User], adjudicator: User, mark: str, computed: bool) -> Side:
    """Fill a project: data, an open study half done, a draft, a dispute, a meeting, a report, an invitation."""
    name = f"Messages of {project.slug} {mark}"
    dataset = datasets.create(project=project, name=name, actor=manager, description=mark)
    batch = import_records.add(dataset=dataset, records=list(records(mark)), actor=manager).batch
    assert batch is not None
    coded = [project.raters.get(user=user) for user in raters]
    study, draft = (make_study(name, dataset, manager, coded, adjudicator, mark) for name in ("Round", "Draft"))
    work_off(studies.open_study(study, actor=manager).pk)
    study.refresh_from_db()
    disputed, held = work_on(study, coded, mark)
    link = invitations.invite(
        project=project, actor=manager, roles=[Role.RATER], email=f"new-{project.slug}@example.org"
    )
    Picture.objects.create(project=project, name=mark, media_type="image/png", width=1, height=1, content=b"x")
    Question.objects.create(study=study, part=study.roles.get(rater=coded[0]), unit=held.unit, text=f"Why {mark}")
    TrainingItem.objects.create(study=study, item=dataset.items.last(), stage="practice", explanation=mark)
    if computed:
        work_off(watching.ask(study, actor=manager).pk)
    return Side(
        project=project,
        dataset=dataset,
        batch=batch,
        study=study,
        draft=draft,
        raters=coded,
        part=study.roles.get(rater=coded[0]),
        item=dataset.items.order_by("position")[0],
        unit=disputed.unit,
        held=held,
        disputed=disputed,
        dispute=argue(study, coded[0], mark),
        flag=flagged(project, disputed, raters[0], mark),
        meeting=disputes.start_meeting(study, by=adjudicator, raters=coded, guests=f"Guest {mark}"),
        report=report(study, manager, computed),
        exclusion=exclusions.leave_out(study, coded[1], reason=f"Too quick {mark}", actor=manager),
        invitation=link[0],
        link=link[1],
        member=raters[1],
        talk=role_dialogue.furnish(manager, coded, adjudicator, mark),
        run=(run := role_runs.furnish(dataset, manager, mark)),
        judging=(judging := role_runs.judge(run, manager, mark)),
        ranked=role_blind.furnish(dataset, manager, coded[1], mark),
        pairing=role_blind.pairing(dataset, manager, mark),
        answers=role_benchmarks.furnish(dataset, manager, mark),
        benchmark=(bench := role_benchmarks.benchmark(run, manager, mark)),
        paper=role_benchmarks.paper(bench, judging, manager, mark),
        jury=role_benchmarks.jury(judging, manager, mark),
        appendix=role_appendix.furnish(study, manager),
    )


def make_study(name: str, dataset: Dataset, manager: User, raters: list[Rater], adjudicator: User, mark: str) -> Study:
    """Create a draft of a label review in the order of the data set."""
    project = dataset.project
    return studies.set_up(
        project=project,
        kind="label_review",
        name=f"{name} of {project.slug} {mark}",
        settings={**settings_of(project), "order": "imported"},
        actor=manager,
        dataset=dataset,
        guideline=f"# Hold to this\n\n{mark}",
        raters=raters,
        adjudicators=[adjudicator],
    )


def work_on(study: Study, raters: list[Rater], mark: str) -> tuple[Assignment, Assignment]:
    """Answer one unit differently and one alike, hold one, skip one; returns what is disputed and what is held."""
    disputed = [answer(study, rater, n, f"Because {mark}") for n, rater in enumerate(raters)]
    for rater in raters:
        answer(study, rater, 0, f"Clear {mark}")
    held = hold(study, raters[0])
    leases.skip(hold(study, raters[1]), reason=f"unclear: {mark}")
    return disputed[0], held


def argue(study: Study, rater: Rater, mark: str) -> Dispute:
    """Say something in the study's dispute, and put it on the agenda."""
    dispute = Dispute.objects.get(unit__study=study)
    assert rater.user is not None
    disputes.post(dispute, author=rater.user, text=f"I say {mark}", client_key="k", rater=rater)
    disputes.set_agenda(Dispute.objects.filter(pk=dispute.pk), on=True)
    return dispute


def flagged(project: Project, assignment: Assignment, by: User, mark: str) -> Flag:
    """Let a rater flag what they have answered."""
    return flags.raise_flag(
        project=project, by=by, concern="privacy", note=f"A name {mark}", client_key="k",
        study=assignment.study, unit=assignment.unit, rater=assignment.rater,
    )  # fmt: skip


def report(study: Study, manager: User, computed: bool) -> Report:
    """Ask for a report, and compute it where that is wanted."""
    asked = reports.ask(study, actor=manager)
    if computed:
        work_off(asked.job_id)
    return Report.objects.get(pk=asked.pk)


def settings_of(project: Project) -> dict[str, Any]:
    """Return the settings of a label review as its form proposes them."""
    form = kinds.registry()["label_review"].settings_form(project, None, {})
    return {name: form.get_initial_for_field(one, name) for name, one in form.fields.items()}


def part_of(study: Study, rater: Rater) -> StudyRole:
    """Load a rater's part as a request does."""
    rows = StudyRole.objects.select_related("study__project", "study__version", "study__guideline", "rater")
    return rows.get(study=study, rater=rater)


def hold(study: Study, rater: Rater) -> Assignment:
    """Let a rater claim their next unit."""
    return loop.hold(part_of(study, rater))[0]


def answer(study: Study, rater: Rater, choice: int, comment: str) -> Assignment:
    """Let a rater answer their next unit with one of its options."""
    from annotation.services import labels
    from projects.api.forms import checked

    part, row = part_of(study, rater), hold(study, rater)
    values = {"values": labels.options(row.unit)[choice].key, "client_key": new_token(), "comment": comment}
    loop.take(part, row, checked(lambda sent: kinds.of(study).form(row, sent), values))
    row.refresh_from_db()
    return row
