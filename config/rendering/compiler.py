"""Turning a template's nodes into the source of one function, for one language.

What never changes is written once, and what stands in a row is escaped and joined: translations, addresses without
arguments, included and extended templates are settled here. A node that is not known is left to Django where it
stands; where that cannot be, the whole template is (`UnsupportedError`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.template.base import Node
from django.template.loader_tags import BlockNode, ExtendsNode, construct_relative_path

from config.rendering import runtime
from config.rendering.code import Code, Scope, UnsupportedError
from config.rendering.expressions import Expressions
from config.rendering.nodes import SETTING, Blocks, assigned, blocks_of, collect, extends_of
from config.rendering.writers import WRITERS


class Compiler:
    """Writes the function of one template."""

    def __init__(self, engine: Any, include: Callable[..., str]) -> None:
        """Find other templates with `engine`; `include` renders those whose name is known only then."""
        self.engine, self.include = engine, include
        self.code = Code()
        self.expressions = Expressions(self.code)
        self.depth = 0
        # Whether it includes templates whose names are not known yet, which get all names.
        self.hands_on = False

    def function(self, nodes: Sequence[Node]) -> Callable[..., str]:
        """Return the function of a template with these nodes: (context, names, names around) -> the page."""
        self.template(nodes, Scope())
        self.code.flush()
        head = [
            "def render(ctx, names, around=None):",
            "    if around is None:",
            "        around = {}",
            "        for one in ctx.dicts: around.update(one)",
            "    site, out = here(), []",
            "    w, get, get_around = out.append, names.get, around.get",
            *self._lookups(),
        ]
        source = "\n".join([*head, *self.code.lines, "    return SafeString(''.join(out))"])
        names: dict[str, Any] = {**runtime.NAMES, **self.code.kept}
        exec(compile(source, "<template>", "exec"), names)  # noqa: S102  written above; a template's text stands in it as constants
        return names["render"]  # type: ignore[no-any-return]

    def _lookups(self) -> list[str]:
        lines = ["    flat = {**around, **names}"] if self.hands_on else []
        for name, variable in self.expressions.globals.items():
            lines.append(f"    {variable} = get({name!r}, MISSING)")
            lines.append(f"    if {variable} is MISSING: {variable} = get_around({name!r}, MISSING)")
        return lines

    # --- templates and blocks -----------------------------------------------------------------------

    def template(self, nodes: Sequence[Node], scope: Scope) -> None:
        """Write a whole template, with what it extends."""
        blocks: dict[str, list[BlockNode]] = {}
        extends = extends_of(nodes)
        while extends is not None:
            # Only text may stand in front of it.
            self.nodes(nodes[: nodes.index(extends)], scope, blocks)
            collect(blocks, extends.blocks.values())
            nodes = self._parent(extends)
            extends = extends_of(nodes)
            if extends is None:
                collect(blocks, blocks_of(nodes))
        self.inner(nodes, scope, blocks)

    def _parent(self, extends: Any) -> Sequence[Node]:
        name = extends.parent_name
        if name.is_var or name.filters:
            raise UnsupportedError("extends a variable")
        found, origin = self.engine.find_template(construct_relative_path(extends.origin.template_name, name.var))
        if origin == extends.origin:
            raise UnsupportedError("extends its namesake")
        nodes: Sequence[Node] = found.nodelist
        return nodes

    def nodes(self, nodes: Sequence[Node], scope: Scope, blocks: Blocks) -> None:
        """Write nodes one after another."""
        for node in nodes:
            write = WRITERS.get(type(node))
            if write is None:
                self.foreign(node, scope)
                continue
            before = self.code.mark()
            try:
                write(self, node, scope, blocks)
            except UnsupportedError:
                self.code.back_to(before)
                self.foreign(node, scope)

    def inner(self, nodes: Sequence[Node], scope: Scope, blocks: Blocks) -> None:
        """Write nodes in a scope of their own, whose names begin without a value."""
        for name in sorted(assigned(nodes)):
            if name in scope.sure:
                raise UnsupportedError(f"{name} is set twice")
            scope.set[name] = self.code.new()
            self.code.line(f"{scope.set[name]} = MISSING")
        self.nodes(nodes, scope, blocks)

    def foreign(self, node: Node, scope: Scope) -> None:
        """Leave a node to Django, if it stands for itself: sets no name, and holds no nodes of its own."""
        sets = any(isinstance(getattr(node, name, None), str) for name in SETTING)
        holds = any(getattr(node, name, None) for name in node.child_nodelists)
        if sets or holds or isinstance(node, ExtendsNode):
            raise UnsupportedError(type(node).__name__)
        names = self.expressions.scope(scope)
        self.code.value(f"foreign(ctx, {self.code.keep(node)}, {names}, {scope.shut})")

    def sets(self, name: str, source: str, scope: Scope) -> None:
        """Write that a node sets a name."""
        self.code.line(f"{scope.set[name]} = {source}")
