"""How each kind of node is written: one function for each, (compiler, node, scope, blocks)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.template import Context, TemplateDoesNotExist
from django.template.base import FilterExpression, Node, TextNode, VariableNode
from django.template.defaulttags import CommentNode, CsrfTokenNode, ForNode, IfNode, LoadNode, URLNode, WithNode
from django.template.loader_tags import BlockNode, IncludeNode, construct_relative_path
from django.templatetags.i18n import (
    BlockTranslateNode,
    GetAvailableLanguagesNode,
    GetCurrentLanguageBidiNode,
    GetCurrentLanguageNode,
    GetLanguageInfoNode,
    TranslateNode,
)
from django.templatetags.static import StaticNode
from django.utils import translation
from template_partials.templatetags.partials import DefinePartialNode, RenderPartialNode

from config.rendering import runtime
from config.rendering.code import Code, Scope, UnsupportedError
from config.rendering.nodes import Blocks, assigned, partial_of

if TYPE_CHECKING:
    from config.rendering.compiler import Compiler

DEEPEST = 12
# Every form that a language may have for a number occurs among these.
COUNTS = (*range(31), 100, 101, 102, 111, 1000, 1_000_000)
Writer = Callable[["Compiler", Any, Scope, Blocks], None]


def write_text(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """Text stands as it is."""
    compiler.code.text(node.s)


def write_nothing(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """Comments and loaded libraries leave no trace."""


def write_variable(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """A value, escaped; `block.super` is the block of the template that is extended."""
    expression: FilterExpression = node.filter_expression
    above = scope.above()
    if expression.token == "block.super" and above is not None:  # noqa: S105  no secret
        if above:
            compiler.inner(above[0].nodelist, Scope(scope, block=above[1:]), blocks)
        return
    compiler.code.value(f"show(ctx, {compiler.expressions.filtered(expression, scope)})")


def write_if(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """Conditions, each with its nodes."""
    _branches(compiler, list(node.conditions_nodelists), scope, blocks)


def _branches(compiler: Compiler, branches: list[Any], scope: Scope, blocks: Blocks) -> None:
    (condition, nodes), *rest = branches
    if condition is None:
        compiler.nodes(nodes, scope, blocks)
        return
    code, source = compiler.code, compiler.expressions.condition(condition, scope)
    name = code.new()
    with code.block("try:"):
        code.line(f"{name} = {source}")
    with code.block("except Exception:"):
        names = compiler.expressions.scope(scope)
        code.line(f"{name} = holds(ctx, {code.keep(condition)}, {names}, {scope.shut})")
    with code.block(f"if {name}:"):
        compiler.nodes(nodes, scope, blocks)
    if rest:
        with code.block("else:"):
            _branches(compiler, rest, scope, blocks)


def write_for(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """A loop; with several names each round has a scope of its own, as in Django."""
    code, count = compiler.code, len(node.loopvars)
    values, length, index, item = (code.new() for _ in range(4))
    source = compiler.expressions.filtered(node.sequence, scope, "None")
    code.line(f"{values} = rows({source})")
    code.line(f"{length} = len({values})")
    with code.block(f"if {length} < 1:"):
        compiler.inner(node.nodelist_empty, Scope(scope), blocks)
    with code.block("else:"):
        inner = Scope(scope, {name: code.new() for name in node.loopvars}, loop=(index, length))
        names = [(name, code.new()) for name in sorted(assigned(node.nodelist_loop))]
        if inner.sure.keys() & dict(names).keys():
            raise UnsupportedError("a loop's name is set twice")
        inner.set.update(names)
        if count == 1:
            _begin(code, names)
        taken = f"reversed({values})" if node.is_reversed else values
        with code.block(f"for {index}, {item} in enumerate({taken}):"):
            if count == 1:
                code.line(f"{inner.sure[node.loopvars[0]]} = {item}")
            else:
                code.line(f"{', '.join(inner.sure[name] for name in node.loopvars)} = parts({item}, {count})")
                _begin(code, names)
            compiler.nodes(node.nodelist_loop, inner, blocks)


def _begin(code: Code, names: list[tuple[str, str]]) -> None:
    for _, variable in names:
        code.line(f"{variable} = MISSING")


def _bound(compiler: Compiler, values: Mapping[str, Any], scope: Scope) -> dict[str, str]:
    """Write the names that a node hands to its nodes; each is worked out before any of them is in force."""
    found: dict[str, str] = {}
    sources = [(name, compiler.expressions.filtered(value, scope)) for name, value in values.items()]
    for name, source in sources:
        found[name] = compiler.code.new()
        compiler.code.line(f"{found[name]} = {source}")
    return found


def write_with(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """Names for values."""
    compiler.inner(node.nodelist, Scope(scope, _bound(compiler, node.extra_context, scope)), blocks)


def write_block(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """A block, as the last template in the chain says it."""
    chain = tuple(blocks.get(node.name) or [node])
    compiler.inner(chain[0].nodelist, Scope(scope, block=chain[1:]), blocks)


def write_include(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """Another template, written out here where its name stands in this one."""
    expression, code = node.template, compiler.code
    if expression.is_var or expression.filters:
        source = compiler.expressions.filtered(expression, scope)
        inner = Scope(scope, _bound(compiler, node.extra_context, scope), closed=node.isolated_context)
        names = compiler.expressions.scope(inner)
        around = "None" if inner.shut else "flat"
        compiler.hands_on = True
        code.value(f"{code.keep(compiler.include)}(ctx, {code.keep(node)}, {source}, {names}, {around})")
        return
    try:
        found = compiler.engine.get_template(construct_relative_path(node.origin.template_name, expression.var))
    except TemplateDoesNotExist as error:
        raise UnsupportedError(str(error)) from error
    if compiler.depth >= DEEPEST:
        raise UnsupportedError("templates that include each other")
    compiler.depth += 1
    try:
        # A template knows nothing of the blocks of the one that includes it.
        inner = Scope(scope, _bound(compiler, node.extra_context, scope), closed=node.isolated_context)
        compiler.template(found.nodelist, inner)
    finally:
        compiler.depth -= 1


def write_url(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """An address."""
    name = node.view_name
    if node.kwargs or name.is_var or name.filters:
        raise UnsupportedError("address")
    args = "".join(f"{compiler.expressions.filtered(arg, scope)}, " for arg in node.args)
    source = f"{str(name.var)!r}, ({args}){', ctx' if ':' in name.var else ''}"
    if node.asvar:
        compiler.sets(node.asvar, f"site.perhaps({source})", scope)
    else:
        compiler.code.value(f"site.shown({source})")


def write_static(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """The address of a file of ours."""
    if node.path.is_var or node.path.filters or node.varname is not None:
        raise UnsupportedError("file")
    compiler.code.value(f"site.node(ctx, {compiler.code.keep(node)})")


def write_csrf(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """The hidden field of a form."""
    compiler.code.value(f"csrf_field({compiler.expressions.name('csrf_token', scope)})")


def write_partial(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """A part that is defined here, and perhaps shown here."""
    if node.inline:
        compiler.nodes(node.nodelist, scope, blocks)


def write_partial_here(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """A part that is defined elsewhere in the template; it knows nothing of the blocks around it."""
    compiler.nodes(partial_of(node), scope, {})


def write_translate(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """A text of ours in the language at hand."""
    expression, variable = node.filter_expression, node.filter_expression.var
    if expression.filters or node.message_context or getattr(variable, "lookups", ()) is not None:
        raise UnsupportedError("translated expression")
    text = node.render(ctx := Context(autoescape=True))
    if node.asvar:
        compiler.sets(node.asvar, compiler.code.keep(ctx[node.asvar]), scope)
    else:
        compiler.code.text(text)


def write_blocktranslate(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """A text of ours with values in it, in the language at hand."""
    if node.message_context:
        raise UnsupportedError("context of a translation")
    code = compiler.code
    singular, names = node.render_token_list(node.singular)
    counted = bool(node.plural and node.countervar and node.counter)
    inner = Scope(scope, _bound(compiler, node.extra_context, scope))
    if counted:
        count, variable = compiler.expressions.filtered(node.counter, inner), code.new()
        code.line(f"{variable} = {count}")
        inner.sure[node.countervar] = variable
        plural, more = node.render_token_list(node.plural)
        names = [*names, *more]
        form = runtime.numbered(singular, plural)
        forms, source = {form(n) for n in COUNTS}, f"{code.keep(form)}({variable})"
    else:
        forms, source = {translation.gettext(singular)}, code.keep(translation.gettext(singular))
    if not all(_fits(form, names) for form in forms):
        raise UnsupportedError("a translation with other places")
    data = ", ".join(
        f"{name!r}: show(ctx, raw({compiler.expressions.name(name, inner)}))" for name in dict.fromkeys(names)
    )
    text = f"{source} % {{{data}}}"
    if node.asvar:
        compiler.sets(node.asvar, f"SafeString({text})", scope)
    else:
        code.value(text)


def _fits(text: str, names: Sequence[str]) -> bool:
    """Whether a translation has places for these names only; Django shows the original of one that has not."""
    try:
        text % dict.fromkeys(names, "")
    except (KeyError, ValueError):
        return False
    return True


def write_language(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """What the language at hand says of itself."""
    ctx = Context()
    node.render(ctx)
    compiler.sets(node.variable, compiler.code.keep(ctx[node.variable]), scope)


def write_language_info(compiler: Compiler, node: Any, scope: Scope, blocks: Blocks) -> None:
    """What is known of a language."""
    about = compiler.code.keep(translation.get_language_info)
    compiler.sets(node.variable, f"{about}({compiler.expressions.filtered(node.lang_code, scope)})", scope)


WRITERS: dict[type[Node], Writer] = {
    TextNode: write_text,
    LoadNode: write_nothing,
    CommentNode: write_nothing,
    VariableNode: write_variable,
    IfNode: write_if,
    ForNode: write_for,
    WithNode: write_with,
    BlockNode: write_block,
    IncludeNode: write_include,
    URLNode: write_url,
    StaticNode: write_static,
    CsrfTokenNode: write_csrf,
    DefinePartialNode: write_partial,
    RenderPartialNode: write_partial_here,
    TranslateNode: write_translate,
    BlockTranslateNode: write_blocktranslate,
    GetCurrentLanguageNode: write_language,
    GetCurrentLanguageBidiNode: write_language,
    GetAvailableLanguagesNode: write_language,
    GetLanguageInfoNode: write_language_info,
}
