"""The form in which a schema is edited: one part for each field, and buttons that add, move and remove them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation import posted, presets, schema_text
from annotation.schema import MAX_FIELDS, ROLES, Field, FieldKind, Level, Schema
from annotation.schema_check import faults

KINDS = [
    (FieldKind.SINGLE, _("one label")),
    (FieldKind.SEVERAL, _("several labels")),
    (FieldKind.TEXT, _("free text")),
    (FieldKind.SCALE, _("number on a scale")),
    (FieldKind.YES_NO, _("yes or no")),
]
ASKED_OF = [
    ("session", _("the session as a whole")),
    ("therapist", _("the therapist’s turns")),
    ("client", _("the client’s turns")),
    ("other", _("others’ turns")),
]
FLAGS: dict[str, Any] = {
    "required": _("Needs an answer"),
    "unknown": _("“Unknown” is an answer"),
    "none": _("“None of these” is an answer (several labels)"),
    "leaves_only": _("Sub-labels only: a label that has some cannot be chosen itself"),
    "evidence": _("Raters may mark the words that speak for their answer"),
}
LABELS_HELP = _(
    "One label on each line, a sub-label indented below its label. After the name, if you like and parted by | : "
    "description | colour | key on the keyboard | key in files | other spellings in files."
)


class FieldForm(forms.Form):
    """One field of a schema."""

    name = forms.CharField(label=_("Name"), max_length=80)
    key = forms.CharField(
        label=_("Key in files"),
        max_length=60,
        required=False,
        help_text=_("Made from the name where you leave it empty."),
    )
    also = forms.CharField(
        label=_("Other names in files"),
        max_length=600,
        required=False,
        help_text=_("Parted by commas. Labels that a file has under such a name belong to this field."),
    )
    asked_of = forms.MultipleChoiceField(
        label=_("Asked of"),
        choices=ASKED_OF,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Of every turn where you choose none."),
    )
    kind = forms.ChoiceField(label=_("Answered with"), choices=KINDS, initial=FieldKind.SINGLE)
    labels = forms.CharField(
        label=_("Labels"), required=False, max_length=60_000, help_text=LABELS_HELP, strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "class": "code", "spellcheck": "false"}),
    )  # fmt: skip
    low = forms.IntegerField(label=_("Lowest"), required=False, min_value=-100, max_value=100, initial=1)
    low_words = forms.CharField(label=_("What the lowest means"), required=False, max_length=500)
    high = forms.IntegerField(label=_("Highest"), required=False, min_value=-100, max_value=100, initial=5)
    high_words = forms.CharField(label=_("What the highest means"), required=False, max_length=500)
    help = forms.CharField(label=_("What raters read above it"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add a box for each flag."""
        super().__init__(*args, **kwargs)
        for name, label in FLAGS.items():
            self.fields[name] = forms.BooleanField(label=label, required=False)

    @property
    def heading(self) -> str:
        """The field in one line: its name, whom it is asked of, how it is answered."""
        values = self.data if self.is_bound else self.initial
        asked = values.getlist(self.add_prefix("asked_of")) if isinstance(values, QueryDict) else values["asked_of"]
        kind = values.get(self.add_prefix("kind")) if self.is_bound else values["kind"]
        of = [str(words) for key, words in ASKED_OF if key in asked] or [gettext("every turn")]
        return " · ".join([", ".join(of), *(str(words) for key, words in KINDS if key == kind)])

    @property
    def open(self) -> bool:
        """Whether the field is shown unfolded: it is new, or something in it is wrong."""
        return bool(self.errors) if self.is_bound else self.initial.get("refused") or not self.initial["name"]

    @property
    def said(self) -> Field:
        """The field as far as the form says it; what is wrong with it, the schema's check says."""
        data = self.cleaned_data
        kind, asked_of = FieldKind(data.get("kind") or FieldKind.SINGLE), data.get("asked_of", [])
        roles = tuple(role for role in ROLES if role in asked_of)
        labelled, scaled = kind in (FieldKind.SINGLE, FieldKind.SEVERAL), kind == FieldKind.SCALE
        name = data.get("name", "").strip()
        return Field(
            key=data.get("key", "").strip() or schema_text.made_key(name),
            name=name,
            also=schema_text.listed(data.get("also", "")),
            kind=kind,
            level=Level.SESSION if "session" in asked_of else Level.TURN,
            roles=() if roles == ROLES else roles,
            help=data.get("help", "").strip(),
            labels=schema_text.parse(data.get("labels", "")) if labelled else (),
            low=number(data.get("low"), 1) if scaled else 1,
            high=number(data.get("high"), 5) if scaled else 5,
            low_words=data.get("low_words", "").strip() if scaled else "",
            high_words=data.get("high_words", "").strip() if scaled else "",
            **{flag: bool(data.get(flag)) for flag in FLAGS},
        )

    @property
    def typed(self) -> dict[str, Any]:
        """What was typed as it stands, also what is refused: for a form that shows it again."""
        data = self.data if isinstance(self.data, QueryDict) else QueryDict()
        found: dict[str, Any] = {name: data.get(self.add_prefix(name), "") for name in self.base_fields}
        flags = {flag: bool(data.get(self.add_prefix(flag))) for flag in FLAGS}
        return found | flags | {"asked_of": data.getlist(self.add_prefix("asked_of")), "refused": bool(self.errors)}


def number(value: int | None, default: int) -> int:
    """Return a number, or the default where none was typed."""
    return default if value is None else value


def shown(field: Field) -> dict[str, Any]:
    """Return what the form shows of a field."""
    asked_of = ["session"] if field.level == Level.SESSION else list(field.roles)
    plain = {name: getattr(field, name) for name in FieldForm.base_fields if name not in ("labels", "asked_of", "also")}
    plain["also"] = ", ".join(field.also)
    flags = {name: getattr(field, name) for name in FLAGS}
    return plain | flags | {"name": field.words, "labels": schema_text.write(field.labels), "asked_of": asked_of}


class SchemaForm:
    """All fields of a schema, and the version it was opened from."""

    def __init__(self, schema: Schema, version: int, data: QueryDict | None = None) -> None:
        """Show a schema, or what was sent; a button pressed in it is done at once."""
        self.version = version
        self.faults: list[str] = []
        if data is None:
            self.forms = [FieldForm(prefix=f"f{n}", initial=shown(field)) for n, field in enumerate(schema.fields)]
            self.schema: Schema = schema
            return
        self.version = posted.whole(data.get("version"))
        count = min(posted.whole(data.get("count")), MAX_FIELDS + 1)
        self.forms = [FieldForm(data, prefix=f"f{n}") for n in range(count)]
        wrong = _form_faults(self.forms)
        self.schema = Schema(tuple(form.said for form in self.forms))
        # What a part's own form refuses is said once, by it.
        sound = Schema(tuple(form.said for form in self.forms if not form.errors))
        self.faults = [*wrong, *(faults(sound) if sound.fields or not self.forms else [])]

    def after(self, op: str) -> SchemaForm:
        """Return the form as a button leaves it: "add", "remove-2", "up-2", "down-2" or "load-KEY-LANGUAGE".

        What was typed stays as it was typed, also what saving would refuse.
        """
        verb, _sign, rest = op.partition("-")
        act: Mapping[str, Callable[[list[Entry], str], list[Entry]]] = {
            "add": lambda entries, _: [*entries, entry(Field(key=""))],
            "remove": lambda entries, at: [one for n, one in enumerate(entries) if str(n) != at],
            "up": lambda entries, at: moved(entries, at, -1),
            "down": lambda entries, at: moved(entries, at, 1),
            "load": lambda entries, name: [entry(field) for field in loaded(name)] or entries,
        }
        entries = [(form.said, form.typed) for form in self.forms]
        entries = act[verb](entries, rest) if verb in act else entries
        form = SchemaForm(Schema(tuple(field for field, _typed in entries)), self.version)
        form.forms = [FieldForm(prefix=f"f{n}", initial=typed) for n, (_field, typed) in enumerate(entries)]
        return form

    def touched(self, op: str) -> int | None:
        """Return the place of the field that a button has moved, to be shown unfolded; None for other buttons."""
        verb, _sign, at = op.partition("-")
        step = {"up": -1, "down": 1}.get(verb)
        return None if step is None else posted.whole(at) + step


# A field with what its form shows.
Entry = tuple[Field, dict[str, Any]]


def entry(field: Field) -> Entry:
    """Return a field as its form shows it."""
    return field, shown(field)


def moved(entries: list[Entry], at: str, by: int) -> list[Entry]:
    """Return fields with one of them moved up or down; at the ends nothing moves."""
    n = int(at) if at.isdecimal() else -1
    if 0 <= n < len(entries) and 0 <= n + by < len(entries):
        entries[n], entries[n + by] = entries[n + by], entries[n]
    return entries


def loaded(name: str) -> list[Field]:
    """Return a preset's fields by "KEY-LANGUAGE"; nothing for a name that none has."""
    key, _sign, language = name.rpartition("-")
    known = key in presets.SETS and language in presets.LANGUAGES
    return list(presets.schema(key, language).fields) if known else []


def _form_faults(found: list[FieldForm]) -> list[str]:
    return [
        gettext("Field %(n)s") % {"n": n} + f", {form.fields[name].label}: {error}"
        for n, form in enumerate(found, start=1)
        for name, errors in form.errors.items()
        for error in errors
    ]
