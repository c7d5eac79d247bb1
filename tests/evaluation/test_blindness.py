"""Is it blind? Twins of a study are rated over HTTP and compared; then leaks are planted, and every one is caught."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from blind_world import BlindWorld
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import override

from evaluation.blindness import original, scratch, transcript
from evaluation.blindness.properties import Verdict
from evaluation.kinds import blind_page
from evaluation.kinds.blind import BlindKind
from evaluation.models import BlindCheck, Placement
from projects import kinds
from projects.models import Study, Unit

pytestmark = [pytest.mark.django_db, pytest.mark.long]
Data = dict[str, Any]
# Each kind, and both designs of order; what a setting adds to the page is in one of them.
STUDIES: dict[str, tuple[str, int, dict[str, Any]]] = {
    "ranking": ("ranking", 3, {"order_design": "latin", "ties": "on", "reason": "optional"}),
    "keyed": ("ranking", 3, {"order_design": "keyed"}),
    "comparison": ("comparison", 2, {"rubric": "preset:preferences:en"}),
    "rating": ("rating", 3, {"rubric": "preset:four_criteria:en", "together": "on", "justify": "optional"}),
}
# What was taken of a study is plain data: made once for all tests of a process, whatever each of them plants.
TAKEN: dict[str, Data] = {}


class Undo(Exception):  # noqa: N818  nothing went wrong
    """Takes back what a block wrote."""


def taken(name: str) -> Data:
    """Return what is taken of a study of two items and two raters."""
    if name not in TAKEN:
        kind, systems, settings = STUDIES[name]
        with suppress(Undo), transaction.atomic():
            TAKEN[name] = original.take(BlindWorld(systems=systems, items=2).opened(kind, **settings))
            raise Undo
    return TAKEN[name]


def twin(data: Data, number: int) -> Data:
    """Replay one twin in the test's own database and take everything back."""
    found: Data = {}
    with suppress(Undo), transaction.atomic():
        found = scratch.here(data, number)
        raise Undo
    return found


def verdicts(name: str) -> dict[str, Verdict]:
    """Replay both twins of a study."""
    return verdicts_of(taken(name))


def verdicts_of(data: Data) -> dict[str, Verdict]:
    """Replay both twins of what was taken of a study."""
    return {one.key: one for one in scratch.combined(twin(data, 0), twin(data, 1))}


def failed(found: dict[str, Verdict]) -> set[str]:
    """Return the properties that did not hold."""
    return {key for key, one in found.items() if not one.held}


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_of_every_kind_and_design_is_blind(name: str) -> None:
    found = verdicts(name)
    assert {key: one.words for key, one in found.items() if not one.held} == {}
    assert list(found) == ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B9", "B10"]


# --- planted leaks ----------------------------------------------------------------------------------

Plant = Callable[[pytest.MonkeyPatch], None]


def name_in_an_attribute(patch: pytest.MonkeyPatch) -> None:
    """The system's name stands in the place where a response's letter belongs."""
    from dataclasses import replace

    true = blind_page._card

    def card(row: Placement, form: Any, language: str, said: Any, *, explained: bool) -> Any:
        found = true(row, form, language, said, explained=explained)
        return replace(found, letter=f'{found.letter}" data-model="{row.member.system.real_name}')

    patch.setattr(blind_page, "_card", card)


def key_in_an_address(patch: pytest.MonkeyPatch) -> None:
    """Each unit's page links to the unit by its row's key."""
    from projects.views import rate

    true = rate.fragment

    def fragment(request: Any, kind: Any, assignment: Any, form: Any = None, *, again: bool = False) -> dict[str, str]:
        found = true(request, kind, assignment, form, again=again)
        return found | {
            "reading": format_html('{}<img alt="" src="/unit/{}/view">', found["reading"], assignment.unit_id)
        }

    patch.setattr(rate, "fragment", fragment)


def order_by_key(patch: pytest.MonkeyPatch) -> None:
    """Responses come in the order of their rows."""
    from evaluation.models import UnitResponse
    from evaluation.services import placing

    def arrange(_design: str, *, codes: list[str], unit: str, **_more: Any) -> list[str]:
        rows = UnitResponse.objects.filter(unit__response_set__key=unit, unit__study__slug="study").order_by("pk")
        return list(rows.values_list("system__code", flat=True))

    patch.setattr(placing, "arrange", arrange)


def gold_in_the_data(patch: pytest.MonkeyPatch) -> None:
    """The API says which units are checks."""
    true = BlindKind.plain

    def plain(self: BlindKind, assignment: Any, form: Any) -> dict[str, Any]:
        gold = {"expected": True} if assignment.unit.role == Unit.Role.GOLD else {}
        return true(self, assignment, form) | gold

    patch.setattr(BlindKind, "plain", plain)


def tag_by_system(patch: pytest.MonkeyPatch) -> None:
    """A header is made of the names of the systems."""
    from projects.views import rate

    true = rate.page

    def page(request: Any, kind: Any, assignment: Any, **more: Any) -> Any:
        reply = true(request, kind, assignment, **more)
        first = Placement.objects.filter(assignment=assignment).select_related("member__system")[0]
        reply["ETag"] = f'"{hashlib.md5(first.member.system.real_name.encode(), usedforsecurity=False).hexdigest()}"'
        return reply

    patch.setattr(rate, "page", page)


def a_default(patch: pytest.MonkeyPatch) -> None:
    """Places are filled in from the start."""
    true = BlindKind._initial

    def initial(self: BlindKind, assignment: Any, shown: Any) -> dict[str, Any]:
        return {f"rank-{one.token}": str(one.slot) for one in shown} | true(self, assignment, shown)

    patch.setattr(BlindKind, "_initial", initial)


@pytest.mark.parametrize(
    ("plant", "caught"),
    [
        (name_in_an_attribute, {"B1", "B2"}),
        (key_in_an_address, {"B1", "B3"}),
        (order_by_key, {"B1", "B4"}),
        (gold_in_the_data, {"B9"}),
        (tag_by_system, {"B2"}),
        (a_default, {"B6"}),
    ],
)
def test_a_planted_leak_is_caught(plant: Plant, caught: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    data = taken("keyed")
    plant(monkeypatch)
    first = twin(data, 0)
    if "B1" in caught:
        found = scratch.combined(first, twin(data, 1))
    else:
        # What one twin alone gives away needs no second one to be seen.
        found = [Verdict(**one) for one in first["verdicts"]]
    assert caught <= failed({one.key: one for one in found})


def test_a_text_that_could_be_a_handle_or_a_date_does_not_hide_a_leak() -> None:
    from evaluation.blindness import transcript

    told = "The name is cnryname0abc on 2026-01-02."
    assert transcript.heard(told, ["cnryname0abc"]) == ["cnryname0abc (plain)", "cnryname0abc (url-encoded)"]
    hidden = hashlib.sha256(b"cnryname0abc").hexdigest().upper()
    assert transcript.heard(hidden, ["cnryname0abc"]) == ["cnryname0abc (sha-256)"]
    assert transcript.normalised("a T9 b", ["T9"]) == "a T1 b"


# --- the command ------------------------------------------------------------------------------------


@pytest.fixture
def study() -> Study:
    """A small ranking."""
    return BlindWorld(items=2).opened()


def test_the_command_replays_in_a_scratch_database_and_says_each_verdict(study: Study, capsys: Any) -> None:
    call_command("check_blinding", f"{study.project.slug}/{study.slug}")
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"harbour/{study.slug}"
    assert [line.split()[0] for line in said[1:]] == ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B9", "B10"]
    assert BlindCheck.objects.get(study=study).passed is True
    # The real study was not touched.
    assert Placement.objects.filter(assignment__study=study).count() == 0


def test_the_command_ends_with_1_where_a_property_fails(study: Study, monkeypatch: Any, capsys: Any) -> None:
    broken = Verdict("B2", "Canaries", held=False, words="a name was heard")
    monkeypatch.setattr(scratch, "decide", lambda data, tell=None: [broken])
    with pytest.raises(SystemExit) as ended:
        call_command("check_blinding", "--all")
    assert ended.value.code == 1
    assert "NOT HELD" in capsys.readouterr().out
    assert BlindCheck.objects.get(study=study).passed is False


def test_the_command_wants_a_blind_study_that_has_opened() -> None:
    with pytest.raises(CommandError, match="Name a blind study"):
        call_command("check_blinding", "harbour/nothing")


def test_a_clone_holds_no_name_of_the_real_study() -> None:
    world = BlindWorld()
    study = world.opened()
    data = str(original.take(study))
    assert [version.system.name for version in world.systems if version.system.name in data] == []
    assert kinds.of(study).key == "ranking"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_time_of_day_makes_twins_differ(language: str) -> None:
    moments = [datetime(2026, 11, 21, hour, minute) for hour in range(24) for minute in (0, 5, 59)]
    moments += [datetime(2026, month, day, 12, 0) for month in range(1, 13) for day in (1, 30) if month != 2]
    with override(language):
        for name in ("DATETIME_FORMAT", "SHORT_DATETIME_FORMAT", "DATE_FORMAT", "TIME_FORMAT"):
            found = {transcript.normalised(f"<p>saved {date_format(one, name)}</p>", []) for one in moments}
            assert len(found) == 1, (name, found)
