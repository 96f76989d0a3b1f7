"""Loops: their iterables, and whether these always have few items."""

import ast
from collections.abc import Iterator, Sequence

from conventions.facts.bindings import Binding, How
from conventions.facts.resolver import Resolver
from conventions.source import Source

Loop = ast.For | ast.AsyncFor | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_WRAPPERS = ("enumerate", "zip", "sorted", "list", "tuple", "set", "reversed", "iter", "frozenset")
_VIEWS = {"items", "keys", "values", "copy"}
_BATCHES = (
    "batched",
    "chunked",
    "chunks",
    "batches",
    "in_batches",
    "grouper",
    "sliced",
    "partitions",
)
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def iterated(loop: Loop) -> ast.expr:
    """Return the iterable of a loop."""
    return loop.iter if isinstance(loop, ast.For | ast.AsyncFor) else loop.generators[0].iter


def loops_around(source: Source, node: ast.AST) -> Iterator[Loop]:
    """Yield the loops whose body contains a node, in its function, the innermost first."""
    child, before = node, node
    for parent in source.parents(node):
        match parent:
            case ast.For() | ast.AsyncFor() if child in parent.body:
                yield parent
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                first = parent.generators[0]
                if child is not first or before is not first.iter:
                    yield parent
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                return
        child, before = parent, child


class Iteration:
    """Tells whether iterables have a bound that does not depend on the data.

    Args:
        resolver: The symbols that expressions refer to.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def is_bounded(self, source: Source, node: ast.expr) -> bool:
        """Return whether an iterable always has a few items."""
        return self._is_bounded(source, node, frozenset())

    def _is_bounded(self, source: Source, node: ast.expr, seen: frozenset[ast.AST]) -> bool:
        match node:
            case _ if node in seen:
                pass
            case ast.Tuple() | ast.List() | ast.Set() | ast.Dict():
                return not any(
                    part is None or isinstance(part, ast.Starred) for part in _parts_of(node)
                )
            case ast.Subscript(slice=ast.Slice(lower=lower, upper=ast.expr() as upper)):
                return self._is_number(source, self._length(lower, upper))
            case ast.Call():
                return self._is_bounded_call(source, node, seen | {node})
            case ast.Name() | ast.Attribute():
                return self._is_bounded_variable(source, node, seen | {node})
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return all(self._is_bounded(source, g.iter, seen) for g in node.generators)
        return False

    def _is_bounded_variable(
        self, source: Source, node: ast.Name | ast.Attribute, seen: frozenset[ast.AST]
    ) -> bool:
        name = getattr(node, "id", "")
        bindings = self._resolver.bindings(source).reaching(node, name) if name else []
        fixed = [self._is_bounded_binding(source, one, seen) for one in bindings]
        return (bool(fixed) and all(fixed)) or self._is_global_literal(source, node)

    @staticmethod
    def _length(lower: ast.expr | None, upper: ast.expr) -> ast.expr:
        """Return the length of a slice: the second operand of `start : start + SIZE`."""
        match upper:
            case ast.BinOp(left=left, op=ast.Add(), right=length) if lower is not None:
                return length if ast.dump(left) == ast.dump(lower) else upper
        return upper

    def _is_bounded_call(self, source: Source, node: ast.Call, seen: frozenset[ast.AST]) -> bool:
        name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
        if name == "range":
            return all(self._is_number(source, one) for one in node.args)
        if name == "islice":
            return len(node.args) > 1 and all(self._is_number(source, a) for a in node.args[1:])
        if isinstance(node.func, ast.Name) and name in _WRAPPERS:
            bounds = [self._is_bounded(source, one, seen) for one in node.args]
            return any(bounds) if name == "zip" else bool(bounds) and bounds[0]
        if isinstance(node.func, ast.Attribute) and name in _VIEWS:
            return self._is_bounded(source, node.func.value, seen)
        return False

    def _is_bounded_binding(
        self, source: Source, binding: Binding, seen: frozenset[ast.AST]
    ) -> bool:
        value = binding.value
        if value is None:
            return False
        if binding.how is How.ASSIGNED and not binding.path:
            is_grown = isinstance(value, ast.List | ast.Set | ast.Dict) and is_filled(
                source, binding
            )
            return not is_grown and self._is_bounded(source, value, seen)
        return binding.how is How.ITERATED and is_batches(value)

    def _is_number(self, source: Source, node: ast.expr) -> bool:
        found = self._resolver.resolve_all(source, node)
        is_constant = any(isinstance(one.value, int) for one in found)
        return is_constant or (isinstance(node, ast.Name | ast.Attribute) and _last(node).isupper())

    def _is_global_literal(self, source: Source, node: ast.expr) -> bool:
        for symbol in self._resolver.resolve_all(source, node):
            if symbol.is_class and self._resolver.is_subclass(symbol, "enum.Enum"):
                return True
            module, _, name = symbol.origin.rpartition(".")
            home = self._resolver.sources.get(module)
            for binding in self._resolver.bindings(home).at_end(home.tree, name) if home else ():
                literal = ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Call
                if isinstance(binding.value, literal) and name.isupper():
                    return True
        return False


def _parts_of(node: ast.Tuple | ast.List | ast.Set | ast.Dict) -> Sequence[ast.expr | None]:
    return node.keys if isinstance(node, ast.Dict) else node.elts


def is_batches(node: ast.expr) -> bool:
    """Return whether an iterable yields parts of fixed size."""
    name = _last(node.func) if isinstance(node, ast.Call) else ""
    return any(word in name for word in _BATCHES)


def is_filled(source: Source, binding: Binding) -> bool:
    """Return whether the list or dict of a binding grows in a loop."""
    return any(True for _ in filling_loops(source, binding))


def filling_loops(source: Source, binding: Binding) -> Iterator[Loop]:
    """Yield the loops that add to the list of a binding."""
    name = getattr(binding.node, "id", "")
    function = source.enclosing_function(binding.node)
    for node in ast.walk(function or source.tree):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr="append" | "add" | "extend"):
                is_use = owner == name
            case _:
                is_use = False
        if is_use:
            yield from list(loops_around(source, node))[:1]


def _last(node: ast.expr) -> str:
    return getattr(node, "attr", "") or getattr(node, "id", "")
