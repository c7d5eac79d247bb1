"""Erase a person on their request: `python manage.py erase_user ada@example.org`."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from projects.models import User
from projects.services.erasure import erase_person


class Command(BaseCommand):
    """Asks once, unless told not to: there is no way back."""

    help = "Anonymise the account with this e-mail address. Coded raters and their answers stay. There is no way back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the address, and --yes for use in scripts."""
        parser.add_argument("email")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, email: str, yes: bool, **options: object) -> None:
        """Erase, and name the projects that need a new manager."""
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            raise CommandError("There is no account with this e-mail address.")
        if not yes and input("This cannot be undone. Type the address again to erase: ").strip() != email.strip():
            raise CommandError("Not erased.")
        orphans = erase_person(user, actor=None)
        self.stdout.write(f"Erased. The account is now #{user.pk}.")
        for project in orphans:
            self.stdout.write(f"No manager any more: {project.slug}")
