"""Making and describing data sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.models import Dataset, Item, Project, Sighting, User
from projects.services import audit

MAX_KEY = 40
MAX_NAME = 100
MAX_ALIASES = 20
# "new" is an address of its own beside the data sets.
RESERVED_SLUGS = frozenset({"new"})
# What a data set's true/false items can be, until somebody says otherwise.
DEFAULT_LABELS: list[dict[str, Any]] = [
    {"key": "positive", "text": "Positive", "names": {"zh": "积极"}, "aliases": ["true", "yes", "1", "是", "对"]},
    {"key": "negative", "text": "Negative", "names": {"zh": "消极"}, "aliases": ["false", "no", "0", "否", "错"]},
]
LABELS_IN_USE = gettext_lazy(
    "Items of this data set use the labels “%(keys)s” already, so the keys stay. You can change the names shown."
)


@transaction.atomic
def create(
    *,
    project: Project,
    name: str,
    actor: User | None,
    slug: str = "",
    description: str = "",
    labels: Iterable[Mapping[str, Any]] | None = None,
) -> Dataset:
    """Make an empty data set. Raises ValidationError for a name or labels that cannot be used."""
    name = clean_name(name)
    dataset = Dataset.objects.create(
        project=project,
        name=name,
        slug=free_slug(project, slug or name),
        description=description.strip(),
        labels=clean_labels(DEFAULT_LABELS if labels is None else labels),
    )
    audit.record("dataset.created", actor=actor, project=project, target=dataset)
    return dataset


@transaction.atomic
def change(
    *, dataset: Dataset, name: str, description: str, labels: Iterable[Mapping[str, Any]], actor: User | None
) -> Dataset:
    """Rename and describe a data set, and name its labels. Raises ValidationError, also where a label in use goes."""
    # Locks out an import that would bring items with the old labels between the check and the change.
    dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
    dataset.name = clean_name(name)
    dataset.description = description.strip()
    cleaned = clean_labels(labels)
    if keys_of(cleaned) != keys_of(dataset.labels) and labels_in_use(dataset):
        raise ValidationError(LABELS_IN_USE % {"keys": ", ".join(keys_of(dataset.labels))})
    dataset.labels = cleaned
    dataset.save(update_fields=["name", "description", "labels"])
    audit.record("dataset.changed", actor=actor, project=dataset.project, target=dataset)
    return dataset


def clean_name(name: str) -> str:
    """Return the name without blanks around it; raises ValidationError for an empty or overlong one."""
    name = name.strip()
    if not name:
        raise ValidationError(_("Give the data set a name."))
    if len(name) > 200:
        raise ValidationError(_("The name is longer than 200 characters. Shorten it."))
    return name


def free_slug(project: Project, wish: str) -> str:
    """Return a short name that no other data set of the project has, made from `wish`."""
    base = slugify(wish)[:50].strip("-_") or "data"
    taken = set(Dataset.objects.filter(project=project, slug__startswith=base).values_list("slug", flat=True))
    slug, number = base, 1
    while slug in taken or slug in RESERVED_SLUGS:
        number += 1
        slug = f"{base}-{number}"
    return slug


def note_read(items: Iterable[Item], user: User) -> None:
    """Remember that somebody has read these items in the data set: they are no fresh rater of them any more."""
    Sighting.objects.bulk_create((Sighting(item=item, user=user) for item in items), ignore_conflicts=True)


def labels_in_use(dataset: Dataset) -> bool:
    """Whether the data set has true/false items, also from an import under way."""
    return Item.objects.filter(dataset=dataset, kind=Item.Kind.TRUE_FALSE).exists()


def keys_of(labels: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the labels' keys, in order."""
    return [str(label["key"]) for label in labels]


def clean_labels(labels: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return exactly two labels as stored: key, text, names by language code, aliases. Raises ValidationError."""
    cleaned = [_clean_label(label) for label in labels]
    if len(cleaned) != 2:
        raise ValidationError(_("True/false items have exactly two labels."))
    first, second = ({spoken.casefold() for spoken in _spoken(label)} for label in cleaned)
    if both := first & second:
        raise ValidationError(_("Both labels are called “%(name)s”. Make them different."), params={"name": min(both)})
    return cleaned


def _clean_label(label: Mapping[str, Any]) -> dict[str, Any]:
    key, text = str(label.get("key", "")).strip(), str(label.get("text", "")).strip()
    if not key or len(key) > MAX_KEY or any(mark in key for mark in "|,;\n"):
        raise ValidationError(_("A label needs a key of at most 40 characters, without commas or other separators."))
    names = {str(code): str(name).strip() for code, name in dict(label.get("names") or {}).items()}
    aliases = [str(alias).strip() for alias in label.get("aliases") or []]
    if any(len(word) > MAX_NAME for word in (text, *names.values(), *aliases)) or len(aliases) > MAX_ALIASES:
        raise ValidationError(_("A label's name is longer than 100 characters, or it has more than 20 spellings."))
    return {
        "key": key,
        "text": text or key.capitalize(),
        "names": {code: name for code, name in names.items() if name},
        "aliases": list(dict.fromkeys(alias for alias in aliases if alias)),
    }


def _spoken(label: Mapping[str, Any]) -> list[str]:
    return [label["key"], label["text"], *label["names"].values(), *label["aliases"]]
