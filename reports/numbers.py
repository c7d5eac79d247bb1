"""How numbers look to people: the only place where a report turns numbers into words.

All functions take plain numbers, respect the active language, and write an undefined number as an em dash.
"""

from django.utils.formats import get_format
from django.utils.translation import gettext, pgettext

DASH = "—"
MINUS = "\u2212"


def integer(value: float | None) -> str:
    """Return a whole number in groups of digits."""
    if value is None:
        return DASH
    digits = f"{abs(value):,.0f}".replace(",", _separator("THOUSAND_SEPARATOR", ","))
    return digits if value >= 0 or digits == "0" else MINUS + digits


def number(value: float | None, decimals: int = 2) -> str:
    """Return a number with fixed decimals and a true minus sign; never a negative zero."""
    if value is None:
        return DASH
    digits = f"{abs(value):.{decimals}f}"
    sign = MINUS if value < 0 and float(digits) else ""
    return sign + digits.replace(".", _separator("DECIMAL_SEPARATOR", "."))


def percent(value: float | None, decimals: int = 1) -> str:
    """Return a fraction as a percentage."""
    if value is None:
        return DASH
    return pgettext("percentage", "%(number)s%%") % {"number": number(value * 100, decimals)}


def figure(value: float | None, *, decimals: int = 2, as_percent: bool = False) -> str:
    """Return a number or, for fractions, the percentage with one decimal less (0.975 -> 97.5%)."""
    return percent(value, max(decimals - 1, 0)) if as_percent else number(value, decimals)


def interval(low: float, high: float, *, decimals: int = 2, as_percent: bool = False) -> str:
    """Return "0.36 to 0.52"; percentages have their sign at the end alone, "95.0 to 99.2%"."""
    ends = {
        "low": number(low * 100, max(decimals - 1, 0)) if as_percent else number(low, decimals),
        "high": figure(high, decimals=decimals, as_percent=as_percent),
    }
    return pgettext("interval", "%(low)s to %(high)s") % ends


def estimate(
    value: float | None,
    low: float | None,
    high: float | None,
    *,
    decimals: int = 2,
    as_percent: bool = False,
) -> str:
    """Return "0.44 (0.36 to 0.52)", or the value alone when there is no interval."""
    shown = figure(value, decimals=decimals, as_percent=as_percent)
    if value is None or low is None or high is None:
        return shown
    ends = interval(low, high, decimals=decimals, as_percent=as_percent)
    return pgettext("value and interval", "%(value)s (%(interval)s)") % {"value": shown, "interval": ends}


def p_value(value: float | None, decimals: int = 3) -> str:
    """Return a p-value; one too small to show is "< 0.001", never zero."""
    smallest = 10.0**-decimals
    if value is not None and value < smallest:
        return f"< {number(smallest, decimals)}"
    return number(value, decimals)


def level(value: float) -> str:
    """Return "95%" for 0.95."""
    return percent(value, 0 if abs(value * 100 - round(value * 100)) < 1e-9 else 1)


def sample(n: int | None, unit: str = "") -> str:
    """Return "n = 200 items", or nothing when n is not known."""
    if n is None:
        return ""
    if not unit:
        return gettext("n = %(n)s") % {"n": integer(n)}
    return gettext("n = %(n)s %(unit)s") % {"n": integer(n), "unit": unit}


def _separator(name: str, usual: str) -> str:
    # Django's Chinese formats leave the thousands separator empty; readers still need the groups.
    return str(get_format(name)) or usual
