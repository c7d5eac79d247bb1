"""The template engine: Django's own, whose templates are compiled when they are first rendered in a language."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.forms.renderers import DjangoTemplates as DjangoForms
from django.template.backends.django import DjangoTemplates, Template
from django.template.base import Node, NodeList
from django.template.loader_tags import BLOCK_CONTEXT_KEY, construct_relative_path
from django.utils.translation import get_language

from config.rendering import filters, sites
from config.rendering.code import UnsupportedError
from config.rendering.compiler import Compiler

logger = logging.getLogger(__name__)
# How settings begin that are written into compiled templates.
DEPENDS_ON = ("STATIC", "STORAGES", "LANGUAGE", "LOCALE", "USE_", "TEMPLATES", "DEBUG", "TIME_", "DATE", "FORMAT")
Function = Callable[..., str]


class Quick(NodeList):
    """A template's nodes, which are rendered by a compiled function where that can be."""

    def __init__(self, nodes: Sequence[Node], engine: Any, name: str) -> None:
        """Take the nodes of a template that `engine` has parsed."""
        super().__init__(nodes)
        self.contains_nontext = getattr(nodes, "contains_nontext", True)
        self.engine, self.name = engine, name
        self.functions: dict[str | None, Function | None] = {}

    def render(self, context: Any) -> Any:
        """Return the page."""
        # Somebody extends this template in a way that is left to Django, which has to see the blocks.
        extended = BLOCK_CONTEXT_KEY in context.render_context
        function = None if extended else self.function(context)
        return super().render(context) if function is None else function(context, {})

    def function(self, context: Any) -> Function | None:
        """Return the function for the active language; None where Django has to render the template itself."""
        if not context.autoescape:
            return None
        language = get_language()
        try:
            return self.functions[language]
        except KeyError:
            found = self.functions[language] = self.compiled()
            return found

    def compiled(self) -> Function | None:
        """Compile the template for the active language."""
        if self.engine.string_if_invalid or settings.USE_THOUSAND_SEPARATOR:
            return None
        try:
            return Compiler(self.engine, included).function(self)
        except UnsupportedError as reason:
            logger.info("The template %s is left to Django: %s", self.name, reason)
            return None


def quick(template: Any, engine: Any) -> Any:
    """Return a template whose nodes are compiled when they are first rendered."""
    if not isinstance(template.nodelist, Quick):
        template.nodelist = Quick(template.nodelist, engine, str(template.name))
        _quick.append(template.nodelist)
    return template


def included(context: Any, node: Any, target: Any, names: dict[str, Any], around: dict[str, Any] | None) -> str:
    """Render a template that is included by a name known only now; `around` is None where it sees nothing else."""
    inner = context.new(names) if around is None else context
    if isinstance(target, str) and target:
        nodes = _targets.get((node, target)) or _target(context, node, target)
        function = nodes.function(inner)
        if function is not None:
            return function(inner, names, around)
    if around is None:
        return str(node.render_annotated(inner))
    with context.push(names):
        return str(node.render_annotated(context))


def _target(context: Any, node: Any, target: str) -> Quick:
    engine = context.template.engine
    template = engine.get_template(construct_relative_path(node.origin.template_name, target))
    nodes: Quick = quick(template, engine).nodelist
    _targets[node, target] = nodes
    return nodes


class QuickTemplates(DjangoTemplates):
    """Django's templates, compiled. With debugging on they are not, for the sake of its error pages."""

    def get_template(self, template_name: str) -> Template:
        """Return a template by its name."""
        found = super().get_template(template_name)
        if not self.engine.debug:
            quick(found.template, self.engine)
        return found


class QuickForms(DjangoForms):
    """The templates of fields and widgets, compiled as well."""

    backend = QuickTemplates


_quick: list[Quick] = []
_targets: dict[tuple[Node, str], Quick] = {}


def forget(*, setting: str, **_: Any) -> None:
    """Begin anew where a setting has changed on which compiled templates depend, as happens in tests."""
    if not setting.startswith(DEPENDS_ON):
        return
    sites.forget()
    filters.forget()
    _targets.clear()
    for nodes in _quick:
        nodes.functions.clear()


setting_changed.connect(forget, dispatch_uid="compiled templates")
