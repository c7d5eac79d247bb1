"""Example key figures: defined, undefined, with warnings."""

from ..summary import KeyFigure


def agreement() -> list[KeyFigure]:
    """Return one primary, one robust and three further coefficients, one of them undefined."""
    return [_alpha(), _ac1(), *_others()]


def _alpha() -> KeyFigure:
    return KeyFigure(
        key="krippendorff_alpha",
        label="Krippendorff's alpha",
        value=0.7083,
        low=0.6412,
        high=0.7701,
        n=200,
        n_unit="items",
        raters=4,
        method="nominal, percentile bootstrap over items",
        how_to_read=[
            "Alpha is 1 when raters always agree and 0 when they agree as often as chance would have it.",
            "It copes with missing answers and weighs rare categories heavily.",
        ],
        role="primary",
        scale="landis_koch",
    )


def _ac1() -> KeyFigure:
    return KeyFigure(
        key="gwet_ac1",
        label="Gwet's AC1",
        value=0.8126,
        low=0.7604,
        high=0.8573,
        n=200,
        n_unit="items",
        raters=4,
        method="3 declared categories, percentile bootstrap over items",
        how_to_read=[
            "AC1 estimates chance from how often raters could have been guessing.",
            "It stays steady when one category is very common.",
        ],
        role="robust",
        scale="landis_koch",
        warnings=["81% of the answers are “neither”: alpha and kappa are pulled down by this, AC1 is not."],
    )


def _others() -> list[KeyFigure]:
    return [
        KeyFigure(
            key="percent_agreement",
            label="Percent agreement",
            value=0.8842,
            low=0.861,
            high=0.9051,
            n=200,
            n_unit="items",
            method="mean over pairs of raters",
            percent=True,
            how_to_read=["The share of equal answers among all pairs of raters.", "It does not correct for chance."],
        ),
        KeyFigure(
            key="fleiss_kappa",
            label="Fleiss' kappa",
            value=0.6894,
            interval_reason="too_few_items",
            n=18,
            n_unit="items",
            raters=4,
            method="items answered by all four raters",
            how_to_read=["Read it like alpha.", "It needs items that everybody has answered."],
            warnings=["Fewer than 30 items: read it as a hint."],
        ),
        KeyFigure(
            key="kendall_w",
            label="Kendall's W",
            value=None,
            reason="incomplete_blocks",
            n=0,
            n_unit="items",
            how_to_read=["W is 1 when all raters order alike.", "It needs complete rankings."],
        ),
    ]


def model() -> list[KeyFigure]:
    """Return the example's accuracy."""
    return [
        KeyFigure(
            key="accuracy",
            label="Model's label equals the released label",
            value=0.98,
            low=0.9497,
            high=0.9922,
            n=200,
            n_unit="items",
            method="Wilson interval",
            percent=True,
            role="primary",
            how_to_read=["The share of items whose released label is the one the model had proposed."],
        )
    ]
