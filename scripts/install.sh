#!/bin/sh
# Finds a Python that can run Concord and hands over to scripts/install.py.   install.sh runtime|dev
set -u
cd "$(dirname "$0")/.." || exit 2

fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

if [ -n "${CONCORD_PYTHON:-}" ]; then
    fits "$CONCORD_PYTHON" && exec "$CONCORD_PYTHON" scripts/install.py "$@"
    echo "CONCORD_PYTHON names $CONCORD_PYTHON, which is not a Python 3.11 or newer." >&2
    exit 2
fi
for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
    fits "$candidate" && exec "$candidate" scripts/install.py "$@"
done
echo "Concord needs Python 3.11 or newer and found none; install it, or name one in CONCORD_PYTHON." >&2
exit 2
