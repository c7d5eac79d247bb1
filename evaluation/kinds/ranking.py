"""Blind ranking: several responses to one question, put in order from best to worst."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.forms.blind_answers import Handle, RankingForm
from evaluation.forms.ranking_settings import RankingSettings
from evaluation.kinds.blind import BlindKind
from evaluation.models import Rank, StudySystem, SystemVersion
from evaluation.services import candidates, designs, judging
from evaluation.services.designs import Planned
from projects.kinds import Preset, Problem, WatchedAnswer, WorkForm
from projects.models import Assignment, Project, Report, Study, Submission
from reports.summary import Summary

KAPPA_STUDY: Mapping[str, Any] = {"sample_size": 30, "raters_per_item": 4, "overlap_one_block": True}


class Ranking(BlindKind):
    """Rank responses without knowing who wrote them."""

    key: ClassVar[str] = "ranking"
    name = _("Blind ranking")
    text = _("Raters put the responses to a question in order, from best to worst, without knowing who wrote them.")
    template = "evaluation/kinds/ranking.html"
    scripts = ("vendor/sortablejs-1.15.7/Sortable.min.js", "js/ranking.js")
    style = "css/ranking.css"
    form_class = RankingForm
    shortcuts = (
        ("1 … 9", _("Put the response in focus at this place")),
        ("j k", _("Go to the next or the previous response")),
        ("Shift ↑ ↓", _("Move the response in focus up or down")),
        ("x", _("Take the response in focus off its place")),
        ("v", _("Compare: press it on two responses")),
        ("f", _("Fold or unfold the response in focus")),
        ("t", _("Tie the response in focus with the one above, where ties are allowed")),
        ("Ctrl Enter", _("Send and go on")),
    )
    presets = (
        Preset("ranking", _("Ranking"), _("Each question to one or more raters; some questions to all of them.")),
        Preset(
            "kappa",
            _("Agreement study"),
            _("A small sample that every rater ranks, to see how far raters agree."),
            KAPPA_STUDY,
        ),
    )

    def settings_form(self, project: Project, data: QueryDict | None, initial: Mapping[str, Any]) -> forms.Form:
        """Return the settings form."""
        return RankingSettings(data, project=project, initial=initial)

    def own_problems(self, study: Study) -> Iterator[Problem]:
        """Add a warning where a ranking is long."""
        yield from super().own_problems(study)
        longest = max((len(members) for members in self.teams(study).values()), default=0)
        if longest > RankingSettings.warn_above:
            words = gettext("Each ranking has %(n)s responses. More than %(limit)s are hard to keep in mind.")
            yield Problem(words % {"n": longest, "limit": RankingSettings.warn_above}, blocking=False)

    def teams(self, study: Study) -> dict[str, list[SystemVersion]]:
        """Return which systems are ranked together, by block."""
        return candidates.blocks_of(self.versions(study), by_group=bool(study.settings.get("by_group")))

    def planned(self, study: Study, systems: Mapping[int, StudySystem]) -> Iterable[Planned]:
        """Yield a unit for each drawn item and block."""
        pool, _versions = designs.pool_of(study)
        blocks = ((name, [version.pk for version in found]) for name, found in self.teams(study).items())
        return designs.plan(study, pool, designs.teams_of(blocks, systems))

    def blocks(self, study: Study, versions: Sequence[SystemVersion]) -> dict[int, list[str]]:
        """Return the names of the blocks each system stands in."""
        found: dict[int, list[str]] = {version.pk: [] for version in versions}
        for name, members in sorted(self.teams(study).items()):
            for version in members:
                found[version.pk] += [name] if name else []
        return found

    def watched(self, study: Study) -> Iterator[WatchedAnswer]:
        """Yield the orders of responses in every independent answer."""
        from evaluation.results import watched

        return watched.rankings(study)

    def given(self, submission: Submission, shown: Sequence[Handle]) -> dict[str, Any]:
        """Return an earlier ranking."""
        token = {one.member: one.token for one in shown}
        rows = list(Rank.objects.filter(submission=submission))
        found: dict[str, Any] = {f"rank-{token[row.member_id]}": str(row.rank) for row in rows}
        return found | {"ties": any(row.tied for row in rows)}

    def work_context(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Add the places to choose from."""
        found = super().work_context(assignment, form)
        cards = [replace(card, chosen=str(form[f"rank-{card.token}"].value() or "")) for card in found["cards"]]
        return found | {
            "cards": cards,
            "places": [str(n) for n in range(1, len(cards) + 1)],
            "ties": bool(assignment.study.settings.get("ties")),
            "tied": bool("ties" in form.fields and form["ties"].value()),
        }

    def store(self, form: Any, submission: Submission) -> None:
        """Store a rank for each response."""
        judging.store_ranks(submission, form.places)

    def in_words(self, ids: Sequence[int], letters: Mapping[tuple[int, int], str]) -> Mapping[int, str]:
        """Return rankings as letters, the best first."""
        rows = Rank.objects.filter(submission__assignment__in=ids, submission__current=True)
        found: dict[int, list[tuple[int, str]]] = {}
        for assignment, member, rank in rows.values_list("submission__assignment_id", "member_id", "rank"):
            found.setdefault(assignment, []).append((rank, letters[assignment, member]))
        return {key: " > ".join(name for _rank, name in sorted(row)) for key, row in found.items()}

    def summarise(self, report: Report, tell: Callable[[int, int], None]) -> Summary:
        """Compute the ranking's figures."""
        # Loads the statistics, which no web process should pay for.
        from evaluation.summary.rankings import summarise

        return summarise(report, tell)
