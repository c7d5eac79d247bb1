"""Errors in plain words: what happened, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.providers.outcomes import Fault

Text = str | Promise


@dataclass(frozen=True)
class Words:
    """A kind of error: its name, and what somebody can do."""

    name: Text
    advice: Text


FAULTS: dict[str, Words] = {
    Fault.RATE_LIMITED: Words(
        _("The server asked to slow down"),
        _("Calls are repeated by themselves. If this goes on, lower the endpoint's limits."),
    ),
    Fault.SERVER: Words(
        _("The server had a fault of its own"), _("Calls are repeated by themselves until the run's time is over.")
    ),
    Fault.CONFLICT: Words(_("The server was busy with something else"), _("Calls are repeated by themselves.")),
    Fault.TIMEOUT: Words(
        _("No answer in time"),
        _("Calls are repeated by themselves. Allow more seconds at the endpoint, or fewer calls in flight."),
    ),
    Fault.CONNECTION: Words(
        _("The connection failed or broke off"), _("Calls are repeated by themselves. Is the server running?")
    ),
    Fault.GARBLED: Words(
        _("The answer could not be read"), _("Calls are repeated by themselves. Something between may have cut it.")
    ),
    Fault.BAD_REQUEST: Words(
        _("The server refused the request"),
        _("Read the server's words: a parameter may not suit this model. Change the system, then make a new run."),
    ),
    Fault.TOO_LONG: Words(
        _("The text is too long for the model"), _("Shorten the prompt, or ask a model with a longer context.")
    ),
    Fault.FORBIDDEN: Words(_("The server does not allow this"), _("Read the server's words.")),
    Fault.UNAUTHORIZED: Words(_("The server does not accept the key"), _("The site admin has to give a valid key.")),
    Fault.UNPAID: Words(
        _("The account at the provider is empty or over its quota"), _("The site admin has to see to the account.")
    ),
    Fault.NOT_FOUND: Words(
        _("The server does not know this model or address"),
        _("Compare the model id with the server's list. Leave the system out if the name is wrong."),
    ),
    Fault.NO_KEY: Words(_("The key is missing"), _("The site admin has to set it where the workers run.")),
    Fault.BAD_ADDRESS: Words(_("The endpoint's address may not be called"), _("The site admin has to correct it.")),
    Fault.NO_TEXT: Words(
        _("The model gave no text"),
        _("A filter may have stopped it, or its limit of tokens was used up by thinking. The reason stands below."),
    ),
    Fault.BAD_PROMPT: Words(_("The prompt cannot be filled in"), _("Correct the prompt, then make a new run.")),
    Fault.LOST: Words(_("A worker was lost during the call"), _("The call is repeated by itself.")),
    Fault.POISON: Words(
        _("Set aside: three workers were lost on it"), _("Look at the item, then put it back with “Try again”.")
    ),
    Fault.LEFT_OUT: Words(_("Left out by a manager"), _("Put it back with “Try again”.")),
    Fault.INTERNAL: Words(_("A fault in Concord"), _("The server's log has more.")),
}
UNKNOWN = Words(_("Another error"), "")


def of(fault: str) -> Words:
    """Return the words for a kind of error."""
    return FAULTS.get(fault, UNKNOWN)


def reason(stored: str) -> tuple[Text, str]:
    """Return an open circuit's reason: in our words, and the server's own."""
    fault, _colon, words = stored.partition(": ")
    return (of(fault).name, words) if fault in FAULTS else (UNKNOWN.name, stored)
