"""Rendering the same template twice: as it is served, and as Django itself renders it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.template import Context, engines
from django.template.base import NodeList

from config.rendering.backend import Quick, included
from config.rendering.compiler import Compiler


def of_django(nodes: NodeList, context: Any) -> str:
    """Render nodes by Django, as if nothing had been rendered with this context before."""
    with context.render_context.push_state(context.render_context.template):
        return NodeList.render(nodes, context)


@pytest.fixture
def both() -> Callable[..., str]:
    """Compile a text, render it in both ways, and return what comes out of it: one and the same."""

    def render(text: str, **values: Any) -> str:
        engine = engines["django"].engine
        template = engine.from_string(text)
        function = Compiler(engine, included).function(template.nodelist)
        contexts = [Context(values), Context(values)]
        outcomes = []
        for context, way in zip(contexts, (lambda one: function(one, {}), template._render), strict=True):
            with context.render_context.push_state(template), context.bind_template(template):
                try:
                    outcomes.append(str(way(context)))
                except Exception as error:
                    outcomes.append(f"{type(error).__name__}")
        assert outcomes[0] == outcomes[1]
        return outcomes[0]

    return render


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """While a test has this, every page is rendered in both ways; the names of those that were, in their order."""
    seen: list[str] = []
    compiled = Quick.function

    def function(self: Quick, context: Any) -> Any:
        found = compiled(self, context)
        if found is None:
            return None

        def render(ctx: Any, names: dict[str, Any], *around: Any) -> str:
            page = found(ctx, names, *around)
            with ctx.push(dict(names)):
                assert of_django(self, ctx) == page, self.name
            seen.append(self.name)
            return page

        return render

    monkeypatch.setattr(Quick, "function", function)
    return seen
