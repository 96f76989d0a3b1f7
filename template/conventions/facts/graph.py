"""The call graph of the whole service: which code runs which, where, and what it catches.

The nodes are functions, methods and lambdas. An edge is a call, a reference that is passed on (to a
thread, a task, a job, `map`), a property that is read, a context that is entered, or a dependency
of a route. A method that may be overridden, or that a protocol declares, leads to each
implementation.
"""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from conventions.facts import members
from conventions.facts.bindings import COMPREHENSIONS
from conventions.facts.calling import arguments_by_parameter, own_nodes
from conventions.facts.patterns import Patterns
from conventions.facts.resolver import Resolver
from conventions.facts.symbols import Kind, Symbol, Symbols
from conventions.source import Source
from conventions.vocabulary import ENQUEUE, ROUTERS

_TABLE = tomllib.loads(Path(__file__).with_name("callbacks.toml").read_text("utf-8"))
_RUNNERS = Patterns({word: entry["names"] for word, entry in _TABLE.items()})
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_CONTEXT_METHODS = ("__enter__", "__exit__", "__aenter__", "__aexit__")
_ROUTE_METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "api_route", "route"}
_SUPPRESS = "contextlib.suppress"


class Runs(StrEnum):
    """Where the code at the end of an edge runs."""

    HERE = "here"
    THREAD = "thread"
    TASK = "task"
    LATER = "later"
    JOB = "job"
    DEPENDENCY = "dependency"


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
        """Whether it runs in the event loop."""
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
        target: What runs.
        callee: Its code, if the service defines it.
        runs: Where it runs.
    """

    caller: Code
    site: ast.expr
    target: Symbol
    callee: Code | None
    runs: Runs


class CallGraph:
    """The call graph of a service.

    Args:
        resolver: What expressions refer to.
    """

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._codes: dict[ast.AST, Code] = {}
        self._edges: dict[Code, tuple[Edge, ...]] = {}

    def code(self, source: Source, node: ast.AST) -> Code:
        """Return the code of a definition."""
        if node not in self._codes:
            name = "<lambda>" if isinstance(node, ast.Lambda) else source.qualified_name(node)
            self._codes[node] = Code(source, node, f"{source.module}.{name}")
        return self._codes[node]

    def code_around(self, source: Source, node: ast.AST) -> Code | None:
        """Return the innermost function or lambda around a node."""
        around = (one for one in source.parents(node) if isinstance(one, _Function))
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
            self._edges[code] = tuple(self._find_edges(code))
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
        for code in self.codes("app"):
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
        """Return the edges in `app/` that end in code."""
        return self._incoming.get(code, [])

    def constructions(self, node: ast.AST) -> list[Edge]:
        """Return the edges in `app/` that create instances of a class of the service."""
        return self._constructions.get(node, [])

    @cached_property
    def _incoming(self) -> dict[Code, list[Edge]]:
        found: dict[Code, list[Edge]] = defaultdict(list)
        for code in self.codes("app"):
            for edge in self.edges_from(code):
                if edge.callee is not None:
                    found[edge.callee].append(edge)
        return found

    @cached_property
    def _constructions(self) -> dict[ast.AST, list[Edge]]:
        found: dict[ast.AST, list[Edge]] = defaultdict(list)
        for code in self.codes("app"):
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

    def _find_edges(self, code: Code) -> Iterator[Edge]:
        nodes = own_nodes(code.node)
        yield from self._dependencies(code)
        for node in nodes:
            if isinstance(node, ast.Call):
                yield from self._edges_of_call(code, node)
            elif isinstance(node, ast.Attribute) and node.attr in self._property_names:
                yield from self._edges_of_property(code, node)
            elif isinstance(node, ast.withitem):
                yield from self._edges_of_context(code, node)

    def _edges_of_call(self, code: Code, call: ast.Call) -> Iterator[Edge]:
        source = code.source
        runs = self._runner_around(source, call)
        callees = self.resolver.resolve_all(source, call.func)
        names = {name for callee in callees for name in callee.names}
        own_super = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call)
        for callee in callees:
            yield from self._edges_to(code, call, callee, runs, is_fixed=own_super)
            if callee.receiver and callee.receiver.wraps and ENQUEUE in callee.names:
                yield self._edge(code, call, callee.receiver.wraps, Runs.JOB)
        given = _runner(names)
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            for function in self._functions_passed(source, argument):
                runs = given if given is not Runs.HERE else self._runs_in(callees, call, argument)
                yield from self._edges_to(code, argument, function, runs, is_fixed=False)

    def _runs_in(self, callees: Symbols, call: ast.Call, argument: ast.expr) -> Runs:
        """Return where the functions of the service run a function that they are given."""
        found = {
            self._runs_parameter(callee.source, callee.node, parameter.arg, frozenset())
            for callee in callees
            if callee.source is not None and isinstance(callee.node, _Function)
            for parameter, given in arguments_by_parameter(
                callee.node, call, is_method=callee.receiver is not None
            )
            if given is argument
        }
        return found.pop() if len(found) == 1 else Runs.HERE

    def _runs_parameter(
        self, source: Source, function: ast.AST, name: str, seen: frozenset[ast.AST]
    ) -> Runs:
        """Return where a function runs one of its parameters."""
        found: set[Runs] = set()
        calls = [node for node in own_nodes(function) if isinstance(node, ast.Call)]
        for call in calls if function not in seen else ():
            if getattr(call.func, "id", "") == name:
                return Runs.HERE
            passed = [one for one in call.args if getattr(one, "id", "") == name]
            callees = self.resolver.resolve_all(source, call.func) if passed else ()
            runs = _runner({one for callee in callees for one in callee.names})
            for callee in callees if runs is Runs.HERE else ():
                for parameter, given in arguments_by_parameter(
                    callee.node or function, call, is_method=callee.receiver is not None
                ):
                    if given in passed and callee.source and callee.node:
                        inner = seen | {function}
                        runs = self._runs_parameter(callee.source, callee.node, parameter.arg, inner)
            found |= {runs} if passed else set()
        return found.pop() if len(found) == 1 else Runs.HERE

    def _functions_passed(self, source: Source, argument: ast.expr) -> Symbols:
        """Return the functions that an argument passes on without calling them."""
        if isinstance(argument, ast.Call):
            found = self.resolver.resolve_all(source, argument)
            return tuple(one for one in found if one.wraps and one.kind is Kind.FUNCTION)
        if not isinstance(argument, ast.Name | ast.Attribute | ast.Lambda):
            return ()
        found = self.resolver.resolve_all(source, argument)
        return tuple(one for one in found if one.kind is Kind.FUNCTION)

    def _runner_around(self, source: Source, call: ast.Call) -> Runs:
        """Return where a coroutine runs: in a task if the call is an argument of `create_task`."""
        for parent in source.parents(call):
            if isinstance(parent, ast.Call):
                names = self.resolver.names(source, parent.func)
                return Runs.TASK if "task" in _RUNNERS.words_of(names) else Runs.HERE
            if not isinstance(parent, (ast.Starred, ast.List, ast.Tuple, *COMPREHENSIONS)):
                return Runs.HERE
        return Runs.HERE

    def _edges_to(
        self, code: Code, site: ast.expr, target: Symbol, runs: Runs, *, is_fixed: bool
    ) -> Iterator[Edge]:
        """Yield the edges to a symbol that is called, and to what may run in its place."""
        if target.is_class and target.source:
            yield self._edge(code, site, target, runs)
            for method in ("__init__", "__post_init__"):
                for found in self.resolver.member(target.as_instance(), method):
                    if found.node is not None:
                        yield self._edge(code, site, found, runs)
        elif target.kind is Kind.INSTANCE and target.source and target.node is not target:
            for method in self.resolver.member(target, "__call__"):
                yield self._edge(code, site, method, runs)
        else:
            yield self._edge(code, site, target, runs)
            if not is_fixed:
                for found in self._overrides(target):
                    yield self._edge(code, site, found, runs)

    def _edge(self, code: Code, site: ast.expr, target: Symbol, runs: Runs) -> Edge:
        is_code = isinstance(target.node, _Function) and target.source is not None
        callee = self.code(target.source, target.node) if is_code else None  # pyrefly: ignore
        return Edge(code, site, target, callee, runs)

    def _edges_of_property(self, code: Code, node: ast.Attribute) -> Iterator[Edge]:
        for owner in self.resolver.resolve_all(code.source, node.value):
            for base in members.linearized(self.resolver, owner) if owner.is_object else ():
                getter = members.getter(base.node, node.attr)
                if getter and base.source:
                    symbol = Symbol(Kind.FUNCTION, f"{base.name}.{node.attr}", base.source, getter)
                    yield self._edge(code, node, symbol, Runs.HERE)
                    break

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
                if "dependency" in _RUNNERS.words_of(names):
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

    def _overrides(self, target: Symbol) -> Symbols:
        """Return the methods that may run in place of a method."""
        owner = target.receiver
        if owner is None or target.node is None or owner.source is None or not owner.is_object:
            return ()
        name = target.name.rpartition(".")[2]
        kinds = self._implementations.get(owner.node, ()) if owner.node else ()
        found = [one for kind in kinds for one in self.resolver.member(kind.as_instance(), name)]
        return tuple(dict.fromkeys(one for one in found if one.node is not target.node))

    @cached_property
    def _implementations(self) -> dict[ast.AST, list[Symbol]]:
        """The classes that may stand in for a class: subclasses, and those that fit a protocol."""
        found: dict[ast.AST, list[Symbol]] = defaultdict(list)
        classes = [
            self.resolver.resolve_all(source, node)[0]
            for source in self.resolver.sources.values()
            if source.path.startswith("app/")
            for node in source.nodes(ast.ClassDef)
        ]
        methods = {kind: _methods_of(kind.node) for kind in classes}
        bases = {kind: members.linearized(self.resolver, kind) for kind in classes}
        protocols = [k for k in classes if any(b.name == "typing.Protocol" for b in bases[k][1:])]
        for kind in classes:
            for base in bases[kind][1:]:
                if base.node is not None:
                    found[base.node].append(kind)
            for protocol in protocols:
                needed = methods[protocol]
                is_fitting = bool(needed) and all(
                    any(name in methods.get(base, ()) for base in bases[kind]) for name in needed
                )
                if is_fitting and kind is not protocol and protocol.node and kind not in protocols:
                    found[protocol.node].append(kind)
        return found

    @cached_property
    def _property_names(self) -> frozenset[str]:
        return frozenset(
            node.name
            for source in self.resolver.sources.values()
            for node in source.nodes(ast.FunctionDef, ast.AsyncFunctionDef)
            if members.is_property(node)
        )


def _runner(names: Iterable[str]) -> Runs:
    """Return where a function that is passed to one of some functions runs."""
    words = sorted(_RUNNERS.words_of(names))
    runs = Runs(words[0]) if words else Runs.HERE
    return Runs.HERE if runs is Runs.TASK else runs  # a coroutine has an edge of its own


def _methods_of(node: ast.AST | None) -> frozenset[str]:
    body = getattr(node, "body", ())
    return frozenset(
        one.name for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    )


class Catching:
    """The exceptions that code catches around a place.

    Args:
        resolver: What expressions refer to.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._known: dict[ast.AST, frozenset[str]] = {}

    def around(self, source: Source, node: ast.AST) -> frozenset[str]:
        """Return the names of the exceptions that are caught around a node, in its function."""
        caught: frozenset[str] = frozenset()
        child = node
        for parent in source.parents(node):
            if isinstance(parent, _Function):
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
        """Return the names of what a handler catches for good; empty if it raises it again."""
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
