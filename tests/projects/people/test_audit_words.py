"""Whatever the product writes into the audit log is told in words: no stored code reaches a reader."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings

from evaluation.models import Endpoint
from evaluation.providers.outcomes import Fault
from projects import audit_hooks
from projects.services.audit import record
from projects.views import audit_details, audit_words

ROOMS = ("projects", "annotation", "evaluation", "campaign", "publishing", "config")
VERBS = {**audit_words.VERBS, **audit_hooks.verbs()}
KINDS = {**audit_words.KINDS, **audit_hooks.kinds()}
NOUNS = {verb.partition(".")[0] for verb in VERBS}
# What `record` takes besides the data of an entry.
OWN = {"actor", "project", "target"}


def trees() -> Iterator[ast.Module]:
    """Yield the syntax of every module that may write into the log."""
    for room in ROOMS:
        for path in sorted((Path(settings.BASE_DIR) / room).rglob("*.py")):
            text = path.read_text()
            if "record(" in text:
                yield ast.parse(text)


def written() -> tuple[set[str], set[str]]:
    """Return the verbs (given to `record`, or like one beside it) and the names of the data given with them."""
    verbs, names = set(), set()
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                verbs |= {node.value} if re.fullmatch(rf"({'|'.join(NOUNS)})\.[a-z]+(_[a-z]+)*", node.value) else set()
            elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "record":
                names |= {keyword.arg for keyword in node.keywords if keyword.arg} - OWN
                verbs |= {
                    said.value for said in node.args[:1] if isinstance(said, ast.Constant) and "." in str(said.value)
                }
    return verbs, names


def test_every_verb_in_the_code_has_words_and_no_words_are_left_over() -> None:
    assert sorted(written()[0]) == sorted(VERBS)


def test_every_kind_of_data_in_the_code_has_words() -> None:
    assert written()[1] - set(audit_details.ORDER) - audit_details.SILENT == set()


def test_every_kind_of_thing_in_words_is_a_model() -> None:
    models = {model._meta.model_name for model in apps.get_models()}
    assert set(KINDS) - models == set()


def test_every_reason_for_stopping_calls_has_words() -> None:
    assert set(audit_hooks.codes()["reason"]) == {str(fault) for fault in Fault}


def test_entries_of_other_apps_name_what_they_are_about(world) -> None:
    endpoint = Endpoint.objects.create(name="Lamp", base_url="https://models.example.org/v1")
    record("endpoint.circuit_opened", actor=None, project=world.project, target=endpoint, reason=str(Fault.UNPAID))
    [line, *_] = world.client("manager").get(world.url("audit/")).context["lines"]
    assert (line.what, line.kind, line.target) == ("calls to an endpoint stopped", "endpoint", "Lamp")
    assert line.details == [str(audit_hooks.codes()["reason"][str(Fault.UNPAID)])]
