#!/usr/bin/env python3
"""Concord's command line."""

import os
import sys


def main() -> None:
    """Run a management command under the settings named by DJANGO_SETTINGS_MODULE (local by default)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # What is missing is the person's to mend; our own stack would only bury it.
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
