"""Make .venv and install a lock file into it, once; a stamp tells whether that has been done.

Runs under the system's Python, before anything is installed: standard library only.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"runtime": "requirements.txt", "dev": "requirements-dev.txt"}


class Refusal(Exception):  # noqa: N818  it is what the person reads, not a fault of the program
    """Ends the installation with one sentence for the person at the terminal."""


def main(arguments: list[str]) -> int:
    """Install the requirements named by the only argument; returns the exit code."""
    wanted = arguments[0] if arguments else "runtime"
    if wanted not in LOCKS:
        print(f"Choose one of {', '.join(LOCKS)}.", file=sys.stderr)
        return 2
    try:
        if not is_current(wanted):
            with one_at_a_time():
                if not is_current(wanted):
                    install(wanted)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"Concord cannot write to {error.filename or ROOT}: {error.strerror}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def is_current(wanted: str) -> bool:
    """Return whether .venv works and holds what the lock file says."""
    path = stamp_path(wanted)
    version = venv_version()
    return bool(version) and path.is_file() and path.read_text() == stamp(wanted, version)


def stamp_path(wanted: str) -> Path:
    """Return the file that remembers what was installed last."""
    return VENV / f".concord-{wanted}"


def stamp(wanted: str, version: str) -> str:
    """Return what the stamp says after a complete installation under this Python."""
    digest = hashlib.sha256((ROOT / LOCKS[wanted]).read_bytes()).hexdigest()
    return f"{digest} {version}\n"


def venv_version() -> str:
    """Return the version of .venv's Python, or nothing where it does not run (moved, upgraded, half made)."""
    try:
        code = "import sys; print('.'.join(map(str, sys.version_info[:2])))"
        return subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let two first starts in one checkout wait for each other."""
    with Path(__file__).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install(wanted: str) -> None:
    """Make .venv where it is missing or broken, install, and leave the stamps."""
    uv = find_uv()
    if not venv_version():
        make_venv(uv)
    print(f"Installing {LOCKS[wanted]} (only when it has changed) ...", flush=True)
    installer = [uv, "pip", "install", "--quiet", "--python", str(PYTHON)] if uv else pip()
    if subprocess.run([*installer, "--require-hashes", "-r", LOCKS[wanted]], cwd=ROOT).returncode:
        raise Refusal(f"Installing {LOCKS[wanted]} failed for the reason above; start again to try again.")
    version = venv_version()
    # The development lock holds every runtime pin as well.
    for done in ["runtime", "dev"] if wanted == "dev" else ["runtime"]:
        stamp_path(done).write_text(stamp(done, version))


def find_uv() -> str:
    """Return uv's path where it works (a version manager's shim may exist and still refuse)."""
    found = shutil.which("uv")
    return found if found and works([found, "--version"]) else ""


def works(command: list[str]) -> bool:
    """Return whether a command ends well; its output is of no interest."""
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0
    except OSError:
        return False


def make_venv(uv: str) -> None:
    """Make .venv with uv, with Python's own module, or around a missing ensurepip (Debian packs it apart)."""
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()  # says at once, and with a path, where nothing may be written
    if uv and works([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(VENV)]):
        return
    if works([sys.executable, "-m", "ensurepip", "--version"]) and works(
        [sys.executable, "-m", "venv", "--clear", str(VENV)]
    ):
        return
    bare = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)]
    if works([sys.executable, "-m", "pip", "--version"]) and works(bare):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise Refusal(f"Python {minor} cannot make a virtual environment here; try: apt install python{minor}-venv")


def pip() -> list[str]:
    """Return the command that installs into .venv: its own pip, or the system's pointed at it."""
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    if not works([str(PYTHON), "-m", "pip", "--version"]):
        return [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", *quiet]
    return [str(PYTHON), "-m", "pip", "install", *quiet]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
