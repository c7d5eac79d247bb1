"""Ask the web process beside us whether it answers; exit code 0 if so. For the container's health check.

Standard library only and no settings: it runs every half minute, beside the product and not inside it.
"""

from __future__ import annotations

import http.client
import os
import sys

ADDRESS = "/health/"


def main(arguments: list[str]) -> int:
    """Ask once, on port 8000 or the one given; returns the exit code."""
    port = int(arguments[0]) if arguments else 8000
    # Requests for a host that is not served are refused, so one of the allowed ones is named.
    host = os.environ.get("CONCORD_ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*") or "localhost"
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        link.request("GET", ADDRESS, headers={"Host": host})
        status = link.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        print(f"The web process does not answer: {error}", file=sys.stderr)
        return 1
    finally:
        link.close()
    if status != http.client.OK:
        print(f"The web process answers {status}.", file=sys.stderr)
    return int(status != http.client.OK)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
