"""What a template's nodes tell without being rendered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.template.base import Node, TextNode
from django.template.defaulttags import IfNode
from django.template.loader_tags import BlockNode, ExtendsNode
from template_partials.templatetags.partials import DefinePartialNode, RenderPartialNode

# The blocks of a name in a template and those that it extends, the last word first.
Blocks = Mapping[str, Sequence[BlockNode]]
# Attributes under which nodes keep the name that they set.
SETTING = ("asvar", "target_var", "varname", "variable", "variable_name")


def extends_of(nodes: Sequence[Node]) -> Any:
    first = next((node for node in nodes if not isinstance(node, TextNode)), None)
    return first if isinstance(first, ExtendsNode) else None


def collect(blocks: dict[str, list[BlockNode]], found: Iterable[BlockNode]) -> None:
    """Add the blocks of a template that is further up."""
    for block in {block.name: block for block in found}.values():
        blocks.setdefault(block.name, []).append(block)


def assigned(nodes: Sequence[Node]) -> set[str]:
    """Return the names that nodes set in the scope in which they stand."""
    found: set[str] = set()
    for node in nodes:
        found.update(name for key in SETTING if isinstance(name := getattr(node, key, None), str))
        if isinstance(node, IfNode):
            found.update(*(assigned(inner) for _, inner in node.conditions_nodelists))
        elif isinstance(node, DefinePartialNode):
            found.update(assigned(node.nodelist))
        elif isinstance(node, RenderPartialNode):
            found.update(assigned(partial_of(node)))
    return found


def blocks_of(nodes: Sequence[Node]) -> list[BlockNode]:
    """Return all blocks in a template."""
    return [one for node in nodes for one in node.get_nodes_by_type(BlockNode) if isinstance(one, BlockNode)]


def partial_of(node: Any) -> Sequence[Node]:
    nodes: Sequence[Node] = node.partial_mapping[node.partial_name].nodelist
    return nodes
