"""What the figures of a label review are called, and two sentences on how to read each."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

LABELS = {
    "krippendorff_alpha": _("Krippendorff's alpha"),
    "gwet_ac1": _("Gwet's AC1"),
    "masi_alpha": _("Alpha over sets of labels (MASI)"),
    "jaccard_alpha": _("Alpha over sets of labels (Jaccard)"),
    "percent_agreement": _("Percent agreement"),
    "consensus_rate": _("Consensus rate"),
    "cohen_kappa": _("Cohen's kappa, mean over pairs"),
    "fleiss_kappa": _("Fleiss' kappa"),
    "conger_kappa": _("Conger's kappa"),
    "scott_pi": _("Scott's pi, mean over pairs"),
    "brennan_prediger": _("Brennan-Prediger coefficient"),
    "exact_alpha": _("Krippendorff's alpha, whole sets as categories"),
}

READING = {
    "krippendorff_alpha": (
        _("Alpha is 1 where raters always agree and 0 where they agree as often as chance would have it."),
        _("It copes with gaps, and a category that is rare weighs much in it."),
    ),
    "gwet_ac1": (
        _("AC1 is 1 where raters always agree; it takes chance from how hard the choice is, not from the margins."),
        _("It stays steady where one category is very common, which is why it stands beside alpha."),
    ),
    "masi_alpha": (
        _("Like alpha, but two sets of labels that overlap count as partly equal."),
        _("A set that lies within the other is closer than one that only overlaps it."),
    ),
    "jaccard_alpha": (
        _("Like alpha, with the share of labels that two sets have in common as their likeness."),
        _("It is milder on partial overlap than MASI."),
    ),
    "percent_agreement": (
        _("The share of equal answers among all pairs of answers to an item, averaged over items."),
        _("It takes no account of chance, so it is high by itself where one category is common."),
    ),
    "consensus_rate": (
        _("The share of items on which all raters gave the same answer."),
        _("It falls with the number of raters, so compare it only between studies with equally many."),
    ),
    "cohen_kappa": (
        _("Agreement beyond what each two raters' own habits would give by chance, averaged over pairs."),
        _("It is low where one category is rare, even if raters hardly ever differ."),
    ),
    "fleiss_kappa": (
        _("One kappa for several raters, who need not be the same for every item."),
        _("Read it like alpha; with many items the two are nearly equal."),
    ),
    "conger_kappa": (
        _("Fleiss' kappa for fixed raters, each with habits of their own."),
        _("Where it differs from Fleiss' kappa, raters use the categories to different extents."),
    ),
    "scott_pi": (
        _("Like Cohen's kappa, but two raters share one habit."),
        _("Where it is lower than Cohen's kappa, raters use the categories to different extents."),
    ),
    "brennan_prediger": (
        _("Chance means here that every category is equally likely."),
        _("It does not depend on how common the categories are."),
    ),
    "exact_alpha": (
        _("Alpha in which two different sets of labels are simply different."),
        _("It is the strictest reading of answers with several labels."),
    ),
    "accuracy": (
        _("The share of items whose final label is the one that had been proposed."),
        _("Where raters saw the proposal it may have drawn them to it, so the share is then no test of the model."),
    ),
    "changed": (
        _("The share of pre-labelled items whose final label is another than the proposed one."),
        _("It is what people's work changed in the data set; removed items are not counted."),
    ),
    "pull": (
        _("How much more often raters answered with the proposed label when they saw it than when they did not."),
        _("Who saw it was drawn at random, so the difference is what showing it did."),
    ),
    "consensus": (
        _("The share of items on which all raters of this test gave the same answer."),
        _("They worked independently and had met neither the item nor its dispute before."),
    ),
    "on_released": (
        _("The share of items on which all raters gave the very label that was released."),
        _("An item on which all agreed on another label counts as a miss."),
    ),
}

METHODS = {
    "krippendorff_alpha": _("nominal"),
    "gwet_ac1": _("%(categories)s declared categories"),
    "masi_alpha": _("MASI distance between sets"),
    "jaccard_alpha": _("Jaccard distance between sets"),
    "percent_agreement": _("pairs of answers within items"),
    "consensus_rate": _("items with all answers equal"),
    "cohen_kappa": _("unweighted, mean over pairs of raters"),
    "fleiss_kappa": _("Fleiss 1971, unequal numbers as in Gwet 2014"),
    "conger_kappa": _("Conger 1980"),
    "scott_pi": _("Scott 1955"),
    "brennan_prediger": _("%(categories)s declared categories"),
    "exact_alpha": _("nominal, over the sets that occur"),
}

INTERVALS = {
    "percentile": _("percentile bootstrap over items"),
    "wilson": _("Wilson interval"),
}

HOW = {
    "agreed": _("agreed"),
    "discussed": _("agreed after discussion"),
    "adjudicated": _("adjudicated"),
    "removed": _("removed"),
}
REASONS = {
    "undecidable": _("cannot be decided"),
    "depends_on_values": _("depends on a person's values"),
    "privacy": _("privacy"),
    "faulty": _("faulty item"),
    "other": _("other"),
}
CAUSES = {
    "raters": _("raters differ"),
    "prelabel": _("differs from the pre-label"),
    "unsure": _("a rater is unsure"),
}
EXPOSURES = {
    "hidden": _("The pre-label was never shown."),
    "shown": _("Raters saw the pre-label from the start."),
    "after": _("Raters saw the pre-label only after their own first answer, where it differed."),
    "randomised": _("Each rater saw the pre-label in a randomly drawn half of the items."),
}
