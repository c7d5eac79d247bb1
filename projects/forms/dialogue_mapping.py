"""The form that says what is what in a file of dialogues: its keys or columns, its speakers, its labels."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.formats.dialogues import files, keys
from projects.formats.dialogues.keys import Key
from projects.formats.dialogues.records import Session
from projects.formats.dialogues.roles import ANYBODY, plain, usual_role
from projects.formats.dialogues.settings import KEEP, LONGEST_FIELD, SUGGEST, Layout, Settings
from projects.formats.dialogues.turns_csv import KEY as TURNS
from projects.formats.dialogues.turns_csv import field_name
from projects.formats.languages import language_code
from projects.formats.records import FormatError
from projects.formats.table import Table
from projects.models import Turn

NOTHING, LABEL, SESSION_LABEL = "", "label", "session_label"
PLACES: dict[str, Any] = {
    "id": gettext_lazy("Id of the session"),
    "case": gettext_lazy("Case"),
    "case_title": gettext_lazy("Title of the case"),
    "case_order": gettext_lazy("Place in the case"),
    "topic": gettext_lazy("Topic"),
    "language": gettext_lazy("Language"),
    "index": gettext_lazy("Number of the turn"),
    "speaker": gettext_lazy("Speaker"),
    "role": gettext_lazy("Part of the speaker"),
    "text": gettext_lazy("Text"),
    "rater": gettext_lazy("Rater"),
    "suggestions": gettext_lazy("List of proposals"),
}
ABOUT_SESSIONS = ("id", "case", "case_title", "case_order", "topic", "language", "rater", "suggestions")
ABOUT_TURNS = ("speaker", "role", "text", "index", "rater", "suggestions")
COLUMNS = ("id", "index", "speaker", "role", "text", "rater", "case", "case_title", "case_order", "topic", "language")
# Where these stand the value can be a label of the session as well.
ALSO_LABEL = ("topic",)
# What fields are often called: proposed while somebody types.
FIELDS = (
    "strategy", "reasoning", "emotion", "observation", "topic", "stage", "psychotherapy", "theme", "background",
    "guide", "summary",
)  # fmt: skip
PARTS = Turn.Role.choices
MOST_SPEAKERS = 60


@dataclass(frozen=True)
class Choice:
    """One key or column as the page shows it: what it is, which field it labels, its first values."""

    key: Key
    place: forms.BoundField
    name: forms.BoundField


class DialogueMappingForm(forms.Form):
    """For each key its place; for each speaker a part; what becomes of labels.

    After `is_valid()` the choices are in `settings`; `preview` is the first session read under them.
    """

    everybody = forms.ChoiceField(
        label=gettext_lazy("Speakers not listed here"),
        required=False,
        choices=[("", gettext_lazy("refuse their sessions")), *PARTS],
    )
    language = forms.CharField(
        label=gettext_lazy("Language of sessions that name none"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("A code: en, zh."),
    )
    labels = forms.ChoiceField(
        label=gettext_lazy("Labels without a rater"),
        widget=forms.RadioSelect,
        choices=[
            (SUGGEST, gettext_lazy("become suggestions that annotators can accept, change or reject")),
            (KEEP, gettext_lazy("are kept beside the dialogue only, and exported again")),
        ],
    )
    source = forms.CharField(
        label=gettext_lazy("Source of these suggestions"),
        max_length=120,
        help_text=gettext_lazy("The model or the people that made them. Reports count by source."),
    )
    allowed = forms.CharField(
        label=gettext_lazy("The only values that labels may have"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "One field on each line, such as: emotion: Anxiety | Fear | Neutral. Sessions with other values are "
            "reported. Empty means: any value."
        ),
    )

    def __init__(
        self, data: QueryDict | None, *, table: Table, settings: Settings, unknown: Iterable[str] = ()
    ) -> None:
        """Offer what the file holds, chosen as in `settings`; `unknown` are speakers that a check has met."""
        self.table, self.before, self.unknown = table, settings, list(unknown)
        self.settings: Settings | None = None
        self.groups = dict(self._groups())
        # Every field has one value.
        super().__init__(None if data is None else data.dict(), initial=_initial(settings))
        for level, listed in self.groups.items():
            for number, key in enumerate(listed):
                self._add_key(level, number, key)
        self.speakers = self._speakers()
        for name in self.speakers:
            self._add_speaker(name)

    def _groups(self) -> Iterator[tuple[str, list[Key]]]:
        layout = self.before.layout
        if self.before.format == TURNS:
            rows = [values for _number, values in self.table.preview(keys.SAMPLES * 10)]
            yield "column", keys.of_columns(rows, self.table.columns)
        else:
            sample = files.sample_of(self.table)
            yield "session", keys.of_sessions(sample, layout)
            yield "turn", keys.of_turns(sample, layout)

    def _add_key(self, level: str, number: int, key: Key) -> None:
        place, name = _chosen(level, key.path, self.before.layout)
        named = {"class": "input", "list": "field-names", "autocomplete": "off"}
        self.fields[f"{level}_{number}_is"] = forms.ChoiceField(
            label=key.path, required=False, choices=_places(level), initial=place,
            widget=forms.Select(attrs={"class": "input"}),
        )  # fmt: skip
        self.fields[f"{level}_{number}_name"] = forms.CharField(
            label=_("Field that “%(key)s” labels") % {"key": key.path}, required=False, max_length=LONGEST_FIELD,
            initial=name, widget=forms.TextInput(attrs=named),
        )  # fmt: skip

    def _speakers(self) -> Counter[str]:
        """Whom the file's beginning names as speakers, then those who were given a part before."""
        layout = self._places_sent() if self.is_bound else self.before.layout
        found = files.speakers(self.table, replace(self.before, layout=layout))
        known = {plain(name) for name in found}
        others = (name for name in (*self.before.roles, *self.unknown) if name != ANYBODY and plain(name) not in known)
        found.update(dict.fromkeys(others, 0))
        return Counter(dict(found.most_common(MOST_SPEAKERS)))

    def _places_sent(self) -> Layout:
        """The places of speaker and part as they were sent, before anything is checked."""
        sent: dict[str, set[str]] = {"speaker": set(), "role": set()}
        for level, listed in self.groups.items():
            for number, key in enumerate(listed):
                place = self.data.get(f"{level}_{number}_is")
                if place in sent and level != "session":
                    sent[place].add(key.path)
        speaker, role = (paths.pop() if len(paths) == 1 else "" for paths in sent.values())
        layout = self.before.layout
        return replace(layout, speaker=speaker or layout.speaker, role=role)

    def _add_speaker(self, name: str) -> None:
        chosen = {plain(one): role for one, role in self.before.roles.items()}
        field = speaker_field(name)
        usual = chosen.get(plain(name)) or usual_role(name) or ""
        self.fields[field] = forms.ChoiceField(
            label=name, required=False, choices=[("", _("not said: refuse the session")), *PARTS], initial=usual,
            widget=forms.Select(attrs={"class": "input"}),
        )  # fmt: skip
        if self.is_bound and field not in self.data:
            # A speaker whom only the newly chosen column names.
            self.data = {**self.data, field: usual}

    def choices(self) -> list[tuple[str, list[Choice]]]:
        """The keys with their controls, by level."""
        return [
            (level, [Choice(key, self[f"{level}_{n}_is"], self[f"{level}_{n}_name"]) for n, key in enumerate(listed)])
            for level, listed in self.groups.items()
        ]

    def parts(self) -> list[tuple[str, int, forms.BoundField]]:
        """The speakers with how many turns of the beginning are theirs, and their part."""
        return [(name, count, self[speaker_field(name)]) for name, count in self.speakers.items()]

    def others(self) -> list[forms.BoundField]:
        """The fields for labels and language."""
        return [self[name] for name in ("language", "labels", "source", "allowed")]

    def clean_language(self) -> str:
        """A language is given by its code."""
        value: str = self.cleaned_data["language"]
        code = language_code(value)
        if code is None:
            raise ValidationError(FormatError("dialogue_language", value=value).message)
        return code

    def clean_allowed(self) -> dict[str, tuple[str, ...]]:
        """Lines of a field's name and its values."""
        found: dict[str, tuple[str, ...]] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["allowed"].splitlines())):
            name, sign, rest = line.replace("：", ":").partition(":")
            values = tuple(dict.fromkeys(one.strip() for one in rest.split("|") if one.strip()))
            if not sign or not name.strip() or not values:
                raise ValidationError(_("“%(line)s” is not understood. Write: field: value | value.") % {"line": line})
            found[name.strip()] = values
        return found

    def clean(self) -> dict[str, Any]:
        """Put the choices together and check that a file can be read under them."""
        given = super().clean() or self.cleaned_data
        settings = replace(
            self.before,
            layout=self._layout(),
            roles=self._roles(),
            language=given.get("language", ""),
            labels=given.get("labels", SUGGEST),
            source=given.get("source", ""),
            allowed=given.get("allowed", {}),
        )
        try:
            files.check(settings)
        except FormatError as error:
            raise ValidationError(error.message) from error
        self.settings = settings
        return given

    def _roles(self) -> dict[str, Any]:
        """The parts that say more than a speaker's usual one."""
        chosen = {name: self.cleaned_data.get(speaker_field(name)) for name in self.speakers}
        roles = {name: role for name, role in chosen.items() if role and role != usual_role(name)}
        rest = self.cleaned_data.get("everybody")
        return roles | ({ANYBODY: rest} if rest else {})

    def _layout(self) -> Layout:
        taken: dict[str, list[str]] = {}
        fields: dict[str, dict[str, str]] = {"session": {}, "turn": {}}
        for level, listed in self.groups.items():
            for number, key in enumerate(listed):
                place = self.cleaned_data.get(f"{level}_{number}_is", NOTHING)
                name = self.cleaned_data.get(f"{level}_{number}_name", "").strip()
                if place in PLACES and key.path not in taken.setdefault(place, []):
                    taken[place].append(key.path)
                if place in (LABEL, SESSION_LABEL) or (place in ALSO_LABEL and name):
                    self._label(fields[_level(level, place)], name or usual_name(key.path), key.path)
        for place, paths in taken.items():
            if len(paths) > 1:
                told = {"field": PLACES[place], "names": ", ".join(paths)}
                raise ValidationError(_("“%(field)s” is chosen for several (%(names)s). Choose it for one.") % told)
        places = {place: taken[place][0] if taken.get(place) else "" for place in PLACES}
        return replace(self.before.layout, **places, session=fields["session"], turn=fields["turn"])

    def _label(self, fields: dict[str, str], name: str, path: str) -> None:
        if name in fields:
            told = {"name": name, "first": fields[name], "second": path}
            raise ValidationError(
                _("“%(first)s” and “%(second)s” both give the field “%(name)s”. Name one of them otherwise.") % told
            )
        fields[name] = path

    def preview(self) -> Session | None:
        """The first session as it would be read now; None where the file has none. Raises FormatError."""
        return files.preview(self.table, self.settings or self.before)


def speaker_field(name: str) -> str:
    """The name of the field for a speaker's part; it stays the same when others join the list."""
    return f"part_{hashlib.sha256(plain(name).encode()).hexdigest()[:12]}"


def usual_name(path: str) -> str:
    """The field that a key names, where nobody names it otherwise."""
    return field_name(path.removeprefix("session.").rpartition(".")[2])


def _level(level: str, place: str) -> str:
    if level == "column":
        return "session" if place in (SESSION_LABEL, *ALSO_LABEL) else "turn"
    return level


def _places(level: str) -> list[tuple[str, Any]]:
    """What a key of this level can be."""
    places: tuple[str, ...]
    if level == "column":
        labels = [(LABEL, gettext_lazy("Label of the turn")), (SESSION_LABEL, gettext_lazy("Label of the session"))]
        places = COLUMNS
    else:
        labels = [(LABEL, gettext_lazy("Label"))]
        places = ABOUT_SESSIONS if level == "session" else ABOUT_TURNS
    return [(NOTHING, gettext_lazy("keep beside it")), *((name, PLACES[name]) for name in places), *labels]


def _chosen(level: str, path: str, layout: Layout) -> tuple[str, str]:
    """What a key is under a layout, and the field that it labels."""
    offered = {"column": COLUMNS, "session": ABOUT_SESSIONS, "turn": ABOUT_TURNS}[level]
    place = next((name for name in offered if getattr(layout, name) == path), NOTHING)
    names: dict[str, Mapping[str, str]] = {LABEL: layout.turn, SESSION_LABEL: layout.session}
    if level != "column":
        names = {LABEL: layout.session if level == "session" else layout.turn}
    for label, fields in names.items():
        for name, its in fields.items():
            if its == path:
                return place or label, name
    return place, ""


def _initial(settings: Settings) -> dict[str, Any]:
    lines = [f"{name}: {' | '.join(values)}" for name, values in settings.allowed.items()]
    return {
        "everybody": settings.roles.get(ANYBODY, ""),
        "language": settings.language,
        "labels": settings.labels,
        "source": settings.source,
        "allowed": "\n".join(lines),
    }
