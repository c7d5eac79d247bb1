"""The sections of a study report: their keys, what they are called, and what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

LONGEST_CAPTION = 500


@dataclass(frozen=True)
class SectionWords:
    """What people read of a section before it is computed."""

    title: str
    about: str


SECTIONS: Mapping[str, SectionWords] = {
    "sources": SectionWords(_("What was put together"), _("Each study, run of judges and benchmark, with its counts.")),
    "systems": SectionWords(
        _("Systems by criterion"),
        _("Judges' means side by side, bullets for p < 0.05 against the base, the best of each group in bold, people's "
          "mean rank last."),
    ),
    "bars": SectionWords(_("Means by criterion and judge"), _("The same means as bars, a chart for each criterion.")),
    "significance": SectionWords(
        _("Fine-tuned against base"),
        _("Every test behind the bullets, with effect sizes and Holm's correction; better and worse counted apart."),
    ),
    "ranks": SectionWords(
        _("Ranks by people"), _("Mean ranks of each block with the critical difference, and Friedman's test.")
    ),
    "ratings": SectionWords(
        _("Ratings by people"), _("Mean ratings by criterion, as given and with each rater's scale evened out.")
    ),
    "comparisons": SectionWords(_("A/B: win, tie and lose"), _("Win, tie and lose on each criterion and over all.")),
    "human_judge": SectionWords(
        _("Judges beside people"),
        _("Correlation and difference by criterion: over responses, within questions, by system."),
    ),
    "judge_effects": SectionWords(
        _("What else moves a judge"), _("Own responses, length, place in a list, order in a pair.")
    ),
    "agreement": SectionWords(
        _("Agreement of raters"), _("Coefficients of each study, and how far each two raters agree.")
    ),
    "histograms": SectionWords(
        _("How often each score was given"), _("A chart for each judge and criterion, and for people's ratings.")
    ),
    "topics": SectionWords(
        _("Benchmark: systems by topic"), _("Scores by topic, the overall score with its evenness in brackets.")
    ),
    "kinds": SectionWords(_("Benchmark: systems by kind of question"), _("Scores by kind of question.")),
    "topic_kinds": SectionWords(
        _("Benchmark: topic by kind"), _("For each system its scores by topic and kind of question.")
    ),
    "before_after": SectionWords(
        _("Benchmark: before and after"), _("Scores before and after fine-tuning, the difference in brackets.")
    ),
}  # fmt: skip
USUAL: Sequence[str] = tuple(SECTIONS)
