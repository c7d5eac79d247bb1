"""Answers of blind studies. Every field of a response is named by its random handle; nothing has a default."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.models import Mark, Placement
from projects.kinds import WorkForm

COMMENT_LIMIT = 5000
MARKS = [choice for choice in Mark.Concern.choices if choice[0] != Mark.Concern.RISK]
# Fields of a response: what is asked, the response's handle, and a score's criterion behind it. A handle may hold
# dashes itself, so it is compared with the rater's own ones and never cut out of the name.
HANDLED = re.compile(r"^(?:rank|mark|score|why)-(.+)\Z", re.DOTALL)


def letter(slot: int) -> str:
    """Return what a response is called on the page: A for the first."""
    return chr(ord("A") + slot - 1)


@dataclass(frozen=True)
class Handle:
    """One response as the form knows it: where it stands, under which handle, and which member it is."""

    slot: int
    token: str
    member: int

    @property
    def letter(self) -> str:
        """The response's letter."""
        return letter(self.slot)


def handles(placements: Iterable[Placement]) -> list[Handle]:
    """Return the handles of what a rater sees, in order."""
    return [Handle(row.slot, row.token, row.member_id) for row in placements]


class JudgementForm(WorkForm):
    """What all blind answers share: marks on responses, a reason where the study asks for one, a comment."""

    comment = forms.CharField(required=False, max_length=COMMENT_LIMIT, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(
        self,
        data: QueryDict | Mapping[str, Any] | None,
        *,
        shown: Sequence[Handle],
        settings: Mapping[str, Any],
        initial: Mapping[str, Any] | None,
    ) -> None:
        """Make the fields for the responses this rater sees. A handle of anything else is not found."""
        super().__init__(data, initial=dict(initial) if initial else None)
        self.shown, self.settings = list(shown), settings
        if data is not None:
            self._refuse_strangers(data)
        for one in self.shown:
            self.fields[f"mark-{one.token}"] = forms.MultipleChoiceField(choices=self.concerns(), required=False)
        if settings.get("reason", "no") != "no":
            required = settings["reason"] == "required"
            self.fields["reason"] = forms.CharField(
                required=required,
                max_length=COMMENT_LIMIT,
                widget=forms.Textarea(attrs={"rows": 3}),
                error_messages={"required": gettext_lazy("Write the reason for your judgement.")},
            )

    def concerns(self) -> list[tuple[str, Any]]:
        """Return the concerns that can be marked."""
        return list(MARKS)

    def _refuse_strangers(self, data: Iterable[str]) -> None:
        own = {one.token for one in self.shown}
        for name in data:
            found = HANDLED.match(name)
            if found and not any(found[1] == token or found[1].startswith(f"{token}--") for token in own):
                raise Http404

    @property
    def marks(self) -> dict[int, list[str]]:
        """The valid answer's marks by member."""
        return {one.member: self.cleaned_data.get(f"mark-{one.token}", []) for one in self.shown}

    @property
    def reasons(self) -> list[tuple[int | None, str]]:
        """The valid answer's reasons: (member or None, words)."""
        return [(None, self.cleaned_data.get("reason", ""))]


class RankingForm(JudgementForm):
    """A place for every response, each place once; equal places only where the rater says they are meant."""

    def __init__(self, data: QueryDict | Mapping[str, Any] | None, **kwargs: Any) -> None:
        """Make a place field for each response."""
        super().__init__(data, **kwargs)
        places = [(str(n), str(n)) for n in range(1, len(self.shown) + 1)]
        for one in self.shown:
            words = {
                "required": _("Response %(letter)s has no place yet.") % {"letter": one.letter},
                "invalid_choice": _("Response %(letter)s has a place that does not exist.") % {"letter": one.letter},
            }
            self.fields[f"rank-{one.token}"] = forms.ChoiceField(choices=places, error_messages=words)
        if self.settings.get("ties"):
            self.fields["ties"] = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a place given twice, unless ties are allowed and meant."""
        data: dict[str, Any] = self.cleaned_data
        if self.settings.get("ties") and data.get("ties"):
            return data
        for place, letters in self._shared():
            words = _("Place %(place)s is given to more than one response: %(letters)s.")
            self.add_error(None, words % {"place": place, "letters": ", ".join(letters)})
        return data

    def _shared(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the places that more than one response has."""
        holders: dict[int, list[str]] = {}
        for one in self.shown:
            place = self.cleaned_data.get(f"rank-{one.token}")
            if place:
                holders.setdefault(int(place), []).append(one.letter)
        return ((place, letters) for place, letters in sorted(holders.items()) if len(letters) > 1)

    @property
    def places(self) -> dict[int, int]:
        """The valid answer: member -> place."""
        return {one.member: int(self.cleaned_data[f"rank-{one.token}"]) for one in self.shown}


CHOICES = [("first", "first"), ("tie", "tie"), ("second", "second")]
OVERALL = "overall"


class ComparisonForm(JudgementForm):
    """The first, a tie or the second: on each criterion and overall."""

    def __init__(self, data: QueryDict | Mapping[str, Any] | None, **kwargs: Any) -> None:
        """Make a field for each criterion and one for the overall verdict."""
        super().__init__(data, **kwargs)
        for one in self.settings["criteria"]:
            words = {"required": _("Choose A, tie or B for %(name)s.") % {"name": one["name"]}}
            self.fields[f"prefer-{one['key']}"] = forms.ChoiceField(choices=CHOICES, error_messages=words)
        words = {"required": _("Choose A, tie or B overall.")}
        self.fields[f"prefer-{OVERALL}"] = forms.ChoiceField(choices=CHOICES, error_messages=words)

    @property
    def choices(self) -> dict[str, str]:
        """The valid answer: criterion -> choice."""
        keys = [one["key"] for one in self.settings["criteria"]]
        return {key: self.cleaned_data[f"prefer-{key}"] for key in [*keys, OVERALL]}


def wants_why(settings: Mapping[str, Any], criterion: Mapping[str, Any], value: int) -> bool:
    """Whether a study wants a justification for this score: in its scale's lower half, or at or beyond limits."""
    if settings.get("justify") == "low":
        values = [point["value"] for point in criterion["points"]]
        return bool(value < (min(values) + max(values)) / 2)
    low, high = settings.get("justify_low"), settings.get("justify_high")
    beyond = (low is not None and value <= low) or (high is not None and value >= high)
    return settings.get("justify") == "required" or (settings.get("justify") == "beyond" and beyond)


class RatingForm(JudgementForm):
    """A score for every response on every criterion."""

    def __init__(self, data: QueryDict | Mapping[str, Any] | None, **kwargs: Any) -> None:
        """Make the score fields, and justifications where the study asks for them."""
        super().__init__(data, **kwargs)
        for one in self.shown:
            for criterion in self.settings["criteria"]:
                self.fields[self.name(one, criterion)] = self._field(one, criterion)
            if self.settings.get("justify", "no") != "no":
                self.fields[f"why-{one.token}"] = forms.CharField(
                    required=self.settings["justify"] == "required",
                    max_length=COMMENT_LIMIT,
                    error_messages={
                        "required": _("Write why you rate response %(letter)s so.") % {"letter": one.letter}
                    },
                )

    def name(self, one: Handle, criterion: Mapping[str, Any]) -> str:
        """Return the name of a score's field."""
        return f"score-{one.token}--{criterion['key']}"

    def _field(self, one: Handle, criterion: Mapping[str, Any]) -> forms.ChoiceField:
        asked = {"name": criterion["name"], "letter": one.letter}
        alone = len(self.shown) == 1
        words = _("Rate %(name)s.") % asked if alone else _("Rate %(name)s of response %(letter)s.") % asked
        values = [(str(point["value"]), str(point["value"])) for point in criterion["points"]]
        return forms.ChoiceField(choices=values, error_messages={"required": words, "invalid_choice": words})

    def concerns(self) -> list[tuple[str, Any]]:
        """Add the mark for ethical risk where the criteria have it."""
        return list(Mark.Concern.choices) if self.settings.get("risk_flag") else list(MARKS)

    def clean(self) -> dict[str, Any]:
        """Scores that the study wants a reason for have one."""
        data: dict[str, Any] = self.cleaned_data
        for one in self.shown:
            name = f"why-{one.token}"
            if name in self.fields and name not in self.errors and self._asked_why(one) and not data[name].strip():
                self.add_error(name, _("Write why you rate response %(letter)s so.") % {"letter": one.letter})
        return data

    def _asked_why(self, one: Handle) -> bool:
        """Whether one of a response's scores wants a justification."""
        return any(
            wants_why(self.settings, criterion, int(given))
            for criterion in self.settings["criteria"]
            if (given := self.cleaned_data.get(self.name(one, criterion))) not in (None, "")
        )

    @property
    def scores(self) -> dict[tuple[int, str], int]:
        """The valid answer: (member, criterion) -> value."""
        return {
            (one.member, criterion["key"]): int(self.cleaned_data[self.name(one, criterion)])
            for one in self.shown
            for criterion in self.settings["criteria"]
        }

    @property
    def reasons(self) -> list[tuple[int | None, str]]:
        """The valid answer's justifications."""
        return [(one.member, self.cleaned_data.get(f"why-{one.token}", "")) for one in self.shown]
