"""Blind A/B comparison: two responses side by side, better on which criterion, and overall."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.forms.blind_answers import OVERALL, ComparisonForm, Handle
from evaluation.forms.comparison_settings import ComparisonSettings, pair_lines
from evaluation.kinds import pair_problems
from evaluation.kinds.rubric import RubricKind
from evaluation.models import Preference, StudySystem, SystemVersion
from evaluation.services import blinding, candidates, designs, judging, pairs
from evaluation.services.designs import Planned, Team
from projects.kinds import Panel, Preset, Problem, WatchedAnswer, WorkForm
from projects.models import Assignment, Project, Report, Role, Study, Submission, User
from reports.summary import Summary

PAIRS = Panel(
    "pairs", _("Pairs"), "study_pairs", count=pairs.waiting, roles=(Role.MANAGER,), in_draft=True, group="setup"
)


class Comparison(RubricKind):
    """Compare two responses without knowing who wrote them."""

    key: ClassVar[str] = "comparison"
    name = _("Blind A/B comparison")
    text = _("Raters see two responses side by side and say which is better, without knowing who wrote them.")
    template = "evaluation/kinds/comparison.html"
    scripts = ("js/judging.js",)
    style = "css/ranking.css"
    form_class = ComparisonForm
    presets = (
        Preset("pairs", _("Pairs"), _("Every two systems, or a list of pairs; verdicts on each criterion.")),
        Preset(
            "alike", _("Alike pairs of two data sets"),
            _("Whole dialogues of two data sets: same topic, nearest by text; you decide on each pair."),
            {"pairs": "matched"},
        ),
    )  # fmt: skip
    shortcuts = (
        ("1 2 3", _("A, tie or B on the criterion in focus; then the next one is in focus")),
        ("j k", _("Go to the next or the previous criterion")),
        ("c", _("Write a comment")),
        ("Ctrl Enter", _("Send and go on")),
    )

    def settings_form(self, project: Project, data: QueryDict | None, initial: Mapping[str, Any]) -> forms.Form:
        """Return the settings form."""
        return ComparisonSettings(data, project=project, initial=initial)

    def versions(self, study: Study) -> list[SystemVersion]:
        """Return the versions that are compared: those of the settings, or those that a file names."""
        return pairs.versions(study) if pairs.mode(study) in (pairs.FILE, pairs.MATCHED) else super().versions(study)

    def coded(self, study: Study) -> dict[int, StudySystem]:
        """Return the sources under their codes: systems, or the two data sets."""
        if pairs.whole_items(study):
            return blinding.draw_codes(study, pairs.datasets(study))
        return super().coded(study)

    def own_problems(self, study: Study) -> Iterator[Problem]:
        """Yield what is missing among the pairs, wherever they come from."""
        if pairs.mode(study) == pairs.ALL:
            yield from super().own_problems(study)
            return
        if pairs.mode(study) != pairs.LIST:
            yield from pair_problems.missing(study)
        wrong = [] if pairs.whole_items(study) else [line for line, pair in self._listed(study) if pair is None]
        if wrong:
            words = gettext("These pairs cannot be made; an item, a system or a response is missing: %(pairs)s.")
            yield Problem(words % {"pairs": "; ".join(wrong[:5])})

    def planned(self, study: Study, systems: Mapping[int, StudySystem]) -> Iterable[Planned]:
        """Yield a unit for each item and pair, or for each pair of a list or of two data sets."""
        if pairs.mode(study) == pairs.ALL:
            pool, versions = designs.pool_of(study)
            every = (("", [a.pk, b.pk]) for a, b in combinations(versions, 2))
            return designs.plan(study, pool, designs.teams_of(every, systems))
        return pairs.planned(study, systems) if pairs.whole_items(study) else self._from_list(study, systems)

    def _listed(self, study: Study) -> Iterator[tuple[str, tuple[candidates.Entry, list[int], int] | None]]:
        """Yield each pair of the list with its item, its two sources and its raters, or None where one is missing."""
        versions = self.versions(study)
        items = {entry.external_id: entry for entry in candidates.entries(study, versions)}
        for line, (item, sides, wanted) in self._lines(study, versions):
            entry = items.get(item)
            whole = entry is not None and len(set(sides)) == 2 and not entry.missing(sides) and wanted
            yield line, (entry, sides, wanted) if entry is not None and whole else None

    def _lines(
        self, study: Study, versions: Sequence[SystemVersion]
    ) -> Iterator[tuple[str, tuple[str, list[int], int]]]:
        """Yield the list's lines: in words, and as the item's id, two versions and the number of raters."""
        if pairs.mode(study) == pairs.FILE:
            names = {version.pk: version.system.slug for version in versions}
            for item, sides, wanted in pairs.listed(study):
                yield " ".join([item, *(names[side] for side in sides)]), (item, sides, wanted)
            return
        slugs = {version.system.slug: version.pk for version in versions}
        for parts in pair_lines(study.settings.get("pair_list", "")):
            sides = [slugs.get(name, 0) for name in parts[1:3]]
            yield " ".join(parts), (parts[0], sides, int(parts[3]) if parts[3].isdecimal() else 0)

    def _from_list(self, study: Study, systems: Mapping[int, StudySystem]) -> Iterator[Planned]:
        found = [pair for _line, pair in self._listed(study) if pair is not None]
        teams: dict[frozenset[int], Team] = {
            frozenset(team.sources): team
            for team in designs.teams_of({frozenset(pair[1]): ("", pair[1]) for pair in found}.values(), systems)
        }
        made: set[tuple[str, int]] = set()
        for entry, sides, wanted in found:
            team = teams[frozenset(sides)]
            if (entry.external_id, team.variant) not in made:
                made.add((entry.external_id, team.variant))
                members = {source: entry.responses[source] for source in sides}
                yield Planned(entry, members, "main", max(1, wanted), "", team.variant)

    def shows_item(self, study: Study) -> bool:
        """Not where whole items are paired: the unit names the left one, in its original words."""
        return not pairs.whole_items(study)

    def copied(self, study: Study, copy: Study, actor: User) -> None:
        """Copy the pairs that were decided on."""
        pairs.copy(study, copy, actor=actor)

    def panels(self) -> tuple[Panel, ...]:
        """Add the page on which pairs are proposed, uploaded and decided on."""
        return (*super().panels(), PAIRS)

    def watched(self, study: Study) -> Iterator[WatchedAnswer]:
        """Yield what is preferred in every independent answer."""
        from evaluation.results import watched

        return watched.comparisons(study)

    def given(self, submission: Submission, shown: Sequence[Handle]) -> dict[str, Any]:
        """Return earlier verdicts."""
        rows = Preference.objects.filter(submission=submission)
        return {f"prefer-{row.criterion}": row.choice for row in rows}

    def work_context(self, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
        """Add the criteria with the verdicts so far."""
        criteria = self.form_settings(assignment.study)["criteria"]
        rows = [{**one, "chosen": form[f"prefer-{one['key']}"].value() or ""} for one in criteria]
        return super().work_context(assignment, form) | {
            "criteria": rows,
            "overall": form[f"prefer-{OVERALL}"].value() or "",
        }

    def store(self, form: Any, submission: Submission) -> None:
        """Store a choice for each criterion."""
        judging.store_preferences(submission, form.choices)

    def in_words(self, ids: Sequence[int], letters: Mapping[tuple[int, int], str]) -> Mapping[int, str]:
        """Return the overall verdicts."""
        words = {"first": "A", "tie": gettext("tie"), "second": "B"}
        rows = Preference.objects.filter(
            submission__assignment__in=ids, submission__current=True, criterion=OVERALL
        ).values_list("submission__assignment_id", "choice")
        return {key: words[choice] for key, choice in rows}

    def summarise(self, report: Report, tell: Callable[[int, int], None]) -> Summary:
        """Compute the comparison's figures."""
        # Loads the statistics, which no web process should pay for.
        from evaluation.summary.comparisons import summarise

        return summarise(report, tell)
