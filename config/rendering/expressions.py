"""Expressions of templates as expressions of Python."""

from __future__ import annotations

import re
from typing import Any

from django.template.base import FilterExpression, Variable
from django.template.defaulttags import TemplateLiteral
from django.utils.safestring import mark_safe

from config.rendering import filters, runtime
from config.rendering.code import Code, Scope, UnsupportedError

LOOP = {
    "counter": "({i} + 1)", "counter0": "{i}", "revcounter": "({n} - {i})", "revcounter0": "({n} - {i} - 1)",
    "first": "({i} == 0)", "last": "({i} == {n} - 1)",
}  # fmt: skip
INFIX = frozenset(["or", "and", "in", "not in", "is", "is not", "==", "!=", ">", ">=", "<", "<="])
DISPLAYED = re.compile(r"get_\w+_display").fullmatch
BUILT_IN = {"True": "True", "False": "False", "None": "None"}


class Expressions:
    """Turns the expressions of one template into source."""

    def __init__(self, code: Code) -> None:
        """Write for this function."""
        self.code = code
        # The context's own names, looked up once at the start.
        self.globals: dict[str, str] = {}

    def name(self, name: str, scope: Scope) -> str:
        """Return the source of a name's value, MISSING where it has none."""
        if name in ("forloop", "block") and (scope.loops() if name == "forloop" else scope.above() is not None):
            raise UnsupportedError(name)
        if scope.shut:
            return scope.find(name, BUILT_IN.get(name, "MISSING"))
        if name not in self.globals:
            self.globals[name] = f"g{len(self.globals)}"
        return scope.find(name, self.globals[name])

    def variable(self, variable: Variable, scope: Scope, missing: str) -> str:
        """Return the source of a variable's value; `missing` is what a failed look-up gives."""
        if variable.translate:
            raise UnsupportedError("translated variable")
        if variable.lookups is None:
            return self.code.keep(variable.literal)
        root, *bits = variable.lookups
        if root == "forloop" and scope.loops() and len(bits) == 1 and bits[0] in LOOP:
            index, length = scope.loops()[0]
            return LOOP[bits[0]].format(i=index, n=length)
        kept, value = self.code.keep(variable), self.name(root, scope)
        if not bits:
            return f"top(ctx, {kept}, {value}, {missing})"
        if DISPLAYED(bits[-1]):
            return f"{self.code.keep(runtime.Display(variable, tuple(bits)))}(ctx, {value}, {missing})"
        if len(bits) == 1:
            return f"own(ctx, {kept}, {value}, {bits[0]!r}, {missing})"
        return f"reach(ctx, {kept}, {value}, {tuple(bits)!r}, {missing})"

    def filtered(self, expression: FilterExpression, scope: Scope, missing: str = "''") -> str:
        """Return the source of a variable or constant with its filters."""
        variable: Any = expression.var
        if not expression.is_var:
            source = self.code.keep(variable)
        else:
            source = self.variable(variable, scope, missing)
        for func, args in expression.filters:
            values = [self._argument(is_var, arg, scope) for is_var, arg in args]
            source = f"{self.code.keep(filters.adapted(func))}({', '.join(['ctx', source, *values])})"
        return source

    def _argument(self, is_var: bool, arg: Any, scope: Scope) -> str:
        if is_var:
            return self.variable(arg, scope, "RAISE")
        return self.code.keep(mark_safe(arg))  # noqa: S308  a constant of the template

    def condition(self, token: Any, scope: Scope) -> str:
        """Return the source of a condition."""
        if isinstance(token, TemplateLiteral):
            expression: Any = token.value
            return self.filtered(expression, scope, "None")
        if token.id == "not":
            return f"(not {self.condition(token.first, scope)})"
        if token.id not in INFIX:
            raise UnsupportedError(f"operator {token.id}")
        return f"({self.condition(token.first, scope)} {token.id} {self.condition(token.second, scope)})"

    def scope(self, scope: Scope) -> str:
        """Return the source of a dictionary of all names in force, for what Django renders itself."""
        pairs = [f"({name!r}, {variable})" for name, variable in scope.pairs()]
        loop = "{}"
        for index, length in reversed(scope.loops()):
            loop = f"loop({index}, {length}, {loop})"
        if scope.loops():
            pairs.append(f"('forloop', {loop})")
        return f"scope_of({', '.join(pairs)})"
