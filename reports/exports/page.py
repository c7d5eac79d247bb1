"""The report as one HTML file that needs nothing else: no request leaves it, no script runs in it."""

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi

from ..present import present
from ..summary import Summary

HOUSE = "css/concord.css"
OWN = Path(__file__).resolve().parent.parent / "css" / "report.css"


def make(summary: Summary) -> bytes:
    """Return the page in the active language; links into the site keep only their words."""
    context = {
        "report": present(summary, links=False),
        "style": style(),
        "language": get_language() or "en",
        "direction": "rtl" if get_language_bidi() else "ltr",
    }
    return render_to_string("reports/standalone.html", context).encode()


@cache
def style() -> SafeString:
    """Return the house's style sheet and the report's own, for a style element.

    Raises FileNotFoundError when the house's sheet is not among the static files.
    """
    found = finders.find(HOUSE)
    if not found:
        raise FileNotFoundError(HOUSE)
    sheets = [Path(found).read_text(encoding="utf-8"), OWN.read_text(encoding="utf-8")]
    # Safe: both files are part of the program, and the policy in the page forbids them any request.
    return mark_safe("\n".join(sheets))  # noqa: S308  see the line above
