"""The edges of the call graph: the places where code runs other code."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from conventions.facts import members
from conventions.facts.calling import own_nodes
from conventions.facts.hierarchy import Hierarchy
from conventions.facts.patterns import Patterns
from conventions.facts.resolver import Resolver
from conventions.facts.running import RUNNERS, Runners, Runs, runner
from conventions.facts.symbols import Kind, Symbol, Symbols
from conventions.source import Source
from conventions.vocabulary import EFFECTS, ENQUEUE

CORE = Patterns({"core": [name for names in EFFECTS.values() for name in names]})
"""The functions of the core whose effects are listed: what is behind them does not count."""
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_PARTIALS = {"functools.partial", "functools.partialmethod"}
_CONTEXT_METHODS = ("__enter__", "__exit__", "__aenter__", "__aexit__")


@dataclass(frozen=True, eq=False, slots=True)
class Code:
    """A function, a method or a lambda.

    Attributes:
        source: Its file.
        node: Its definition.
        name: Its dotted name.
    """

    source: Source
    node: ast.AST
    name: str

    @property
    def is_coroutine(self) -> bool:
        """`True` if it runs in the event loop."""
        return isinstance(self.node, ast.AsyncFunctionDef)

    @property
    def short_name(self) -> str:
        """The name in messages: with the class of a method, without the module."""
        return self.name.removeprefix(f"{self.source.module}.")


@dataclass(frozen=True, eq=False, slots=True)
class Edge:
    """A place where code runs other code.

    Attributes:
        caller: The code.
        site: The call, or the expression that refers to the other code.
        target: The symbol that runs.
        callee: Its code, if the service defines it.
        runs: Where it runs.
    """

    caller: Code
    site: ast.expr
    target: Symbol
    callee: Code | None
    runs: Runs


class Edges:
    """The edges that begin in code.

    Args:
        resolver: The symbols that expressions refer to.
    """

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._runners = Runners(resolver)
        self._hierarchy = Hierarchy(resolver)
        self._codes: dict[ast.AST, Code] = {}

    def code(self, source: Source, node: ast.AST) -> Code:
        """Return the code of a definition."""
        if node not in self._codes:
            name = "<lambda>" if isinstance(node, ast.Lambda) else source.qualified_name(node)
            self._codes[node] = Code(source, node, f"{source.module}.{name}")
        return self._codes[node]

    def of(self, code: Code) -> Iterator[Edge]:
        """Yield the edges that begin in code, in the order of the file."""
        nodes = own_nodes(code.node)
        yield from self._dependencies(code)
        for node in nodes:
            if isinstance(node, ast.Call):
                yield from self._edges_of_call(code, node)
            elif isinstance(node, ast.Attribute) and node.attr in self._hierarchy.property_names:
                yield from self._edges_of_property(code, node)
            elif isinstance(node, ast.withitem):
                yield from self._edges_of_context(code, node)
            elif isinstance(node, ast.Compare):
                yield from self._edges_of_membership(code, node)

    def _edges_of_call(self, code: Code, call: ast.Call) -> Iterator[Edge]:
        source = code.source
        runs = self._runners.around(source, call)
        callees = self.resolver.resolve_all(source, call.func)
        names = {name for callee in callees for name in callee.names}
        own_super = _is_of_super(call.func)
        for callee in callees:
            yield from self._edges_to(code, call, callee, runs, is_fixed=own_super)
            if callee.receiver and callee.receiver.wraps and ENQUEUE in callee.names:
                yield self._edge(code, call, callee.receiver.wraps, Runs.JOB)
        given = runner(names)
        if names & _PARTIALS:
            return  # it runs where the partial is passed to, or called
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            for function in self._functions_passed(source, argument):
                runs = (
                    given
                    if given is not Runs.HERE
                    else self._runners.of_argument(callees, call, argument)
                )
                yield from self._edges_to(code, argument, function, runs, is_fixed=False)

    def _functions_passed(self, source: Source, argument: ast.expr) -> Symbols:
        """Return the functions that an argument passes on without calling them."""
        if isinstance(argument, ast.Call):
            found = self.resolver.resolve_all(source, argument)
            return tuple(one for one in found if one.wraps and one.kind is Kind.FUNCTION)
        if not isinstance(argument, ast.Name | ast.Attribute | ast.Lambda):
            return ()
        found = self.resolver.resolve_all(source, argument)
        return tuple(one for one in found if one.kind is Kind.FUNCTION)

    def _edges_to(
        self, code: Code, site: ast.expr, target: Symbol, runs: Runs, *, is_fixed: bool
    ) -> Iterator[Edge]:
        """Yield the edges to a symbol that is called, and to those that may run in its place."""
        if target.is_class and target.source:
            yield self._edge(code, site, target, runs)
            for method in ("__init__", "__post_init__"):
                for found in self.resolver.member(target.as_instance(), method):
                    if found.node is not None:
                        yield self._edge(code, site, found, runs)
        elif target.kind is Kind.INSTANCE and target.source:
            for method in self.resolver.member(target, "__call__"):
                yield self._edge(code, site, method, runs)
        else:
            yield self._edge(code, site, target, runs)
            is_fixed = is_fixed or bool(CORE.words_of(target.names))
            for found in () if is_fixed else self._hierarchy.overrides(target):
                yield self._edge(code, site, found, runs)

    def _edge(self, code: Code, site: ast.expr, target: Symbol, runs: Runs) -> Edge:
        is_code = isinstance(target.node, Function) and target.source is not None
        callee = self.code(target.source, target.node) if is_code else None  # pyrefly: ignore[bad-argument-type] code has a file
        return Edge(code, site, target, callee, runs)

    def _edges_of_property(self, code: Code, node: ast.Attribute) -> Iterator[Edge]:
        for owner in self.resolver.resolve_all(code.source, node.value):
            for base in members.linearized(self.resolver, owner) if owner.is_object else ():
                getter = members.getter(base.node, node.attr)
                if getter and base.source:
                    symbol = Symbol(Kind.FUNCTION, f"{base.name}.{node.attr}", base.source, getter)
                    yield self._edge(code, node, symbol, Runs.HERE)
                    break

    def _edges_of_membership(self, code: Code, node: ast.Compare) -> Iterator[Edge]:
        for operator, container in zip(node.ops, node.comparators, strict=True):
            is_test = isinstance(operator, ast.In | ast.NotIn)
            for owner in self.resolver.resolve_all(code.source, container) if is_test else ():
                for found in self.resolver.member(owner, "__contains__") if owner.source else ():
                    yield self._edge(code, container, found, Runs.HERE)

    def _edges_of_context(self, code: Code, item: ast.withitem) -> Iterator[Edge]:
        for context in self.resolver.resolve_all(code.source, item.context_expr):
            for method in _CONTEXT_METHODS if context.is_object and context.source else ():
                for found in self.resolver.member(context, method):
                    yield self._edge(code, item.context_expr, found, Runs.HERE)

    def _dependencies(self, code: Code) -> Iterator[Edge]:
        """Yield the edges to the dependencies in the signature and the decorators of a route."""
        if not isinstance(code.node, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        heads: list[ast.AST] = [code.node.args, *code.node.decorator_list]
        for source, call in self._dependency_calls(code.source, heads):
            for argument in [*call.args[:1], *(k.value for k in call.keywords)]:
                for found in self.resolver.resolve_all(source, argument):
                    if found.kind is not Kind.VALUE:
                        yield from self._edges_to(
                            code, argument, found, Runs.DEPENDENCY, is_fixed=True
                        )

    def _dependency_calls(
        self, source: Source, heads: list[ast.AST]
    ) -> Iterator[tuple[Source, ast.Call]]:
        for node in (part for head in heads for part in ast.walk(head)):
            if isinstance(node, ast.Call):
                names = self.resolver.names(source, node.func)
                if "dependency" in RUNNERS.words_of(names):
                    yield source, node
            elif isinstance(node, ast.Name | ast.Attribute):
                for alias in self.aliases(source, node):
                    yield from self._dependency_calls(*alias)

    def aliases(self, source: Source, node: ast.expr) -> Iterator[tuple[Source, list[ast.AST]]]:
        """Yield the definition of an alias such as `Session = Annotated[…, Depends(…)]`."""
        for symbol in self.resolver.resolve_all(source, node):
            module, _, name = symbol.origin.rpartition(".")
            home = self.resolver.sources.get(module)
            for binding in self.resolver.bindings(home).at_end(home.tree, name) if home else ():
                if isinstance(binding.value, ast.Subscript) and binding.value is not node and home:
                    yield home, [binding.value]


def _is_of_super(node: ast.expr) -> bool:
    inner = node.value if isinstance(node, ast.Attribute) else None
    return isinstance(inner, ast.Call) and getattr(inner.func, "id", "") == "super"
