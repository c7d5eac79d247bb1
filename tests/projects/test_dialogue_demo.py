"""The demonstration's sessions: complete, in both languages, and fit for the services."""

from __future__ import annotations

from collections import Counter

import pytest

from annotation.presets import psy_insight
from projects.demo.dialogues import sessions
from projects.models import Case, Item, Suggestion
from projects.services import dialogue_records

FIELDS = {field["key"]: field for field in psy_insight.FIELDS}


def test_there_are_eight_sessions_in_two_languages_and_two_cases():
    found = sessions()
    assert Counter(one.language for one in found) == {"en": 4, "zh": 4}
    assert Counter(one.case for one in found if one.case) == {"en-grief": 3, "zh-work": 3}
    assert all(12 <= len(one.turns) <= 30 for one in found)
    assert len({turn.text for one in found for turn in one.turns}) == sum(len(one.turns) for one in found)


def test_proposals_fit_the_fields_of_the_preset():
    for one in sessions():
        told = [("session", "", one.proposals), *(("turn", turn.role, turn.proposals) for turn in one.turns)]
        for level, role, proposals in told:
            for proposal in proposals:
                field = FIELDS[proposal.field]
                assert (field.get("level", "turn"), role in field.get("roles", [role])) == (level, True)
                allowed = {label["key"] for label in field.get("labels", [])}
                assert not allowed or set(proposal.values) <= allowed, (one.external_id, proposal)
                assert proposal.score is not None
                assert 0 < proposal.score < 1
        assert {turn.proposals[0].source for turn in one.turns} == {"model-a"}
        assert {proposal.source for turn in one.turns for proposal in turn.proposals} == {"model-a", "model-b"}


@pytest.mark.django_db
def test_sessions_are_added_once(stage):
    first = dialogue_records.add(dataset=stage.dataset, sessions=sessions(), actor=stage.manager)
    again = dialogue_records.add(dataset=stage.dataset, sessions=sessions(), actor=stage.manager)
    assert (first.added, first.problems, again.added, again.unchanged) == (8, [], 0, 8)
    case = Case.objects.get(external_id="zh-work")
    assert [one.external_id for one in case.sessions.order_by("case_order")] == ["zh-work-1", "zh-work-2", "zh-work-3"]
    item = Item.objects.get(external_id="en-exam-1")
    said = Suggestion.objects.filter(revision=item.current, turn__index=5, field="strategy").order_by("source")
    assert [(one.source, one.values, one.score) for one in said] == [
        ("model-a", ["reflection", "question"], 0.81),
        ("model-b", ["clarification"], 0.6),
    ]
