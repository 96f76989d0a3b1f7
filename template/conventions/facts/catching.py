"""The exceptions that code catches around a place."""

import ast

from conventions.facts.resolver import Resolver
from conventions.source import Source

_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_SUPPRESS = "contextlib.suppress"


class Catching:
    """The exceptions that code catches around a place.

    Args:
        resolver: The symbols that expressions refer to.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._known: dict[ast.AST, frozenset[str]] = {}

    def around(self, source: Source, node: ast.AST) -> frozenset[str]:
        """Return the names of the exceptions that are caught around a node, in its function."""
        caught: frozenset[str] = frozenset()
        child = node
        for parent in source.parents(node):
            if isinstance(parent, _FUNCTIONS):
                break
            if isinstance(parent, ast.Try | ast.TryStar) and child in parent.body:
                caught |= self._caught_by(source, parent)
            elif isinstance(parent, ast.With | ast.AsyncWith) and child in parent.body:
                caught |= self._suppressed_by(source, parent)
            child = parent
        return caught

    def _caught_by(self, source: Source, node: ast.Try | ast.TryStar) -> frozenset[str]:
        if node not in self._known:
            found = [self.kinds(source, handler) for handler in node.handlers]
            self._known[node] = frozenset[str]().union(*found)
        return self._known[node]

    def kinds(self, source: Source, handler: ast.ExceptHandler) -> frozenset[str]:
        """Return the names of errors that a handler ends; none if it raises them again."""
        if any(isinstance(part, ast.Raise) and not part.exc for part in ast.walk(handler)):
            return frozenset()
        if handler.type is None:
            return frozenset({"builtins.BaseException"})
        return self.named_in(source, handler.type)

    def named_in(self, source: Source, node: ast.expr) -> frozenset[str]:
        """Return the names of the classes in an expression, such as a tuple behind a name."""
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        found: set[str] = set()
        for symbol in (one for part in parts for one in self._resolver.resolve_all(source, part)):
            members_of_tuple = symbol.args if symbol.name == "builtins.tuple" else (symbol,)
            found |= {one.name for one in members_of_tuple}
        return frozenset(found)

    def _suppressed_by(self, source: Source, node: ast.With | ast.AsyncWith) -> frozenset[str]:
        calls = [one.context_expr for one in node.items if isinstance(one.context_expr, ast.Call)]
        return frozenset[str]().union(
            *(
                self.named_in(source, argument)
                for call in calls
                if _SUPPRESS in self._resolver.names(source, call.func)
                for argument in call.args
            )
        )
