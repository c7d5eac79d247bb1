"""The report as part of a page."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from .present import present
from .summary import Summary


def render(summary: Summary) -> SafeString:
    """Return the HTML of a report for the middle of a page, in the active language.

    The page brings the style sheets and its own h1; the fragment begins with the headline and h2s.
    """
    return render_to_string("reports/summary.html", {"report": present(summary)})
