"""Installing: stamps decide, and what cannot be done is said in one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import install

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with two lock files and a .venv that works."""
    for name in install.LOCKS.values():
        (tmp_path / name).write_text("one==1\n")
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    return tmp_path


def leave_stamp(wanted: str) -> None:
    install.stamp_path(wanted).write_text(install.stamp(wanted, install.venv_version()))


def test_stamp_of_the_same_lock_file_spares_the_installation(checkout: Path) -> None:
    assert install.is_current("runtime") is False
    leave_stamp("runtime")
    assert install.is_current("runtime") is True
    assert install.is_current("dev") is False


def test_changed_lock_file_is_installed_again(checkout: Path) -> None:
    leave_stamp("runtime")
    (checkout / "requirements.txt").write_text("one==2\n")
    assert install.is_current("runtime") is False


def test_environment_whose_python_is_gone_is_not_current(checkout: Path) -> None:
    leave_stamp("runtime")
    (checkout / ".venv" / "bin" / "python").unlink()
    assert install.is_current("runtime") is False


def test_folder_without_permission_is_named(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "VENV", checkout / "requirements.txt" / ".venv")
    monkeypatch.setattr(install, "PYTHON", checkout / "nowhere")
    assert install.main(["runtime"]) == 2
    path = checkout / "requirements.txt" / ".venv"
    assert capsys.readouterr().err == f"Concord cannot write to {path}: Not a directory.\n"


def test_python_without_venv_and_pip_says_which_package_helps(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "works", lambda _command: False)
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    with pytest.raises(install.Refusal) as refusal:
        install.make_venv("")
    assert str(refusal.value) == (
        f"Python {minor} cannot make a virtual environment here; try: apt install python{minor}-venv"
    )
    assert not install.VENV.exists()


def test_make_venv_without_ensurepip_borrows_the_systems_pip(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = install.works

    def works(command: list[str]) -> bool:
        if command[:3] == [sys.executable, "-m", "pip"]:
            return True
        return "ensurepip" not in command and real(command)

    monkeypatch.setattr(install, "works", works)
    install.make_venv("")
    assert install.venv_version() == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert install.pip()[:5] == [sys.executable, "-m", "pip", "--python", str(install.PYTHON)]


def test_no_python_at_all_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    result = subprocess.run(
        ["/bin/sh", str(ROOT / "scripts" / "install.sh"), "runtime"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stderr) == (
        2,
        "Concord needs Python 3.11 or newer and found none; install it, or name one in CONCORD_PYTHON.\n",
    )
