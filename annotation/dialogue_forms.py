"""Forms of the dialogue annotation: a manager's settings, and the handing in of a session."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from annotation import answers, presets
from annotation.answers import Copy
from annotation.forms import PrelabelMode
from annotation.schema import SchemaError, load
from annotation.schema_check import read
from annotation.services.turns import Part, Work
from projects.kinds import WorkForm

NAMED_AT_ONCE = 8


class SessionOrder(models.TextChoices):
    """In which order sessions are handed out; those of one case always follow each other."""

    CASES = "cases", gettext_lazy("cases shuffled by a stored seed, their sessions in order")
    IMPORTED = "imported", gettext_lazy("as imported")


class NotShown(forms.HiddenInput):
    """A field for programs: pages leave it out, and an older tab cannot send back what it was made with."""

    def render(self, *args: Any, **kwargs: Any) -> Any:
        """Show nothing."""
        return ""


class SchemaField(forms.CharField):
    """A schema as JSON, checked; nothing sent means that it stays as it is."""

    widget = NotShown

    def to_python(self, value: Any) -> Any:
        """Return the schema as data. Raises ValidationError that names every fault."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            return read(json.loads(text)).to_json()
        except json.JSONDecodeError as error:
            raise ValidationError(_("This is no JSON: %(error)s") % {"error": error}) from error
        except SchemaError as error:
            raise ValidationError(error.faults) from error

    def in_words(self, value: Any) -> str:
        """Return a schema in one line: its fields by name."""
        return ", ".join(field.words for field in load(value).fields) if value else "—"


class DialogueSettings(forms.Form):
    """What a manager decides before a dialogue annotation opens. The schema has a page of its own."""

    raters_per_session = forms.IntegerField(
        label=gettext_lazy("Raters per session"),
        min_value=1,
        max_value=20,
        initial=2,
        help_text=gettext_lazy("Each session goes to this many."),
    )
    order = forms.ChoiceField(label=gettext_lazy("Order"), choices=SessionOrder.choices, initial=SessionOrder.CASES)
    prelabel = forms.ChoiceField(
        label=gettext_lazy("Show proposals"),
        choices=[
            (PrelabelMode.SHOWN, gettext_lazy("beside each field from the start")),
            (PrelabelMode.AFTER, gettext_lazy("after the rater has handed in their own answers")),
            (PrelabelMode.HIDDEN, gettext_lazy("never")),
        ],
        initial=PrelabelMode.SHOWN,
        help_text=gettext_lazy("Proposals are values for a field that came with the data, with their source."),
    )
    bulk_accept = forms.BooleanField(
        label=gettext_lazy("Raters may accept all proposals of a session at once"),
        required=False,
        help_text=gettext_lazy("Counted apart from those accepted one by one."),
    )
    earlier_sessions = forms.BooleanField(
        label=gettext_lazy("Raters may read the earlier sessions of a case"), required=False, initial=True
    )
    break_minutes = forms.IntegerField(
        label=gettext_lazy("Remind of a break after this many minutes of work"),
        min_value=5,
        max_value=240,
        required=False,
        initial=45,
        help_text=gettext_lazy("Leave empty for no reminder."),
    )
    schema = SchemaField(label=gettext_lazy("Schema"), required=False)

    def __init__(self, data: Any, *, initial: Mapping[str, Any]) -> None:
        """Take the study's or a preset's values; without a schema begin with the first preset."""
        kept = initial.get("schema") or presets.schema("psy-insight", spoken()).to_json()
        super().__init__(data, initial={**initial, "schema": json.dumps(kept, ensure_ascii=False)})
        self.kept = kept

    def clean_schema(self) -> Any:
        """Keep the schema there is where none is sent."""
        return self.cleaned_data["schema"] or self.kept


def spoken() -> str:
    """Return the language of the presets that is nearest to the reader's."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


class DialogueForm(WorkForm):
    """Handing in a session: what was saved turn by turn, and for programs also what comes along in `turns`."""

    turns = forms.CharField(required=False, widget=forms.HiddenInput, max_length=5_000_000)

    def __init__(self, data: Any, *, work: Work, initial: Mapping[str, Any] | None) -> None:
        """Take the session as it is saved; `current` is the place of the turn to show."""
        super().__init__(data, initial=dict(initial) if initial is not None else None)
        self.work, self.current = work, work.first_unfinished()
        self.sent: list[Part] = []
        self.refused = self.is_bound

    def show(self, part: Part, copy: Copy, version: int) -> None:
        """Show a part as it was typed, over the version saved now; required fields without an answer are marked."""
        part.copy, part.version, self.refused = copy, version, True

    def clean_draft_version(self) -> int | None:
        """Refuse what another tab has gone beyond: nobody hands in what they have not seen."""
        seen: int | None = self.cleaned_data["draft_version"]
        if seen is not None and seen != self.work.version:
            words = _("This session was changed in another tab or on another device. Here it is as it stands now.")
            raise ValidationError(words)
        return seen

    def clean_turns(self) -> str:
        """Take over the answers that come along, by the turns' indices; `session` holds the session's own."""
        text: str = self.cleaned_data["turns"]
        if text:
            self._take(_object(text))
        return text

    def _take(self, data: Mapping[str, Any]) -> None:
        by_name = {str(part.turn.index) if part.turn else "session": part for part in self.work.parts}
        faults: list[str] = []
        for name, entry in data.items():
            part = by_name.get(name)
            if part is None:
                faults.append(_("There is no turn “%(name)s”.") % {"name": name})
                continue
            try:
                part.copy = replace(answers.read(entry, part.asked, part.text), done=True)
            except answers.AnswerError as error:
                faults += [f"{name}: {fault}" for fault in error.faults]
            self.sent.append(part)
        if faults:
            raise ValidationError(faults[:NAMED_AT_ONCE])

    def clean(self) -> dict[str, Any]:
        """Nothing that is required may be missing."""
        lacking = [(n, part) for n, part in enumerate(self.work.parts) if not part.complete]
        if lacking and not self.errors:
            self.current = min(lacking[0][0], max(0, len(self.work.turns) - 1))
            told = [said(n, part) for n, part in lacking[:NAMED_AT_ONCE]]
            raise ValidationError([*told, *more(len(lacking) - NAMED_AT_ONCE)])
        return self.cleaned_data


def said(n: int, part: Part) -> str:
    """Return what a part lacks, in words."""
    names = ", ".join(one.words for one in part.copy.missing(part.asked))
    if part.turn is None:
        return _("The session: no answer yet to %(names)s.") % {"names": names}
    return _("Turn %(n)s: no answer yet to %(names)s.") % {"n": n + 1, "names": names}


def more(count: int) -> list[str]:
    """Return how many others there are, where there are any."""
    if count < 1:
        return []
    return [ngettext("%(n)s more is not complete.", "%(n)s more are not complete.", count) % {"n": count}]


def _object(text: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValidationError(_("This is no JSON: %(error)s") % {"error": error}) from error
    if not isinstance(data, dict):
        raise ValidationError(_("The answers must be an object with one entry for each turn."))
    return data
