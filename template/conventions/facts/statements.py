"""Statements: the calls that build one, in pieces, in branches, through variables and helpers."""

import ast
from typing import NamedTuple

from conventions.facts.bindings import How
from conventions.facts.calling import arguments_by_parameter, own_nodes
from conventions.facts.members import attributes_set, getter
from conventions.facts.resolver import Resolver
from conventions.facts.symbols import Kind
from conventions.source import Source

STATEMENT_FUNCTIONS = {
    f"sqlalchemy.{package}{kind}": kind
    for package in ("", "dialects.postgresql.")
    for kind in ("select", "insert", "update", "delete")
}
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef

Given = dict[ast.arg, tuple[Source, ast.expr]]


class Step(NamedTuple):
    """A call that builds a statement, and its file."""

    source: Source
    call: ast.Call

    @property
    def method(self) -> str:
        """The name of the method; empty for `select(…)` and its like."""
        return method_of(self.call)


class StatementReader:
    """The steps of statements.

    Args:
        resolver: The symbols that expressions refer to.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._known: dict[ast.AST, tuple[Step, ...]] = {}

    def steps(self, source: Source, node: ast.expr) -> tuple[Step, ...]:
        """Return the calls that build a statement; empty if an expression is none."""
        if node not in self._known:
            self._known[node] = ()  # of a statement that is built of itself
            self._known[node] = tuple(dict.fromkeys(self._steps(source, node, {}, frozenset())))
        return self._known[node]

    def _steps(
        self, source: Source, node: ast.AST | None, given: Given, seen: frozenset[ast.AST]
    ) -> list[Step]:
        if node is None or node in seen:
            return []
        seen |= {node}
        match node:
            case ast.Call():
                return self._of_call(source, node, given, seen)
            case ast.Name() | ast.Attribute():
                return self._of_variable(source, node, given, seen)
            case ast.IfExp(body=body, orelse=orelse):
                parts = [body, orelse]
                return [step for part in parts for step in self._steps(source, part, given, seen)]
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                return self._steps(source, value, given, seen)
        return []

    def _of_call(
        self, source: Source, call: ast.Call, given: Given, seen: frozenset[ast.AST]
    ) -> list[Step]:
        if self.kind(source, call):
            return [Step(source, call)]
        if isinstance(call.func, ast.Attribute):
            inner = self._steps(source, call.func.value, given, seen)
            if inner:
                return [*inner, Step(source, call)]
        found: list[Step] = []
        for callee in self._resolver.resolve_all(source, call.func):
            if (
                callee.kind is Kind.FUNCTION
                and callee.source
                and isinstance(callee.node, _FUNCTIONS)
            ):
                is_method = callee.receiver is not None
                pairs = arguments_by_parameter(callee.node, call, is_method=is_method)
                inner_given = given | {one: (source, value) for one, value in pairs}
                found += self._returned(callee.source, callee.node, inner_given, seen)
        return found

    def _returned(
        self, source: Source, function: ast.AST, given: Given, seen: frozenset[ast.AST]
    ) -> list[Step]:
        returns = (one for one in own_nodes(function) if isinstance(one, ast.Return))
        return [step for one in returns for step in self._steps(source, one.value, given, seen)]

    def _of_variable(
        self, source: Source, node: ast.Name | ast.Attribute, given: Given, seen: frozenset[ast.AST]
    ) -> list[Step]:
        if isinstance(node, ast.Attribute):
            return self._of_attribute(source, node, given, seen)
        found: list[Step] = []
        for binding in self._resolver.bindings(source).reaching(node, node.id):
            if binding.how is How.ASSIGNED and not binding.path:
                found += self._steps(source, binding.value, given, seen)
            elif binding.how is How.PARAMETER and binding.node in given:
                home, value = given[binding.node]
                found += self._steps(home, value, given, seen)
            elif binding.how is How.IMPORTED:
                found += self._of_global(source, node, given, seen)
        return found

    def _of_attribute(
        self, source: Source, node: ast.Attribute, given: Given, seen: frozenset[ast.AST]
    ) -> list[Step]:
        found: list[Step] = []
        for owner in self._resolver.resolve_all(source, node.value):
            if isinstance(owner.node, ast.ClassDef) and owner.source:
                if read := getter(owner.node, node.attr):
                    found += self._returned(owner.source, read, given, seen)
                for binding in attributes_set(owner.source, owner.node).get(node.attr, ()):
                    found += self._steps(owner.source, binding.value, given, seen)
        return found or self._of_global(source, node, given, seen)

    def _of_global(
        self, source: Source, node: ast.expr, given: Given, seen: frozenset[ast.AST]
    ) -> list[Step]:
        """Return the steps of a statement that a module holds."""
        found: list[Step] = []
        for symbol in self._resolver.resolve_all(source, node):
            module, _, name = symbol.origin.rpartition(".")
            home = self._resolver.sources.get(module)
            for binding in self._resolver.bindings(home).at_end(home.tree, name) if home else ():
                if home:
                    found += self._steps(home, binding.value, given, seen)
        return found

    def kind(self, source: Source, call: ast.Call) -> str:
        """Return `select`, `insert`, `update` or `delete` for the call that begins a statement."""
        names = self._resolver.names(source, call.func)
        return next((kind for name, kind in STATEMENT_FUNCTIONS.items() if name in names), "")


def method_of(call: ast.Call) -> str:
    """Return the name of the called method; empty for a function."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def argument_values(call: ast.Call) -> list[ast.expr]:
    """Return the values of all arguments of a call."""
    return [*call.args, *(keyword.value for keyword in call.keywords)]
