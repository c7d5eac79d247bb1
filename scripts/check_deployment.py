"""Check Dockerfile and docker-compose.yml against the code, without a container engine.

Each function takes texts and yields faults, so that the tests can hand it texts with a fault in them.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import yaml
from django.core.management import get_commands
from django.urls import Resolver404, resolve

ROOT = Path(__file__).resolve().parent.parent
VARIABLE = re.compile(r"\$\{(\w+)(:?[-?])?([^}]*)\}")
SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|PRIVATE|_KEY$")
# Optional by nature: without one, no mail server asks for a password.
OPTIONAL_SECRETS = {"EMAIL_PASSWORD"}
READERS = {"text", "items", "flag", "number"}


def main() -> int:
    """Print every fault; returns the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    dockerfile = (ROOT / "Dockerfile").read_text()
    compose = (ROOT / "docker-compose.yml").read_text()
    faults = [
        *check_dockerfile(dockerfile, ROOT),
        *check_ignored(dockerfile, (ROOT / ".dockerignore").read_text()),
        *check_secrets(compose),
        *check_environment(compose, (ROOT / "docs" / "production.md").read_text(), settings_variables(ROOT)),
        *check_services(compose),
        *check_commands(compose, dockerfile),
        *check_health(dockerfile, compose, ROOT),
    ]
    for fault in faults:
        print(fault)
    if not faults:
        print("Dockerfile and compose file agree with the code.")
    return 1 if faults else 0


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """Return (instruction, rest) for each logical line."""
    kept = "\n".join(line for line in dockerfile.splitlines() if not line.lstrip().startswith("#"))
    lines = re.sub(r"\\\n", " ", kept).splitlines()
    return [(word.upper(), rest.strip()) for line in lines if line.strip() for word, rest in [line.split(maxsplit=1)]]


def copied(dockerfile: str) -> list[str]:
    """Return every source that COPY takes from the checkout."""
    rests = [shlex.split(rest) for word, rest in instructions(dockerfile) if word in {"COPY", "ADD"}]
    return [source for parts in rests if not parts[0].startswith("--from") for source in parts[:-1]]


def check_dockerfile(dockerfile: str, root: Path) -> Iterator[str]:
    """Yield what is wrong with the image's recipe."""
    lines = instructions(dockerfile)
    for source in copied(dockerfile):
        if not (root / source).exists():
            yield f"Dockerfile: COPY takes {source}, which does not exist"
    for word, rest in lines:
        if word == "FROM" and not re.search(r":[\w.-]*\d", rest.split()[0]):
            yield f"Dockerfile: {rest} names no version"
        if word in {"ENV", "ARG"} and (name := SECRET.search(rest)):
            yield f"Dockerfile: {word} keeps a secret in the image ({name[0]})"
        if word == "RUN" and "pip install" in rest and "--require-hashes" not in rest:
            yield "Dockerfile: pip installs without --require-hashes"
    users = [rest for word, rest in lines if word == "USER"]
    if not users or users[-1] in {"root", "0"}:
        yield "Dockerfile: the processes would run as root"


def check_ignored(dockerfile: str, ignored: str) -> Iterator[str]:
    """Yield what COPY wants and .dockerignore, which lets in only what it names, keeps out."""
    let_in = {line[1:].strip() for line in ignored.splitlines() if line.startswith("!")}
    for source in copied(dockerfile):
        if source not in let_in:
            yield f".dockerignore: keeps out {source}, which the Dockerfile copies"


def check_secrets(compose: str) -> Iterator[str]:
    """Yield each secret that has a default or stands in the file."""
    for name, operator, _rest in VARIABLE.findall(compose):
        if SECRET.search(name) and operator != ":?" and name not in OPTIONAL_SECRETS:
            yield f"docker-compose.yml: ${{{name}}} must be required, as ${{{name}:?...}}"
    for service, values in services(compose).items():
        for name, value in (values.get("environment") or {}).items():
            if SECRET.search(name) and not str(value).startswith("${"):
                yield f"docker-compose.yml: {service} has {name} in plain text"
            if re.search(r"://[^:/@]*:(?!\$\{)[^@]+@", str(value)):
                yield f"docker-compose.yml: {service} has a password inside {name}"


def settings_variables(root: Path) -> set[str]:
    """Return the names of all environment variables that the settings read."""
    names = {"DJANGO_SETTINGS_MODULE"}
    for path in (root / "config" / "settings").glob("*.py"):
        if path.name == "test.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(first := node.args[0], ast.Constant):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in READERS and isinstance(first.value, str):
                    names.add(first.value)
    return names


def check_environment(compose: str, handbook: str, read: set[str]) -> Iterator[str]:
    """Yield variables that only one side knows: the settings, or the compose file and the handbook."""
    given = set()
    for values in services(compose).values():
        if values.get("image") == "concord":
            given |= set(values.get("environment") or {})
    documented = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", handbook))
    for name in sorted(read - documented):
        yield f"docs/production.md: does not mention {name}, which the settings read"
    for name in sorted(given - read):
        yield f"docker-compose.yml: sets {name}, which nothing reads"
    for name in sorted({"CONCORD_SECRET_KEY", "CONCORD_ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"} - given):
        yield f"docker-compose.yml: does not set {name}, which production needs"


def services(compose: str) -> dict[str, dict[str, Any]]:
    """Return the services of a compose file, anchors resolved."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(compose)["services"]
    return found


def check_services(compose: str) -> Iterator[str]:
    """Yield dependencies and volumes that are not there, and images without a version."""
    document, found = yaml.safe_load(compose), services(compose)
    for name, values in found.items():
        for other, wanted in (values.get("depends_on") or {}).items():
            if other not in found:
                yield f"docker-compose.yml: {name} depends on {other}, which is no service"
            elif wanted["condition"] == "service_healthy" and "test" not in found[other].get("healthcheck", {}):
                yield f"docker-compose.yml: {name} waits for the health of {other}, which has no check"
        for volume in values.get("volumes") or []:
            if (source := volume.split(":")[0]) not in document["volumes"]:
                yield f"docker-compose.yml: {name} uses the volume {source}, which is not declared"
        if "build" not in values and not re.search(r":\d", values["image"]):
            yield f"docker-compose.yml: {name} runs {values['image']}, which names no version"


def command_lines(compose: str, dockerfile: str) -> dict[str, list[str]]:
    """Return what each of our own services runs; where compose is silent, that is the image's command."""
    image = json.loads(next(rest for word, rest in reversed(instructions(dockerfile)) if word == "CMD"))
    ours = {name: values for name, values in services(compose).items() if values.get("image") == "concord"}
    return {"image": image, **{name: values.get("command", image) for name, values in ours.items()}}


def check_commands(compose: str, dockerfile: str) -> Iterator[str]:
    """Yield commands that name a module, an application or a management command that does not exist."""
    for name, command in command_lines(compose, dockerfile).items():
        if command[0] == "granian":
            target = next((part for part in command if ":" in part and "." in part), "")
        elif command[0] == "celery":
            target = f"{command[command.index('-A') + 1]}:celery_app"
        elif command[:2] == ["python", "manage.py"]:
            if command[2] not in get_commands():
                yield f"{name}: there is no command {command[2]}"
            continue
        else:
            yield f"{name}: {command[0]} is none of the programs this check knows"
            continue
        if not importable(target):
            yield f"{name}: {target or command} cannot be imported"


def importable(target: str) -> bool:
    """Return whether `module:attribute` exists."""
    module, _, attribute = target.partition(":")
    try:
        return hasattr(importlib.import_module(module), attribute)
    except ImportError:
        return False


def check_health(dockerfile: str, compose: str, root: Path) -> Iterator[str]:
    """Yield health checks that run a file or ask an address that is not there."""
    texts = [rest for word, rest in instructions(dockerfile) if word == "HEALTHCHECK"]
    texts += [json.dumps(values.get("healthcheck", {}).get("test", "")) for values in services(compose).values()]
    for path in re.findall(r"scripts/\w+\.py", " ".join(texts)):
        if path not in copied(dockerfile):
            yield f"{path}: a health check runs it, and it is not in the image"
        for address in re.findall(r'^ADDRESS = "([^"]+)"', (root / path).read_text(), re.MULTILINE):
            try:
                resolve(address)
            except Resolver404:
                yield f"{path}: asks {address}, which is no address of ours"
    for tool in ("curl", "wget"):
        if any(re.search(rf"\b{tool}\b", text) for text in texts):
            yield f"a health check needs {tool}, which the image has not"


if __name__ == "__main__":
    sys.exit(main())
