"""Words for coefficients, after Landis and Koch (1977). Only ever used together with an interval."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

LANDIS_KOCH = [
    (0.0, _("poor")),
    (0.20, _("slight")),
    (0.40, _("fair")),
    (0.60, _("moderate")),
    (0.80, _("substantial")),
    (1.00, _("almost perfect")),
]


def word(value: float) -> str:
    """Return the word for a coefficient: below 0 poor, up to 0.20 slight, ... up to 1 almost perfect."""
    if value < 0:
        return str(LANDIS_KOCH[0][1])
    return next((str(name) for top, name in LANDIS_KOCH[1:] if value <= top), str(LANDIS_KOCH[-1][1]))


def spoken(low: float | None, high: float | None) -> str:
    """Return what the whole interval is called, or nothing without an interval."""
    if low is None or high is None:
        return ""
    first, last = word(low), word(high)
    if first == last:
        return gettext("The whole interval lies in what Landis and Koch call “%(word)s”.") % {"word": first}
    return gettext("By the words of Landis and Koch, the interval reaches from “%(low)s” to “%(high)s”.") % {
        "low": first,
        "high": last,
    }
