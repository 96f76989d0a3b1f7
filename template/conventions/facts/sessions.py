"""Sessions in code: the expressions that are one, and those that carry one."""

import ast

from conventions.facts.bindings import FUNCTIONS, Binding, How
from conventions.facts.members import attributes_set
from conventions.facts.resolver import Resolver
from conventions.facts.symbols import Kind, Symbol
from conventions.source import Source
from conventions.vocabulary import FACTORIES, READ_SESSION, SESSIONS

_FACTORY_TYPES = ("sqlalchemy.ext.asyncio.async_sessionmaker", "sqlalchemy.orm.sessionmaker")


class Sessions:
    """Which expressions are sessions, or carry one.

    Args:
        resolver: The symbols that expressions refer to.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._holding: dict[ast.AST, bool] = {}
        self._known: dict[ast.AST, str] = {}

    def is_session(self, source: Source, node: ast.AST | None) -> bool:
        """Return whether an expression is a session."""
        return any(map(self.is_session_symbol, self._resolver.resolve_all(source, node)))

    def is_session_symbol(self, symbol: Symbol) -> bool:
        """Return whether a symbol is a session."""
        return symbol.is_object and self._resolver.is_subclass(symbol, *SESSIONS)

    def is_read_session(self, source: Source, node: ast.AST) -> bool:
        """Return whether an expression is a session that only reads."""
        found = self._resolver.resolve_all(source, node)
        return any(one.is_object and self._resolver.is_subclass(one, READ_SESSION) for one in found)

    def is_factory(self, symbol: Symbol) -> bool:
        """Return whether a symbol is a session factory."""
        return bool(FACTORIES & {*symbol.names}) or (
            symbol.is_object and self._resolver.is_subclass(symbol, *_FACTORY_TYPES)
        )

    def opens(self, source: Source, node: ast.AST) -> bool:
        """Return whether an expression calls a session factory, or its `begin`."""
        if not isinstance(node, ast.Call):
            return False
        callee: ast.expr = node.func
        if isinstance(callee, ast.Attribute) and callee.attr == "begin":
            callee = callee.value
        return any(map(self.is_factory, self._resolver.resolve_all(source, callee)))

    def carried(self, source: Source, node: ast.AST | None) -> str:
        """Return the session that an expression carries, as it is written; empty if it does not.

        A session, an object that keeps one, a call or a partial with one, and a nested function
        that uses one carry it; the result of an `await` does not.
        """
        if node is None:
            return ""
        if node not in self._known:
            self._known[node] = self._carried(source, node, frozenset())
        return self._known[node]

    def _carried(self, source: Source, node: ast.AST | None, seen: frozenset[ast.AST]) -> str:
        if node is None or node in seen or isinstance(node, ast.Await):
            return ""
        seen |= {node}
        if isinstance(node, ast.Name | ast.Attribute):
            return self._carried_by_name(source, node, seen)
        if isinstance(node, ast.Lambda):
            return self._used_in(source, node)
        children = (self._carried(source, one, seen) for one in ast.iter_child_nodes(node))
        return next(filter(None, children), "")

    def _carried_by_name(
        self, source: Source, node: ast.Name | ast.Attribute, seen: frozenset[ast.AST]
    ) -> str:
        for symbol in self._resolver.resolve_all(source, node):
            if self.is_session_symbol(symbol):
                return ast.unparse(node)
            if symbol.kind is Kind.INSTANCE and self.keeps(symbol):
                return ast.unparse(node)
        if isinstance(node, ast.Attribute):
            return self._carried(source, node.value, seen)
        for binding in self._resolver.bindings(source).reaching(node, node.id):
            found = self._carried_by_binding(source, binding, seen)
            if found:
                return found
        return ""

    def _carried_by_binding(
        self, source: Source, binding: Binding, seen: frozenset[ast.AST]
    ) -> str:
        if binding.how is How.DEFINED and isinstance(binding.node, FUNCTIONS):
            is_nested = source.enclosing_function(binding.node) is not None
            return self._used_in(source, binding.node) if is_nested else ""
        is_value = binding.how is How.ASSIGNED and isinstance(binding.value, ast.Call | ast.Name)
        return self._carried(source, binding.value, seen) if is_value else ""

    def _used_in(self, source: Source, function: ast.AST) -> str:
        """Return a session of an enclosing function that a nested function uses."""
        bound = self._resolver.bindings(source).names_in(function)  # pyrefly: ignore[bad-argument-type] a function has a scope
        for node in ast.walk(function):
            if (
                isinstance(node, ast.Name)
                and node.id not in bound
                and self.is_session(source, node)
            ):
                return node.id
        return ""

    def keeps(self, symbol: Symbol) -> bool:
        """Return whether an instance of a class of the service keeps a session."""
        node, source = symbol.node, symbol.source
        if not isinstance(node, ast.ClassDef) or source is None:
            return False
        if node not in self._holding:
            self._holding[node] = False  # of a class that keeps itself
            names = [*attributes_set(source, node), *_declared_in(node)]
            self._holding[node] = any(self._is_kept(symbol, name) for name in names)
        return self._holding[node]

    def _is_kept(self, symbol: Symbol, name: str) -> bool:
        found = self._resolver.member(symbol.as_instance(), name)
        return any(
            self.is_session_symbol(one) or (one.kind is Kind.INSTANCE and self.keeps(one))
            for one in found
        )


def _declared_in(kind: ast.ClassDef) -> list[str]:
    """Return the names of the fields that a class declares."""
    fields = [one.target for one in kind.body if isinstance(one, ast.AnnAssign)]
    return [one.id for one in fields if isinstance(one, ast.Name)]
