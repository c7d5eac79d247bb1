"""The checks of the continuous integration find the faults they are there for."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import polib
import pytest

from scripts import check_deployment, check_requirements, check_translations

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()
HANDBOOK = (ROOT / "docs" / "production.md").read_text()
HASH = "--hash=sha256:" + "0" * 64


def changed(text: str, old: str, new: str) -> str:
    """Return a text with one thing changed, which must have been there."""
    assert old in text
    return text.replace(old, new, 1)


# --- Dockerfile and compose file ---------------------------------------------------------------------------


def test_deployment_files_agree_with_the_code() -> None:
    assert [
        *check_deployment.check_ignored(DOCKERFILE, (ROOT / ".dockerignore").read_text()),
        *check_deployment.check_dockerfile(DOCKERFILE, ROOT),
        *check_deployment.check_secrets(COMPOSE),
        *check_deployment.check_environment(COMPOSE, HANDBOOK, check_deployment.settings_variables(ROOT)),
        *check_deployment.check_services(COMPOSE),
        *check_deployment.check_commands(COMPOSE, DOCKERFILE),
        *check_deployment.check_health(DOCKERFILE, COMPOSE, ROOT),
    ] == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("COPY stats ./stats", "COPY statistics ./stats", "COPY takes statistics, which does not exist"),
        ("USER concord", "USER root", "the processes would run as root"),
        ("--require-hashes ", "", "pip installs without --require-hashes"),
        ("ENV PATH", "ENV CONCORD_SECRET_KEY=x PATH", "ENV keeps a secret in the image (SECRET)"),
        ("python:3.11-slim-bookworm AS", "python:slim AS", "python:slim AS packages names no version"),
    ],
)
def test_dockerfile_fault_is_found(old: str, new: str, fault: str) -> None:
    before = set(check_deployment.check_dockerfile(DOCKERFILE, ROOT))
    found = set(check_deployment.check_dockerfile(changed(DOCKERFILE, old, new), ROOT))
    assert found - before == {f"Dockerfile: {fault}"}


def test_file_kept_out_by_dockerignore_is_found() -> None:
    assert list(check_deployment.check_ignored("COPY manage.py stats ./\n", "*\n!stats\n")) == [
        ".dockerignore: keeps out manage.py, which the Dockerfile copies"
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("${CONCORD_SECRET_KEY:?", "${CONCORD_SECRET_KEY:-", "${CONCORD_SECRET_KEY} must be required"),
        ("concord:${POSTGRES_PASSWORD:?", "concord:${POSTGRES_PASSWORD:-", "${POSTGRES_PASSWORD} must be required"),
        ("POSTGRES_PASSWORD: $", "POSTGRES_PASSWORD: word #$", "postgres has POSTGRES_PASSWORD in plain text"),
        ("redis://redis", "redis://:word@redis", "has a password inside REDIS_URL"),
    ],
)
def test_default_secret_is_found(old: str, new: str, fault: str) -> None:
    found = list(check_deployment.check_secrets(changed(COMPOSE, old, new)))
    assert found
    assert all(fault in line for line in found)


def test_variable_that_only_one_side_knows_is_found() -> None:
    read = check_deployment.settings_variables(ROOT)
    compose = changed(COMPOSE, "CONCORD_SITE_NAME: ", "CONCORD_SIDE_NAME: ")
    handbook = HANDBOOK.replace("`CONCORD_LEASE_MINUTES`", "")
    assert list(check_deployment.check_environment(compose, handbook, read)) == [
        "docs/production.md: does not mention CONCORD_LEASE_MINUTES, which the settings read",
        "docker-compose.yml: sets CONCORD_SIDE_NAME, which nothing reads",
    ]


def test_settings_variables_are_found_in_their_modules() -> None:
    found = check_deployment.settings_variables(ROOT)
    assert {"CONCORD_SECRET_KEY", "DATABASE_URL", "EMAIL_PORT", "CONCORD_INSECURE_HTTP"} <= found


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "  redis:\n    image: redis:7.4",
            "  cache:\n    image: redis:7.4",
            "web depends on redis, which is no service",
        ),
        ("image: postgres:17", "image: postgres:latest", "postgres runs postgres:latest, which names no version"),
        ("  files:\n  database:", "  database:", "web uses the volume files, which is not declared"),
    ],
)
def test_compose_fault_is_found(old: str, new: str, fault: str) -> None:
    assert f"docker-compose.yml: {fault}" in check_deployment.check_services(changed(COMPOSE, old, new))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"config.wsgi:application", --host', '"config.wsgi:app", --host', "web: config.wsgi:app cannot be imported"),
        ("[celery, -A, config, beat", "[celery, -A, configs, beat", "beat: configs:celery_app cannot be imported"),
        ("manage.py, migrate", "manage.py, migrat", "migrate: there is no command migrat"),
    ],
)
def test_command_that_does_not_exist_is_found(old: str, new: str, fault: str) -> None:
    assert list(check_deployment.check_commands(changed(COMPOSE, old, new), DOCKERFILE)) == [fault]


def test_health_check_that_cannot_work_is_found(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "healthcheck.py").write_text('ADDRESS = "/healthy/"\n')
    compose = changed(COMPOSE, "redis-cli, ping", "curl, redis")
    without = changed(DOCKERFILE, "COPY scripts/healthcheck.py ./scripts/healthcheck.py", "")
    found = list(check_deployment.check_health(without, compose, tmp_path))
    assert sorted(set(found)) == [
        "a health check needs curl, which the image has not",
        "scripts/healthcheck.py: a health check runs it, and it is not in the image",
        "scripts/healthcheck.py: asks /healthy/, which is no address of ours",
    ]


# --- lock files --------------------------------------------------------------------------------------------


def test_lock_files_are_in_order() -> None:
    assert check_requirements.main() == 0


@pytest.mark.parametrize(
    ("lock", "faults"),
    [
        (f"one==1.5 {HASH}\n", []),
        (f"one==1.5 \\\n    {HASH} \\\n    {HASH}\n    # via nothing\n", []),
        (f"one>=1.5 {HASH}\n", ["lock: not pinned with ==: one>=1.5", "lock: one<2,>=1 is not locked"]),
        ("one==1.5\n", ["lock: not hashed with sha256: one==1.5"]),
        ("one==1.5 --hash=md5:00\n", ["lock: not hashed with sha256: one==1.5"]),
        (f"one==2.1 {HASH}\n", ["lock: one==2.1 is not <2,>=1; run: make lock"]),
        (f"two==1 {HASH}\n", ["lock: one<2,>=1 is not locked"]),
        (
            f"--index-url https://example.org/simple\none==1.5 {HASH}\n",
            [
                "lock:1: holds an address or an option for one: --index-url https://example.org/simple",
                "lock: not pinned with ==: --index-url https://example.org/simple",
            ],
        ),
    ],
)
def test_lock_fault_is_found(tmp_path: Path, lock: str, faults: list[str]) -> None:
    (tmp_path / "wanted.in").write_text("# what we need\none>=1,<2  # a reason\n")
    (tmp_path / "lock").write_text(lock)
    wanted = check_requirements.wanted(tmp_path / "wanted.in")
    assert list(check_requirements.check_lock(tmp_path / "lock", wanted)) == faults


def test_runtime_pin_that_tests_would_not_run_with_is_found(tmp_path: Path) -> None:
    (tmp_path / "run").write_text(f"one==1 {HASH}\ntwo==1 {HASH}\n")
    (tmp_path / "dev").write_text(f"one==2 {HASH}\ntwo==1 {HASH}\n")
    assert list(check_requirements.check_same(tmp_path / "run", tmp_path / "dev")) == [
        "dev: one==1 of run is locked otherwise; run: make lock"
    ]


# --- translations ------------------------------------------------------------------------------------------


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return a function that checks the sources `_("Hello %(name)s")` and `_("Bye")` against the given translations."""
    (tmp_path / "stats").mkdir()
    (tmp_path / "stats" / "words.py").write_text('_("Hello %(name)s")\n_("Bye")\n')
    folder = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    monkeypatch.setattr(check_translations, "ROOT", tmp_path)

    def faults(entries: dict[str, str], *, fuzzy: str = "", compiled: bool = True) -> list[str]:
        shutil.rmtree(tmp_path / "copy", ignore_errors=True)
        po = polib.POFile()
        po.metadata = {"Content-Type": "text/plain; charset=utf-8"}
        for text, translation in entries.items():
            po.append(polib.POEntry(msgid=text, msgstr=translation, flags=["fuzzy"] if text == fuzzy else []))
        po.save(str(folder / "django.po"))
        if compiled:
            po.save_as_mofile(str(folder / "django.mo"))
        return [
            re.sub(r" \(.*\)$", "", line)
            for line in check_translations.check_domain(folder, "django", tmp_path / "copy")
        ]

    return faults


COMPLETE = {"Hello %(name)s": "你好，%(name)s", "Bye": "再见"}


@pytest.mark.parametrize(
    ("entries", "fuzzy", "faults"),
    [
        (COMPLETE, "", []),
        ({"Bye": "再见"}, "", ["django.po: missing: 'Hello %(name)s'"]),
        ({**COMPLETE, "Bye": ""}, "", ["django.po: not translated: 'Bye'"]),
        ({**COMPLETE, "Old": "旧"}, "", ["django.po: no longer in the sources: 'Old'"]),
        (
            {**COMPLETE, "Hello %(name)s": "你好"},
            "",
            ["django.po: other placeholders than the source: 'Hello %(name)s'"],
        ),
        (COMPLETE, "Bye", ["django.po: fuzzy: 'Bye'"]),
    ],
)
def test_translation_fault_is_found(
    catalogue: Callable[..., list[str]], entries: dict[str, str], fuzzy: str, faults: list[str]
) -> None:
    assert catalogue(entries, fuzzy=fuzzy) == faults


def test_compiled_catalogue_that_is_missing_or_old_is_found(catalogue: Callable[..., list[str]]) -> None:
    run = "run: django-admin compilemessages"
    assert catalogue(COMPLETE, compiled=False) == [f"django.mo: missing; {run}"]
    catalogue(COMPLETE)
    assert catalogue({**COMPLETE, "Bye": "再会"}, compiled=False) == [f"django.mo: older than django.po; {run}"]
