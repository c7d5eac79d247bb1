"""The demonstration's accounts, with passwords drawn at first start and kept in a file for whoever runs it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction

from projects.models import User
from projects.services.audit import record

# Without signs that are easily taken for one another.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Person:
    """A made-up person: `key` is the part of the address before the @, and the rater's code in small letters."""

    key: str
    role: str
    name: str
    group: str = ""
    qualification: str = ""

    @property
    def email(self) -> str:
        """The address to log in with; it belongs to nobody."""
        return f"{self.key}@demo.example.org"


ADMIN = Person("admin", "site admin", "Noor Haddad")
MANAGER = Person("manager", "manager", "Maria Santos")
ADJUDICATOR = Person("adjudicator", "adjudicator", "Ada Klein")
RATERS = (
    Person("r1", "rater R1", "Lin Yue", "expert", "counsellor, 8 years"),
    Person("r2", "rater R2", "Sam Porter", "student", "psychology, fourth year"),
    Person("r3", "rater R3", "Zhao Wen", "expert", "school counsellor, 5 years"),
    Person("r4", "rater R4", "Ines Moreau", "student", "social work, third year"),
    Person("r5", "rater R5", "Tom Becker", "expert", "nurse, 12 years"),
)
EVERYBODY = (*RATERS, ADJUDICATOR, MANAGER, ADMIN)


def ensure(logins: Path) -> dict[str, User]:
    """Return the accounts by key. Where one is missing or the file is lost, all get new passwords."""
    found = _found()
    if len(found) == len(EVERYBODY) and logins.exists():
        return found
    passwords = {person: _new_password() for person in EVERYBODY}
    # Two at a time: hashing takes a good part of a second each, and lets other threads run meanwhile.
    with ThreadPoolExecutor(max_workers=2) as pool:
        hashes = dict(zip(passwords, pool.map(make_password, passwords.values()), strict=True))
    # An old file goes first and the new one comes last: killed in between there is none, and the next start sees it.
    logins.unlink(missing_ok=True)
    with transaction.atomic():
        for person in EVERYBODY:
            _keep(person, hashes[person])
    _write(logins, passwords)
    return _found()


def _found() -> dict[str, User]:
    by_email = {user.email: user for user in User.objects.filter(email__in=[person.email for person in EVERYBODY])}
    return {person.key: by_email[person.email] for person in EVERYBODY if person.email in by_email}


def _new_password() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def _keep(person: Person, hashed: str) -> None:
    admin = person == ADMIN
    user, created = User.objects.get_or_create(
        email=person.email, defaults={"name": person.name, "is_staff": admin, "is_superuser": admin}
    )
    User.objects.filter(pk=user.pk).update(password=hashed)
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True, "verified": True})
    if created:
        record("account.created", actor=None, target=user)


def _write(path: Path, passwords: dict[Person, str]) -> None:
    """Write the file for its owner's eyes only, whole or not at all."""
    accounts: Sequence[dict[str, str]] = [
        {"role": person.role, "name": person.name, "email": person.email, "password": password}
        for person, password in passwords.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"accounts": accounts}, file, indent=2)
    draft.replace(path)
