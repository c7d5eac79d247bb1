"""Entry of `python -m stats`."""

from __future__ import annotations

import sys

from stats.cli import main

sys.exit(main())
