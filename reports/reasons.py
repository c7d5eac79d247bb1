"""Why a number is undefined or deserves caution: codes of the statistics, in words. The one table of them."""

from django.utils.translation import gettext_lazy as _

# Worded to follow a dash: "— every answer was the same".
REASONS = {
    "no_variation": _("every answer was the same"),
    "no_overlap": _("no item was answered by two raters"),
    "no_checks": _("no checks yet"),
    "no_items": _("no items yet"),
    "no_answers": _("no answers yet"),
    "no_pairs": _("no pairs to compare"),
    "no_ties": _("no ties"),
    "no_value": _("no value"),
    "too_few_items": _("too few items"),
    "too_few_raters": _("too few raters"),
    "too_few_systems": _("too few systems"),
    "too_few_values": _("too few values"),
    "too_few_clusters": _("too few questions or dialogues to resample"),
    "single_category": _("only one category was declared or used"),
    "single_rater": _("only one rater"),
    "incomplete_blocks": _("no item was ranked in full by every rater"),
    "zero_variance": _("the values have no spread"),
    "zero_denominator": _("the formula would divide by zero"),
    "all_ties": _("every comparison was a tie"),
    "no_decisions": _("no comparison was decided"),
    "not_numeric": _("the answers are not numbers"),
    "unstable": _("too few resamples gave a value"),
    "not_connected": _("some systems were never compared with the others"),
    "separated": _("one system won or lost every time, so its strength has no bound"),
    "not_converged": _("the estimate did not settle"),
    "not_applicable": _("does not apply to this kind of answer"),
    "not_installed": _("not installed"),
    "not_requested": _("not asked for"),
    "not_computed": _("not computed"),
    "no_own_texts": _("no response is of its own model"),
    "no_people": _("no people rated on these criteria"),
    "no_shared_responses": _("no response was judged by both groups"),
    "different_scales": _("the two scales have no common unit"),
}


def words(code: str) -> str:
    """Return the reason in the reader's language; an unknown code is shown as it is."""
    return str(REASONS.get(code, code))
