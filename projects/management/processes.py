"""Child processes that live and die together, whatever ends the first of them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
# Loaded here: between fork and exec nothing may be imported.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent is gone, even by kill -9. For `preexec_fn`."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One process, leader of its own session, writing to its own log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def is_dead(self) -> bool:
        """Return whether it has ended, without reaping it: its group's number stays its own until then."""
        if self.process.returncode is not None:
            return True
        found = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return found is not None

    def ask_to_end(self) -> None:
        """Ask the leader alone: a pool whose members got the signal too would look like one that crashes."""
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End whatever is left of the group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def end(self) -> int:
        """End what it may have left behind and return its exit code."""
        self.kill()
        return self.process.wait()

    def last_words(self, lines: int = 12) -> str:
        """Return the end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@dataclass
class Family:
    """Children of one supervisor."""

    children: list[Child] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path) -> Child:
        """Start `command` in a session of its own, so that a terminal's Ctrl-C reaches the supervisor alone."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  the command is ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509  it calls one C function and allocates nothing
            )
        child = Child(name, process, log)
        self.children.append(child)
        return child

    def dead(self) -> Child | None:
        """Return the first child that has ended, if one has."""
        return next((child for child in self.children if child.is_dead()), None)

    def stop(self, grace: float = 4.0) -> None:
        """Ask every child to end, and after `grace` seconds end what is left of each group."""
        for child in self.children:
            child.ask_to_end()
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline and not all(child.is_dead() for child in self.children):
            time.sleep(0.05)
        for child in self.children:
            child.kill()
        for child in self.children:
            child.process.wait()
        self.children.clear()
