"""Sizes: whether a collection has as many items as there are rows, lines or messages."""

import ast
from collections.abc import Callable, Iterable, Iterator

from conventions.facts.bindings import FUNCTIONS, Binding, How
from conventions.facts.calling import arguments_by_parameter, own_nodes
from conventions.facts.facts import Facts
from conventions.facts.iteration import filling_loops, is_batches, iterated, loops_around
from conventions.facts.members import attributes_set
from conventions.facts.symbols import Kind
from conventions.source import Source

_COPIES = {
    "list",
    "set",
    "tuple",
    "frozenset",
    "sorted",
    "map",
    "filter",
    "reversed",
    "iter",
    "zip",
}
_METHODS = {"all", "scalars", "unique", "fetchall", "keys", "values", "items", "copy", "fromkeys"}
_COLLECTIONS = {"list", "set", "frozenset", "dict"} | {
    *("Iterable", "Iterator", "Collection", "Sequence", "Set", "MutableSequence", "Mapping"),
    *("AsyncIterable", "AsyncIterator", "Generator", "AsyncGenerator"),
}


class Sizes:
    """The collections whose size depends on the data alone.

    Args:
        facts: The facts of the service.
        reads_many: Returns whether a call reads as many rows as there are.
    """

    def __init__(self, facts: Facts, reads_many: Callable[[Source, ast.Call], bool]) -> None:
        self._facts = facts
        self._reads_many = reads_many
        self._open: set[ast.AST] = set()

    def is_unbounded(self, source: Source, node: ast.expr | None) -> bool:
        """Return whether nothing limits the number of items of a collection."""
        if node is None or node in self._open or self._facts.iteration.is_bounded(source, node):
            return False
        self._open.add(node)
        found = self._is_unbounded(source, node)
        self._open.discard(node)
        return found

    def _is_unbounded(self, source: Source, node: ast.expr) -> bool:
        match node:
            case ast.Await(value=inner) | ast.Starred(value=inner) | ast.NamedExpr(value=inner):
                return self.is_unbounded(source, inner)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._is_any(source, (one.iter for one in node.generators))
            case ast.Name():
                bindings = self._facts.resolver.bindings(source).reaching(node, node.id)
                return any(self._is_bound(source, one) for one in bindings)
            case ast.Attribute():
                return any(self._kept(source, node))
            case ast.Call():
                is_read = self._reads_many(source, node)
                return is_read or (not is_batches(node) and self._of_call(source, node))
        return False

    def _is_any(self, source: Source, nodes: Iterable[ast.expr | None]) -> bool:
        return any(self.is_unbounded(source, one) for one in nodes)

    def _is_bound(self, source: Source, binding: Binding) -> bool:
        match binding.how:
            case How.PARAMETER if isinstance(binding.node, ast.arg):
                return self._is_parameter(source, binding.node)
            case How.ASSIGNED if not binding.path:
                filling = (iterated(loop) for loop in filling_loops(source, binding))
                return self._is_any(source, [binding.value, *filling])
        return False

    def _is_parameter(self, source: Source, parameter: ast.arg) -> bool:
        """Return whether a caller gives many items; without callers, whether one could."""
        function = next(one for one in source.parents(parameter) if isinstance(one, FUNCTIONS))
        code = self._facts.code(source, function)
        edges = [one for one in self._facts.graph.callers(code) if isinstance(one.site, ast.Call)]
        if not edges:
            types = self._facts.resolver.instances(source, parameter.annotation)
            is_open = any(one.name.rpartition(".")[2] in _COLLECTIONS for one in types)
            return is_open and not self._facts.graph.is_endpoint(source, function)
        is_method = isinstance(source.parent(function), ast.ClassDef)
        return any(
            known is parameter and self.is_unbounded(edge.caller.source, value)
            for edge in edges
            if isinstance(edge.site, ast.Call)
            for known, value in arguments_by_parameter(function, edge.site, is_method=is_method)
        )

    def _kept(self, source: Source, node: ast.Attribute) -> Iterator[bool]:
        """Yield whether an attribute of an object of the service is unbounded, or grows so."""
        for owner in self._facts.resolver.resolve_all(source, node.value):
            home = owner.source
            if home and isinstance(owner.node, ast.ClassDef):
                for binding in attributes_set(home, owner.node).get(node.attr, ()):
                    yield self.is_unbounded(home, binding.value)
                for part in ast.walk(owner.node):
                    if _adds_to(part, node.attr):
                        loops = (iterated(loop) for loop in loops_around(home, part))
                        yield self._is_any(home, loops)

    def _of_call(self, source: Source, call: ast.Call) -> bool:
        match call.func:
            case ast.Name(id=name) if name in _COPIES:
                return self._is_any(source, call.args)
            case ast.Attribute(value=receiver, attr=name) if name in _METHODS:
                return self._is_any(source, [receiver, *call.args])
        for callee in self._facts.resolver.resolve_all(source, call.func):
            if callee.kind is Kind.FUNCTION and callee.source and callee.node:
                home = callee.source
                if any(self._is_any(home, given) for given in _given(home, callee.node)):
                    return True
        return False


def _given(source: Source, function: ast.AST) -> Iterator[list[ast.expr | None]]:
    """Yield the results of a function, or the iterables of the loops in which it yields."""
    for part in own_nodes(function):
        if isinstance(part, ast.Return):
            yield [part.value]
        elif isinstance(part, ast.Yield):
            yield [iterated(loop) for loop in loops_around(source, part)]


def _adds_to(node: ast.AST, attribute: str) -> bool:
    match node:
        case ast.Attribute(value=ast.Attribute(attr=name), attr="append" | "add" | "extend"):
            return name == attribute
    return False
