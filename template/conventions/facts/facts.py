"""The facts of a service: one understanding of its code for all rules."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from conventions.facts.calling import own_nodes
from conventions.facts.effects import Effect, EffectTable
from conventions.facts.graph import CallGraph, Catching, Code, Edge, Runs
from conventions.facts.iteration import Iteration
from conventions.facts.resolver import Resolver
from conventions.facts.sessions import Sessions
from conventions.facts.statements import StatementReader
from conventions.facts.taint import Outside
from conventions.source import Source

_PROGRAMS = ("app/commands/", "app/server.py")


class Facts:
    """All that a service's code refers to, runs and does.

    Args:
        sources: The files of the service by module name.
        effects: Names of functions by effect, in addition to the table of the review.
    """

    def __init__(
        self, sources: Mapping[str, Source], *, effects: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        self.resolver = Resolver(sources)
        self.graph = CallGraph(self.resolver)
        self.catching = Catching(self.resolver)
        self.sessions = Sessions(self.resolver)
        self.statements = StatementReader(self.resolver)
        self.iteration = Iteration(self.resolver)
        self._more = effects or {}
        self._outside: dict[str, Outside] = {}
        self._ordered: dict[Code, list[Edge]] = {}

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> "Facts":
        """Return the facts of files in memory, by path."""
        return cls(Resolver.of_texts(texts).sources)

    @cached_property
    def effects(self) -> EffectTable:
        """The effects of every function."""
        return EffectTable(self.graph, self._more)

    def outside(self, kind: str) -> Outside:
        """Return the search for values from outside, for one kind of harm."""
        if kind not in self._outside:
            self._outside[kind] = Outside(self.graph, kind)
        return self._outside[kind]

    def name(self, source: Source, node: ast.AST | None) -> str:
        """Return the dotted name of an expression's symbol; empty if it is unknown."""
        return self.resolver.name(source, node)

    def names(self, source: Source, node: ast.AST | None) -> frozenset[str]:
        """Return every name of everything that an expression may refer to."""
        return self.resolver.names(source, node)

    def is_none(self, source: Source, node: ast.AST) -> bool:
        """Return whether an expression is `None` in any case."""
        found = self.resolver.resolve_all(source, node)
        return bool(found) and all(one.is_none for one in found)

    def code(self, source: Source, node: ast.AST) -> Code:
        """Return the code of a function, method or lambda."""
        return self.graph.code(source, node)

    def calls(self, *folders: str) -> Iterator[tuple[Source, ast.Call, frozenset[str]]]:
        """Yield every call in `app/`, or in other folders, with the names of the function."""
        for source in self.files(*folders):
            for call in source.calls():
                yield source, call, self.resolver.names(source, call.func)

    def files(self, *folders: str) -> Iterator[Source]:
        """Yield the files in `app/`, or in other folders."""
        places = tuple(f"{folder}/" for folder in folders or ("app",))
        yield from (one for one in self.resolver.sources.values() if one.path.startswith(places))

    def coroutines(self) -> Iterator[Code]:
        """Yield the coroutines of requests and jobs: those of programs have a loop of their own."""
        for code in self.graph.codes("app"):
            if code.is_coroutine and not is_program(code.source):
                yield code

    def ordered_edges(self, code: Code) -> list[Edge]:
        """Return the edges of code in the order in which they run, those of its body alone."""
        if code not in self._ordered:
            edges = [one for one in self.graph.edges_from(code) if one.runs is not Runs.DEPENDENCY]
            self._ordered[code] = sorted(edges, key=lambda edge: _end_of(edge.site))
        return self._ordered[code]

    def place(self, edge: Edge, effect: Effect) -> tuple[Source, ast.AST]:
        """Return where to report an effect of an edge: in a private function of the same file."""
        source, site = edge.caller.source, edge.site
        seen: set[Code] = set()
        while edge.callee and self._is_private(edge) and edge.callee not in seen:
            seen.add(edge.callee)
            witness = self.effects.of(edge.callee).get(effect)
            if witness is None or effect in self.effects.own_effects(edge):
                break
            source, site = witness.source, witness.site
            if witness.edge is None:
                break
            edge = witness.edge
        return source, site

    def _is_private(self, edge: Edge) -> bool:
        callee = edge.callee
        name = getattr(callee.node, "name", "") if callee else ""
        return callee is not None and callee.source is edge.caller.source and name.startswith("_")

    def nodes_of(self, code: Code) -> list[ast.AST]:
        """Return the nodes of code, without those of functions in it."""
        return own_nodes(code.node)


def is_program(source: Source) -> bool:
    """Return whether a file is run as a program of its own, and not by the server."""
    return source.path.startswith(_PROGRAMS) or source.path.endswith("/__main__.py")


def _end_of(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0
