"""What stands beside an entry of the audit log, in words. What is missing here is shown as it is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from projects import audit_hooks, kinds
from projects.models import Flag, Role, StudyRole
from projects.querysets.audit import Key
from projects.views import audit_words

# They say nothing to a reader; what stands beside them does.
SILENT = frozenset({"membership", "pair", "before", "after"})
# A database may store keys in another order than they were given in; what is not here follows, by name.
ORDER = (
    "file", "format", "texts", "how", "code", "concern", "part", "role", "roles", "what", "fields", "study", "dataset",
    "items", "units", "raters", "invitations", "studies", "systems", "projects", "count", "lines", "written",
    "responses", "rows", "unchanged", "conflicts", "rejected", "revision", "version", "number", "decision", "reason",
)  # fmt: skip
Words = Mapping[str, str | Promise]
HOW: Words = {
    "agreed": gettext_lazy("agreed"),
    "discussed": gettext_lazy("agreed after discussion"),
    "adjudicated": gettext_lazy("adjudicated"),
    "voted": gettext_lazy("decided by vote"),
    "removed": gettext_lazy("removed"),
    "by_rater": gettext_lazy("by the rater"),
    "by_manager": gettext_lazy("by the manager"),
}
REMOVAL: Words = {
    "undecidable": gettext_lazy("cannot be decided"),
    "depends_on_values": gettext_lazy("depends on a person's values"),
    "privacy": gettext_lazy("privacy"),
    "faulty": gettext_lazy("faulty item"),
    "other": gettext_lazy("other"),
}
FIELDS: Words = {
    "active": gettext_lazy("active"),
    "code": gettext_lazy("code"),
    "content_notice": gettext_lazy("content notice"),
    "description": gettext_lazy("description"),
    "group": gettext_lazy("group"),
    "help_text": gettext_lazy("help lines"),
    "languages": gettext_lazy("languages"),
    "name": gettext_lazy("name"),
    "qualification": gettext_lazy("qualification"),
}
# What an exclusion can leave out besides whole things.
WHAT: Words = {"period": gettext_lazy("a rater's answers of a period")}
TEXTS: Words = {"with": gettext_lazy("with the texts"), "without": gettext_lazy("without the texts")}
# key -> the words its codes stand for; the key itself says nothing more.
CODES: Mapping[str, Words] = {"how": HOW, "texts": TEXTS, "code": REMOVAL, "concern": dict(Flag.Concern.choices)}


def details(data: Mapping[str, Any], known: Mapping[Key, str]) -> Iterator[str]:
    """Yield what an entry's data says, in words, in reading order; `known` has the names of what it refers to."""
    for key, value in sorted(data.items(), key=_place):
        said = key not in SILENT and value not in (None, "")
        if said and (words := _detail(key, value, known)):
            yield words


def _place(entry: tuple[str, Any]) -> tuple[int, str]:
    key = entry[0]
    return (ORDER.index(key) if key in ORDER else len(ORDER), key)


def _detail(key: str, value: Any, known: Mapping[Key, str]) -> str:
    codes = CODES.get(key) or audit_hooks.codes().get(key)
    if codes is not None:
        return str(codes.get(value, value))
    if key in ("study", "dataset"):
        return _("%(kind)s: %(name)s") % {"kind": audit_words.kind(key), "name": known.get((key, value), f"#{value}")}
    if key == "fields" and isinstance(value, int):
        return ngettext("%(n)s field", "%(n)s fields", value) % {"n": value}
    if isinstance(value, int) and not isinstance(value, bool) and (told := _count(key, value)) is not None:
        return told
    told = _told(key, str(value))
    return told if told is not None else f"{key}: {value}"


def _count(key: str, n: int) -> str | None:
    """Return a number in words; nothing is said of a zero that nobody asks for."""
    if n == 0 and key in ("unchanged", "conflicts", "rejected"):
        return ""
    words = {
        "items": lambda: ngettext("%(n)s item", "%(n)s items", n),
        "units": lambda: ngettext("%(n)s unit", "%(n)s units", n),
        "raters": lambda: ngettext("%(n)s rater", "%(n)s raters", n),
        "unchanged": lambda: _("%(n)s known already"),
        "conflicts": lambda: _("%(n)s in conflict"),
        "rejected": lambda: _("%(n)s rejected"),
        "revision": lambda: _("revision %(n)s"),
        "version": lambda: _("version %(n)s"),
        "number": lambda: _("version %(n)s"),
        "systems": lambda: ngettext("%(n)s system", "%(n)s systems", n),
        "count": lambda: ngettext("%(n)s place", "%(n)s places", n),
        "invitations": lambda: ngettext("%(n)s invitation", "%(n)s invitations", n),
        "studies": lambda: ngettext("%(n)s study", "%(n)s studies", n),
        "lines": lambda: ngettext("%(n)s line", "%(n)s lines", n),
        "written": lambda: ngettext("%(n)s pre-label", "%(n)s pre-labels", n),
        "responses": lambda: ngettext("%(n)s response", "%(n)s responses", n),
        "rows": lambda: ngettext("%(n)s response", "%(n)s responses", n),
        "projects": lambda: ngettext("%(n)s project", "%(n)s projects", n),
    }.get(key)
    return words() % {"n": n} if words else None


def _told(key: str, value: str) -> str | None:
    if key in ("role", "roles"):
        names = _listed(value, dict(Role.choices))
        return _("role: %(names)s") % {"names": names} if key == "role" else _("roles: %(names)s") % {"names": names}
    if key == "part":
        return _("as %(part)s") % {"part": _listed(value, dict(StudyRole.Part.choices))}
    if key == "what":
        return str(WHAT[value]) if value in WHAT else audit_words.kind(value)
    if key == "fields":
        return _("changed: %(names)s") % {"names": _listed(value, FIELDS)}
    if key == "file":
        titles = {one.key: one.name for kind in kinds.registry().values() for one in kind.exports()}
        return str(titles.get(value, value))
    return value.upper() if key == "format" else None


def _listed(codes: str, words: Words) -> str:
    return ", ".join(str(words.get(code, code)) for code in codes.split(","))
