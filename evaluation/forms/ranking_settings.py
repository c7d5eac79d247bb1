"""What a manager decides before a blind ranking opens."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from evaluation.forms.blind_settings import BlindSettings


class RankingSettings(BlindSettings):
    """A ranking's settings."""

    least, most, warn_above = 2, 12, 7
    by_group = forms.BooleanField(
        label=gettext_lazy("Rank in blocks: one for each group of systems"),
        required=False,
        help_text=gettext_lazy("Baselines, and systems without a group, stand in every block."),
    )
    overlap_one_block = forms.BooleanField(
        label=gettext_lazy("Every rater judges one block only, chosen by the seed"), required=False
    )
    ties = forms.BooleanField(label=gettext_lazy("Raters may tie responses"), required=False)
    primary_test = forms.ChoiceField(
        label=gettext_lazy("Primary test"),
        choices=[
            ("friedman", gettext_lazy("Friedman over items, then Nemenyi")),
            ("wilcoxon", gettext_lazy("Wilcoxon signed-rank between pairs of systems, Holm")),
        ],
        initial="friedman",
    )
    field_order = (
        "systems", "by_group", "sample_size", "stratified", "missing", "raters_per_item", "overlap_size",
        "overlap_anew", "overlap_one_block", "repeats", "order_design", "ties", "reason",
    )  # fmt: skip
