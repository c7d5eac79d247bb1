"""A/B: win, tie and lose on each criterion, of people and of judges who saw both orders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stats.pairs import Votes
from stats.paper.frame import Frame, Json, nothing
from stats.paper.material import COUNTED, Judgement, Study, Verdict
from stats.preference import side_bias, sign_test, win_rate, wins
from stats.rank_tests import holm
from stats.result import json_safe

Vote = tuple[str, str, str, str, str]


def compute(frame: Frame) -> Json:
    """People's votes of every comparison, and every judge's."""
    people = [one for study in frame.studies("comparison") if (one := _people(frame, study))]
    judges = [one for study in frame.studies("judging", way="pairs") for one in _judges(frame, study)]
    return {"people": people, "judges": judges} if people or judges else nothing()


def vote_rows(frame: Frame, rows: Iterable[Judgement]) -> dict[str, list[Vote]]:
    """Votes by criterion: (unit, rater, system shown first, system shown second, winner)."""
    found: dict[str, list[Vote]] = {}
    for row in rows:
        if row.what == "choice" and row.value is not None:
            pair = frame.system_of(row.response), frame.system_of(row.other)
            found.setdefault(row.criterion, []).append((row.unit, row.rater, *pair, winner(*pair, row.value)))
    return found


def winner(first: str, second: str, value: float) -> str:
    """Who won."""
    return first if value > 0 else second if value < 0 else "tie"


def criteria_of(frame: Frame, study: Study, found: Iterable[str]) -> list[str]:
    """The criteria with votes in the order of the rubric, others (the overall verdict) last."""
    seen = list(found)
    known = [one.key for one in frame.criteria(study.rubric) if one.key in seen]
    return known + [key for key in seen if key not in known]


def _people(frame: Frame, study: Study) -> Json:
    rows = vote_rows(frame, frame.counted(study))
    if not rows:
        return {}
    keys = criteria_of(frame, study, rows)
    votes = {key: Votes.from_rows(rows[key]) for key in keys}
    return {
        "study": study.key,
        "criteria": keys,
        "systems": frame.named(str(code) for one in votes.values() for code in one.systems),
        "figures": _figures(frame, votes),
        "by_group": _by_group(frame, study),
        "with_excluded": _with_excluded(frame, study),
    }


def _figures(frame: Frame, votes: dict[str, Votes]) -> Json:
    """Counts, sign tests (of two systems adjusted by Holm over the criteria), win rates and the side's own share."""
    found = {
        key: {
            "wins": wins(one),
            "sign_test": sign_test(one),
            "win_rate": win_rate(one, bootstrap=frame.plan.bootstrap, seed=frame.plan.seed),
            "side_bias": side_bias(one),
        }
        for key, one in votes.items()
    }
    adjusted = holm([figures["sign_test"].value for figures in found.values()])
    tested = zip(found.items(), adjusted, strict=True)
    return {key: {**json_safe(figures), "p_holm_criteria": p} for (key, figures), p in tested}


def _by_group(frame: Frame, study: Study) -> Json:
    """Win, tie and lose within each group of raters."""
    rows = frame.counted(study)
    groups = sorted({row.group for row in rows if row.group})
    return {group: _counts(frame, [row for row in rows if row.group == group]) for group in groups}


def _counts(frame: Frame, rows: Sequence[Judgement]) -> Json:
    return {key: wins(Votes.from_rows(own)).to_json() for key, own in vote_rows(frame, rows).items()}


def _with_excluded(frame: Frame, study: Study) -> Json:
    """The counts once more with the answers that a person left out; nothing where there are none."""
    first = [row for row in frame.judgements.get(study.key, []) if not row.repeat and row.role in COUNTED]
    return _counts(frame, first) if any(row.excluded for row in first) else {}


def _judges(frame: Frame, study: Study) -> list[Json]:
    rows = [row for row in frame.verdicts.get(study.key, []) if row.value is not None and row.other]
    return [
        {"study": study.key, "judge": judge, **_judge(frame, study, [row for row in rows if row.judge == judge])}
        for judge in frame.judges(rows)
    ]


def _judge(frame: Frame, study: Study, rows: Sequence[Verdict]) -> Json:
    """A call is a rater of its item: both orders and all rounds count, and items are what is resampled."""
    found: dict[str, list[Vote]] = {}
    for row in rows:
        pair = frame.system_of(row.response), frame.system_of(row.other)
        call = f"{row.task} {row.round}"
        found.setdefault(row.criterion, []).append((row.item, call, *pair, winner(*pair, row.value or 0.0)))
    keys = criteria_of(frame, study, found)
    counted = {key: wins(Votes.from_rows(found[key])).to_json() for key in keys}
    return {"criteria": keys, "wins": counted}
