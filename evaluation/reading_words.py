"""What was found in texts, in plain words: why an answer could not be read, and what may tell who wrote a text."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from evaluation.answers import Unread
from evaluation.judging.reading import Misread as Unjudged
from evaluation.lexicon import Clue
from evaluation.proposals import Misread

# The English source texts: a report translates them when it is read, a page at once.
CLUES: dict[str, str] = {
    Clue.MODEL: _("name of a model"),
    Clue.VENDOR: _("name of a company"),
    Clue.SELF: _("speaks of itself as a program"),
    Clue.SYSTEM: _("name of one of the systems"),
}
UNREAD: dict[str, str] = {
    Unread.EMPTY: _("said nothing"),
    Unread.CUT: _("was cut off"),
    Unread.FILTERED: _("was stopped by a filter"),
    Unread.THINKING: _("ended while thinking"),
    Unread.SEVERAL: _("gave several answers where one is right"),
    Unread.UNKNOWN: _("named an option that is not there"),
    Unread.CONTRADICTION: _("named one option by letter and another by words"),
    Unread.MORE: _("said more than an answer"),
    Unread.NOTHING: _("gave no answer"),
}
MISREAD: dict[str, str] = {
    Misread.JSON: _("was no JSON object"),
    Misread.SHAPE: _("held parts that nobody asked for"),
    Misread.TURN: _("spoke of a turn that is not there, or twice of one"),
    Misread.EMPTY: _("proposed nothing"),
}
# Why a judge's answer was no verdict.
UNJUDGED: dict[str, str] = {
    Unjudged.NOTHING: _("held no judgement"),
    Unjudged.THINKING: _("ended while thinking"),
    Unjudged.CUT: _("was cut off"),
    Unjudged.BROKEN: _("was broken JSON"),
    Unjudged.TWICE: _("answered one criterion twice"),
    Unjudged.DISAGREE: _("held several answers that disagree"),
    Unjudged.MISSING: _("left a criterion out"),
    Unjudged.RANGE: _("gave a range instead of a score"),
    Unjudged.SCALE: _("used another scale"),
    Unjudged.VALUE: _("gave something that the scale does not have"),
    Unjudged.ORDER: _("did not put every response in order once"),
}
