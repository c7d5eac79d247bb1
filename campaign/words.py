"""The campaign's codes in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What deserves a look (see campaign.services.figures.unusual): in a word, and which list shows the units behind it.
UNUSUAL: Mapping[str, tuple[str | Promise, str]] = {
    "fast": (_("too fast"), "fast"),
    "run": (_("one answer in a row"), "run"),
    "level": (_("no variation over criteria"), "level"),
    "side": (_("prefers one side"), "first"),
    "checks": (_("misses checks"), "missed"),
    "apart": (_("apart from the others"), "apart"),
    "faster": (_("gets faster"), "all"),
    "drifts": (_("agreement falls"), "apart"),
}
# Which of a rater's answers a list shows.
SHOWN: Mapping[str, str | Promise] = {
    "all": _("all answers"),
    "shared": _("answered by others too"),
    "apart": _("unlike most others"),
    "fast": _("sooner than the text can be read"),
    "run": _("the longest run of one answer"),
    "level": _("the same score on every criterion"),
    "first": _("preferred what stood first"),
    "missed": _("missed a check"),
}
BLOCK = _("part %(n)s of the work")
NO_FORECAST: Mapping[str, str | Promise] = {
    "done": _("all answers are in"),
    "too_few_days": _("too few days of work to tell"),
    "too_far": _("more than two years at this pace"),
}
