"""The call graph of the whole service: which code runs which, where, and what it catches.

The nodes are functions, methods and lambdas. An edge is a call, a reference that is passed on (to a
thread, a task, a job, `map`), a property that is read, a context that is entered, or a dependency
of a route. A method that may be overridden, or that a protocol declares, leads to each
implementation.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from conventions.facts.calling import arguments_by_parameter
from conventions.facts.catching import Catching
from conventions.facts.edges import CORE, Code, Edge, Edges, Function
from conventions.facts.resolver import Resolver
from conventions.facts.running import Runs
from conventions.facts.symbols import Symbol
from conventions.source import Source
from conventions.vocabulary import ROUTERS

_ROUTE_METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "api_route", "route"}

__all__ = ["CORE", "CallGraph", "Catching", "Code", "Edge", "Runs"]


class CallGraph:
    """The call graph of a service.

    Args:
        resolver: The symbols that expressions refer to.
    """

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._finder = Edges(resolver)
        self._edges: dict[Code, tuple[Edge, ...]] = {}

    def code(self, source: Source, node: ast.AST) -> Code:
        """Return the code of a definition."""
        return self._finder.code(source, node)

    def aliases(self, source: Source, node: ast.expr) -> Iterator[tuple[Source, list[ast.AST]]]:
        """Yield the definition of an alias such as `Session = Annotated[…, Depends(…)]`."""
        return self._finder.aliases(source, node)

    def code_around(self, source: Source, node: ast.AST) -> Code | None:
        """Return the innermost function or lambda around a node."""
        around = (one for one in source.parents(node) if isinstance(one, Function))
        found = next(around, None)
        return self.code(source, found) if found else None

    def codes(self, *folders: str) -> Iterator[Code]:
        """Yield the functions and lambdas in some folders."""
        for source in self.resolver.sources.values():
            if source.path.startswith(tuple(f"{folder}/" for folder in folders)):
                for kind in (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda):
                    for node in source.nodes(kind):
                        yield self.code(source, node)

    def edges_from(self, code: Code) -> tuple[Edge, ...]:
        """Return the edges that begin in code, in the order of the file."""
        if code not in self._edges:
            self._edges[code] = tuple(self._finder.of(code))
        return self._edges[code]

    def is_endpoint(self, source: Source, node: ast.AST) -> bool:
        """Return whether a decorator makes a function an endpoint."""
        for mark in getattr(node, "decorator_list", ()):
            if isinstance(mark, ast.Call) and getattr(mark.func, "attr", "") in _ROUTE_METHODS:
                owners = self.resolver.resolve_all(source, getattr(mark.func, "value", None))
                if any(self.resolver.is_subclass(one, *ROUTERS) for one in owners):
                    return True
        return False

    @cached_property
    def request_models(self) -> frozenset[ast.AST]:
        """The models of the service that endpoints take as parameters."""
        found: set[ast.AST] = set()
        for code in self.codes("app", "migrations"):
            if self.is_endpoint(code.source, code.node):
                arguments = ast.walk(getattr(code.node, "args", code.node))
                for one in (each for each in arguments if isinstance(each, ast.arg)):
                    kinds = self.resolver.instances(code.source, one.annotation)
                    nested = [*kinds, *(inner for kind in kinds for inner in kind.args)]
                    found |= {kind.node for kind in nested if self._is_model(kind) and kind.node}
        return frozenset(found)

    def _is_model(self, symbol: Symbol) -> bool:
        kinds = self.resolver.ancestors(symbol)
        return "pydantic.BaseModel" in kinds and "pydantic_settings.BaseSettings" not in kinds

    def callers(self, code: Code) -> list[Edge]:
        """Return the edges in `app/` and `migrations/` that end in code."""
        return self._incoming.get(code, [])

    def arguments_for(
        self, source: Source, parameter: ast.AST
    ) -> Iterator[tuple[Source, ast.expr]]:
        """Yield the values that callers of a function give for one of its parameters."""
        code = self.code_around(source, parameter)
        for edge in self.callers(code) if code else ():
            if isinstance(edge.site, ast.Call) and code:
                is_method = isinstance(source.parent(code.node), ast.ClassDef)
                pairs = arguments_by_parameter(code.node, edge.site, is_method=is_method)
                yield from ((edge.caller.source, one) for each, one in pairs if each is parameter)

    def constructions(self, node: ast.AST) -> list[Edge]:
        """Return the edges that create instances of a class of the service."""
        return self._constructions.get(node, [])

    @cached_property
    def _incoming(self) -> dict[Code, list[Edge]]:
        found: dict[Code, list[Edge]] = defaultdict(list)
        for code in self.codes("app", "migrations"):
            for edge in self.edges_from(code):
                if edge.callee is not None:
                    found[edge.callee].append(edge)
        return found

    @cached_property
    def _constructions(self) -> dict[ast.AST, list[Edge]]:
        found: dict[ast.AST, list[Edge]] = defaultdict(list)
        for code in self.codes("app", "migrations"):
            for edge in self.edges_from(code):
                if edge.target.is_class and edge.target.node is not None:
                    found[edge.target.node].append(edge)
        return found

    def reachable(self, start: Code, *, except_runs: frozenset[Runs] = frozenset()) -> list[Edge]:
        """Return every edge that code reaches, the nearest first."""
        queue, seen, found = [start], {start}, list[Edge]()
        while queue:
            for edge in self.edges_from(queue.pop(0)):
                if edge.runs not in except_runs:
                    found.append(edge)
                    if edge.callee is not None and edge.callee not in seen:
                        seen.add(edge.callee)
                        queue.append(edge.callee)
        return found
