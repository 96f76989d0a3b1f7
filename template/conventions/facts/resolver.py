r"""The resolver: the symbols of expressions, across files.

    resolver = Resolver.of_texts({"app/notes.py": "from time import sleep\nsleep(1)\n"})
    source = resolver.sources["app.notes"]
    resolver.resolve(source, next(source.calls()).func).name  # "time.sleep"

Every question is answered once. A question that is asked again while it is being answered, such as
the value of `a` in `a = b; b = a`, has no answer there: this is the one guard against cycles.
"""

import ast
import sys
from collections.abc import Callable, Mapping
from typing import Any

from conventions.facts import calling, expressions, members, variables
from conventions.facts.bindings import How
from conventions.facts.library import Library
from conventions.facts.reaching import Bindings
from conventions.facts.symbols import Kind, Symbol, Symbols, distinct
from conventions.source import Source

_NEVER = sys.maxsize


class Resolver:
    """The symbols that the expressions of a service refer to.

    Args:
        sources: The files of the service by module name.
    """

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self.sources = sources
        self.library = Library({name.partition(".")[0] for name in sources} | {"app"})
        self._bindings: dict[Source, Bindings] = {}
        self._known: dict[Any, Symbols] = {}
        self._partial: dict[Any, Symbols] = {}
        self._open: dict[Any, int] = {}
        self._cut = _NEVER

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> "Resolver":
        """Return the resolver of files in memory, by path."""
        modules: dict[str, Source] = {}
        for path, text in texts.items():
            source = Source(path, text, ast.parse(text, filename=path), modules)
            modules[source.module] = source
        return cls(modules)

    def resolve(self, source: Source, node: ast.AST | None) -> Symbol | None:
        """Return the symbol of an expression; `None` if that is unknown or depends."""
        found = self.resolve_all(source, node)
        return found[0] if len(found) == 1 else None

    def name(self, source: Source, node: ast.AST | None) -> str:
        """Return the dotted name of an expression's symbol; empty if it is unknown."""
        return next((one.name for one in self.resolve_all(source, node)), "")

    def names(self, source: Source, node: ast.AST | None) -> frozenset[str]:
        """Return every name of everything that an expression may refer to."""
        found = self.resolve_all(source, node)
        return frozenset(name for one in found for name in one.names)

    def resolve_all(self, source: Source, node: ast.AST | None) -> Symbols:
        """Return everything that an expression may refer to; empty if it is unknown."""
        if node is None:
            return ()
        return self.once(node, lambda: expressions.evaluate(self, source, node))

    def once(self, question: Any, answer: Callable[[], Symbols]) -> Symbols:  # noqa: ANN401 - any key
        """Return the answer to a question, from memory if it was asked before."""
        known = self._known.get(question, self._partial.get(question))
        if known is not None:
            return known
        if question in self._open:
            self._cut = min(self._cut, self._open[question])
            return ()
        depth = self._open[question] = len(self._open)
        try:
            found = distinct(answer())
        finally:
            del self._open[question]
        self._keep(question, found, depth)
        return found

    def _keep(self, question: Any, found: Symbols, depth: int) -> None:  # noqa: ANN401 - any key
        """Remember an answer: for good, unless it lacks that of a question still open."""
        if self._cut < depth:
            self._partial[question] = found
            return
        if self._cut == depth:
            self._cut = _NEVER
            self._partial.clear()
        self._known[question] = found

    def bindings(self, source: Source) -> Bindings:
        """Return the bindings of a file."""
        if source not in self._bindings:
            self._bindings[source] = Bindings(source)
        return self._bindings[source]

    def variable(self, source: Source, node: ast.AST, name: str) -> Symbols:
        """Return the symbols of a name at a node."""
        return variables.at(self, source, node, name)

    def global_symbol(self, module: str, name: str) -> Symbols:
        """Return the symbols of a name of a module at its end."""
        question = "global", module, name
        return self.once(question, lambda: variables.in_module(self, module, name))

    def member(self, owner: Symbol, attribute: str) -> Symbols:
        """Return an attribute of a symbol."""
        question = "member", owner, attribute
        return self.once(question, lambda: members.of(self, owner, attribute))

    def result(
        self, callee: Symbol, call: ast.Call | None = None, source: Source | None = None
    ) -> Symbols:
        """Return the result of calling a symbol; the result of awaiting it, for a coroutine."""
        question = "result", callee, call
        return self.once(question, lambda: calling.result(self, callee, call, source))

    def instances(self, source: Source, annotation: ast.expr | None) -> Symbols:
        """Return the instances that an annotation declares."""
        found = self.resolve_all(source, annotation)
        return tuple(one.as_instance() for one in found if not one.is_none)

    def elements(self, symbols: Symbols, *, path: tuple[int, ...] = ()) -> Symbols:
        """Return the elements of iterables."""
        found = [one for symbol in symbols for one in calling.elements(self, symbol)]
        return self.unpacked(tuple(found), path) if path else tuple(found)

    def unpacked(self, symbols: Symbols, path: tuple[int, ...]) -> Symbols:
        """Return the part of tuples at some positions."""
        for index in path:
            parts = [calling.part(self, symbol, index) for symbol in symbols]
            symbols = tuple(one for part in parts for one in part)
        return symbols

    def value_behind(self, source: Source, node: ast.expr) -> ast.expr | None:
        """Return the expression that was assigned to a variable, or to an attribute of `self`."""
        if isinstance(node, ast.Name):
            found = self.bindings(source).reaching(node, node.id)
            return found[0].value if found and found[0].how is How.ASSIGNED else None
        for owner in self.resolve_all(source, getattr(node, "value", None)):
            if isinstance(owner.node, ast.ClassDef) and owner.source:
                kept = members.attributes_set(owner.source, owner.node)
                for binding in kept.get(getattr(node, "attr", ""), ()):
                    return binding.value
        return None

    def ancestors(self, symbol: Symbol) -> frozenset[str]:
        """Return the names of the class of a symbol and of the classes it inherits from."""
        if symbol.kind in {Kind.MODULE, Kind.FUNCTION}:
            return frozenset()
        return members.ancestors(self, symbol)

    def is_subclass(self, symbol: Symbol, *names: str) -> bool:
        """Return whether a symbol is, or inherits from, one of some classes."""
        return not self.ancestors(symbol).isdisjoint(names)
