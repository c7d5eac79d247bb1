"""The roster as a CSV file: written for a spreadsheet, read back with a look before anything is kept."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from campaign.models import Availability
from campaign.services import inviting, roster
from projects.formats.cells import restore_cell
from projects.formats.languages import language_code
from projects.forms.base import code_validator
from projects.models import Invitation, Project, Rater, Study, User
from projects.querysets.people import usable
from projects.services import invitations, raters
from projects.services.audit import record

COLUMNS = ("code", "email", "languages", "group", "qualification", "hours", "from", "until", "status", "note")
MOST_ROWS = 2000
LONGEST = {"group": 60, "qualification": 200, "note": 300}
OF_RATER, OF_AVAILABILITY = (
    ("languages", "group", "qualification", "active"),
    ("hours", "since", "until", "away", "note"),
)


@dataclass
class Line:
    """A line of a file, with what would become of it: new, changed, same, kept (not asked for) or wrong."""

    number: int
    code: str = ""
    email: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    rater: Rater | None = None

    fate: str = ""
    invited: bool = False
    # Whether an invitation to this address is open already.
    asked: bool = False


def rows(project: Project) -> Iterator[Sequence[Any]]:
    """Yield the roster as rows of a file."""
    for rater in roster.listed(project):
        told = getattr(rater, "availability", None) or Availability(rater=rater)
        yield (
            rater.code, rater.user.email if rater.user else "", " ".join(rater.languages), rater.group,
            rater.qualification, told.hours if told.hours is not None else "", told.since or "", told.until or "",
            rater.status, told.note,
        )  # fmt: skip


def read(project: Project, text: str, *, update: bool, invite: bool) -> list[Line]:
    """Return the lines of a file with what would become of each; ValidationError where it is no roster at all."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), restkey="")
    names = [name.strip().casefold() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    if not {"code", "email"} & set(names):
        raise ValidationError(_("The first line must name the columns; one of code and email must be among them."))
    if unknown := [name for name in names if name not in COLUMNS]:
        raise ValidationError(_("These columns are not known: %(names)s.") % {"names": ", ".join(unknown)})
    found = [_line(number, cells) for number, cells in enumerate(reader, 2)]
    if len(found) > MOST_ROWS:
        raise ValidationError(_("These are more than %(n)s lines.") % {"n": MOST_ROWS})
    return _judged(project, found, update=update, invite=invite)


def _line(number: int, cells: dict[str, Any]) -> Line:
    told = {name: restore_cell(str(value or "")).strip() for name, value in cells.items() if name}
    line = Line(number, told.get("code", ""), told.get("email", "").casefold())
    for name in told.keys() & READERS.keys():
        key, reader = READERS[name]
        try:
            line.values[key] = reader(told[name])
        except ValueError as error:
            line.errors.append(str(error))
    if "status" in told:
        _read_status(line, told["status"].casefold())
    _check_names(line)
    since, until = line.values.get("since"), line.values.get("until")
    if since and until and until < since:
        line.errors.append(_("The last day is before the first."))
    return line


def _read_status(line: Line, status: str) -> None:
    if status and status not in roster.Status.values:
        line.errors.append(_("%(word)s is no status.") % {"word": status})
    line.values["active"] = status != roster.Status.LEFT
    line.values["away"] = status == roster.Status.AWAY


def _check_names(line: Line) -> None:
    try:
        if line.code:
            code_validator(line.code)
        if line.email:
            validate_email(line.email)
    except ValidationError as error:
        line.errors += error.messages
    if len(line.code) > 40:
        line.errors.append(_("The code is longer than 40 characters."))
    if not line.code and not line.email:
        line.errors.append(_("There is neither a code nor an address."))


def _languages(text: str) -> list[str]:
    codes = {name: language_code(name) for name in text.replace(",", " ").replace(";", " ").split()}
    if wrong := [name for name, code in codes.items() if not code]:
        raise ValueError(_("These are no language codes: %(names)s.") % {"names": ", ".join(wrong)})
    return list(dict.fromkeys(code for code in codes.values() if code))


def _hours(text: str) -> int | None:
    if text and not (text.isascii() and text.isdecimal() and int(text) <= 168):
        raise ValueError(_("Hours a week are a whole number up to 168, not %(word)s.") % {"word": text[:20]})
    return int(text) if text else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError(_("%(word)s is no day; write 2026-11-30.") % {"word": text[:20]}) from error


def _text(name: str) -> Callable[[str], str]:
    def read_text(text: str) -> str:
        if len(text) > LONGEST[name]:
            raise ValueError(_("%(name)s is longer than %(n)s characters.") % {"name": name, "n": LONGEST[name]})
        return text

    return read_text


READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "languages": ("languages", _languages),
    "group": ("group", _text("group")),
    "qualification": ("qualification", _text("qualification")),
    "hours": ("hours", _hours),
    "from": ("since", _day),
    "until": ("until", _day),
    "note": ("note", _text("note")),
}


def _judged(project: Project, lines: list[Line], *, update: bool, invite: bool) -> list[Line]:
    """Hold lines against the project and each other."""
    known = {rater.code: rater for rater in project.raters.select_related("availability", "user")}
    by_email = {rater.user.email: rater for rater in known.values() if rater.user}
    asked = usable(project.invitations.exclude(email=""))
    invited = set(asked.values_list("email", flat=True))
    promised = set(usable(project.invitations.exclude(rater_code="")).values_list("rater_code", flat=True))
    seen: set[str] = set()
    for line in lines:
        line.rater = known.get(line.code) or (None if line.code else by_email.get(line.email))
        for name in filter(None, (line.code, line.email)):
            if name in seen:
                line.errors.append(_("%(name)s stands in the file twice.") % {"name": name})
            seen.add(name)
        _against(line, by_email, promised)
        line.asked = line.email in invited
        line.invited = bool(invite and line.email and not line.asked and not (line.rater and line.rater.user))
        line.fate = _fate(line, update=update)
    return lines


def _against(line: Line, by_email: dict[str, Rater], promised: set[str]) -> None:
    owner = by_email.get(line.email) if line.email else None
    if owner and line.code and owner.code != line.code:
        words = _("This address belongs to rater %(code)s.")
        line.errors.append(words % {"code": owner.code})
    if line.rater is None and line.code in promised:
        line.errors.append(_("The code %(code)s is promised by an open invitation.") % {"code": line.code})
    if line.rater and line.rater.nature != Rater.Nature.PERSON:
        line.errors.append(_("Rater %(code)s is no person.") % {"code": line.code})


def _fate(line: Line, *, update: bool) -> str:
    if line.errors:
        return "wrong"
    if line.rater is None:
        return "new"
    told = getattr(line.rater, "availability", None) or Availability(rater=line.rater)
    line.changed = [
        name
        for name, value in line.values.items()
        if getattr(told if name in OF_AVAILABILITY else line.rater, name) != value
    ]
    if not line.changed:
        return "same"
    return "changed" if update else "kept"


def keep(
    project: Project, text: str, *, update: bool, invite: bool, actor: User, studies: Collection[Study] = ()
) -> tuple[list[Line], list[tuple[Invitation, str]]]:
    """Import a roster, whole or not at all; returns its lines, and the invitations that are to be sent.

    Whoever is invited by it takes part in `studies` on accepting; open invitations to its addresses name them as well.
    Raises ValidationError where a line is wrong, as the project is now.
    """
    with transaction.atomic():
        raters.lock(project)
        lines = read(project, text, update=update, invite=invite)
        if any(line.fate == "wrong" for line in lines):
            raise ValidationError(_("Nothing was imported: some lines are wrong."))
        _add(project, [line for line in lines if line.fate == "new"])
        _change([line for line in lines if line.fate == "changed"])
        wanted = [(line.rater, line.email) for line in lines if line.invited and line.rater]
        made = inviting.prepare(project, wanted, actor=actor, studies=studies)
        asked = [line.email for line in lines if line.asked] if invite and studies else []
        rows = usable(project.invitations.filter(email__in=asked)) if asked else ()
        invitations.name_studies(project, rows, studies, actor=actor, also=True)
        kept = [line for line in lines if line.fate in ("new", "changed")]
        record("roster.imported", actor=actor, project=project, raters=len(kept), invitations=len(made))
    return lines, made


def _add(project: Project, lines: list[Line]) -> None:
    number = int(raters.next_code(project)[1:])
    taken = {line.code for line in lines}
    for line in lines:
        while not line.code:
            code, number = f"R{number}", number + 1
            line.code = "" if code in taken else code
        values = {name: value for name, value in line.values.items() if name in OF_RATER}
        line.rater = Rater(project=project, code=line.code, **values)
    Rater.objects.bulk_create([line.rater for line in lines if line.rater], batch_size=500)
    Availability.objects.bulk_create(
        [
            Availability(rater=line.rater, **{k: v for k, v in line.values.items() if k in OF_AVAILABILITY})
            for line in lines
        ],
        batch_size=500,
    )


def _change(lines: list[Line]) -> None:
    changed, told = [], []
    for line in lines:
        rater = line.rater
        if rater is None:
            continue
        availability = getattr(rater, "availability", None) or Availability(rater=rater)
        for name in line.changed:
            setattr(availability if name in OF_AVAILABILITY else rater, name, line.values[name])
        changed.append(rater)
        told.append(availability)
    if changed:
        Rater.objects.bulk_update(changed, OF_RATER, batch_size=200)
        Availability.objects.bulk_update([row for row in told if row.pk], OF_AVAILABILITY, batch_size=200)
        Availability.objects.bulk_create([row for row in told if not row.pk], batch_size=500)
