"""Following a value back to where it comes from: variables, attributes, calls and callers.

A `Trace` says what it looks for (`starts_at`) and what makes a value harmless (`stops_at`); the way
in between is the same for values from outside, secrets, personal data and the texts of errors.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from conventions.facts.bindings import FUNCTIONS, Binding, How
from conventions.facts.calling import PASSES, arguments_by_parameter, own_nodes
from conventions.facts.graph import CallGraph, Edge
from conventions.facts.members import attributes_set, getter
from conventions.facts.symbols import Kind, Symbol, Symbols
from conventions.source import Source
from conventions.vocabulary import HTTP_REQUESTS

_HARMLESS = {"builtins.int", "builtins.float", "builtins.bool", "builtins.NoneType"}
_HARMLESS |= {"uuid.UUID", "decimal.Decimal", "datetime.datetime", "datetime.date", "datetime.time"}
_HARMLESS |= {"datetime.timedelta", "enum.Enum", "ipaddress.IPv4Address", "ipaddress.IPv6Address"}
_HARMLESS |= {"typing.Literal"}
SETTINGS = "pydantic_settings.BaseSettings"
_ROWS = ("sqlalchemy.orm.DeclarativeBase", "sqlalchemy.Row", "sqlalchemy.orm.MappedAsDataclass")
_ADDING = {"append", "add", "extend", "insert", "update", "write"}
_CALLS_OUT = frozenset(HTTP_REQUESTS)
_LOOKUPS = {"get", "pop", "setdefault"}


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """A call whose result is followed: its function runs with these arguments."""

    function: ast.AST
    source: Source
    arguments: dict[ast.arg, ast.expr]


class Trace:
    """The way back from expressions to one kind of value.

    Args:
        graph: The call graph.
    """

    def __init__(self, graph: CallGraph) -> None:
        self.graph = graph
        self.resolver = graph.resolver
        self.place: tuple[Source, ast.AST] | None = None
        """The call, in another function, that passes the value that was found."""
        self.start: tuple[Source, ast.AST] | None = None
        """The parameter or the field that holds the value that was found."""
        self._frame: _Frame | None = None
        self._passed: dict[ast.expr, ast.Call] = {}
        self._frames: dict[tuple[ast.AST, ast.AST], _Frame] = {}
        self._visited: set[tuple[ast.AST, _Frame | None]] = set()
        self._empty: set[tuple[ast.AST, _Frame | None]] = set()

    def origin(self, source: Source, node: ast.AST | None) -> str:
        """Return the value that is looked for and that an expression holds; empty if none."""
        self._visited, self._frame, self.place, self.start = set(), None, None, None
        found = self._value(source, node)
        if not found:
            self._empty |= self._visited  # nothing that was visited leads to such a value
        return found

    def starts_at(self, source: Source, node: ast.expr) -> str:
        """Return the value that is looked for, if an expression is one; empty otherwise."""
        raise NotImplementedError

    def stops_at(self, source: Source, node: ast.expr) -> bool:
        """Return whether an expression is harmless in any case."""
        found = self.resolver.resolve_all(source, node)
        return bool(found) and all(map(self.is_harmless, found))

    def starts_at_field(self, owner: Symbol, attribute: str) -> bool:  # noqa: ARG002 - for overriding
        """Return whether an attribute of an instance of the service holds the value."""
        return False

    def starts_at_parameter(
        self,
        source: Source,  # noqa: ARG002 - for overriding
        parameter: ast.arg,  # noqa: ARG002 - for overriding
        *,
        is_called: bool,  # noqa: ARG002 - for overriding
    ) -> str | None:
        """Return the value that a parameter holds; `None` if that depends on its callers."""
        return None

    def is_harmless(self, symbol: Symbol) -> bool:
        """Return whether a symbol cannot hold the value: a number, a constant, a setting."""
        if symbol.kind is Kind.VALUE or symbol.is_class:
            return True
        return symbol.is_object and self.resolver.is_subclass(symbol, *_HARMLESS, SETTINGS)

    def _is_new(self, node: ast.AST) -> bool:
        """Return whether a node was not visited in this search; note that it is now."""
        place = node, self._frame
        if place in self._visited or place in self._empty:
            return False
        self._visited.add(place)
        return True

    def _value(self, source: Source, node: ast.AST | None) -> str:
        if not isinstance(node, ast.expr) or not self._is_new(node):
            return ""
        if isinstance(node, ast.Constant | ast.Compare) or self.stops_at(source, node):
            return ""
        return self.starts_at(source, node) or self._inside(source, node)

    def _inside(self, source: Source, node: ast.expr) -> str:
        """Return the value that an expression is made of."""
        match node:
            case ast.Name():
                bindings = self.resolver.bindings(source).reaching(node, node.id)
                return _first(self._bound(source, one, node.id) for one in bindings)
            case ast.Attribute():
                return self._attribute(source, node)
            case ast.Call():
                return self._call(source, node)
            case ast.Subscript(value=inner) | ast.Lambda(body=inner):
                return self._value(source, inner)
        return _first(self._value(source, part) for part in _parts_of(node))

    def _bound(self, source: Source, binding: Binding, name: str) -> str:
        node = binding.node
        match binding.how:
            case How.PARAMETER if isinstance(node, ast.arg):
                return self._parameter(source, node)
            case How.ASSIGNED if isinstance(node, ast.AugAssign) and not self._is_new(node):
                return ""
            case How.ASSIGNED if isinstance(node, ast.AugAssign):
                added = self._value(source, node.value)
                return added or self._before(source, node, name)
            case How.ASSIGNED | How.ITERATED | How.ENTERED:
                found = self._value(source, binding.value)
                return found or self._added_to(source, binding, name)
            case How.MATCHED:
                around = (one for one in source.parents(node) if isinstance(one, ast.Match))
                return _first(self._value(source, one.subject) for one in around)
        return ""

    def _before(self, source: Source, node: ast.AugAssign, name: str) -> str:
        bindings = self.resolver.bindings(source).reaching(node, name)
        others = [one for one in bindings if one.node is not node]
        return _first(self._bound(source, one, name) for one in others)

    def _added_to(self, source: Source, binding: Binding, name: str) -> str:
        """Return the value that is added to a list or a dict after its creation."""
        function = source.enclosing_function(binding.node)
        if function is None or not isinstance(binding.value, ast.List | ast.Dict | ast.Set):
            return ""
        arguments = (
            argument
            for call in own_nodes(function)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
            if call.func.attr in _ADDING and getattr(call.func.value, "id", "") == name
            for argument in call.args
        )
        return _first(self._value(source, one) for one in arguments)

    def _attribute(self, source: Source, node: ast.Attribute) -> str:
        for owner in self.resolver.resolve_all(source, node.value):
            if owner.is_object and self.resolver.is_subclass(owner, SETTINGS, *_ROWS):
                return ""
            if isinstance(owner.node, ast.ClassDef) and owner.is_object:
                if self.starts_at_field(owner, node.attr):
                    self.start = _declaration(owner, node.attr)
                    return ast.unparse(node)
                return self._field(owner, node.attr)
        return self._value(source, node.value)

    def _field(self, owner: Symbol, attribute: str) -> str:
        """Return the value in an attribute of an instance of a class of the service."""
        source, node = owner.source, owner.node
        if source is None or not isinstance(node, ast.ClassDef):
            return ""
        if read := getter(node, attribute):
            return self._returned(source, read)
        if bindings := attributes_set(source, node).get(attribute):
            return _first(self._bound(source, one, attribute) for one in bindings)
        return self._constructor_argument(node, attribute)

    def _constructor_argument(self, node: ast.ClassDef, field: str) -> str:
        """Return the value that a call gives to a field of a dataclass or a model."""
        targets = (one.target for one in node.body if isinstance(one, ast.AnnAssign))
        declared = [one.id for one in targets if isinstance(one, ast.Name)]
        if field not in declared:
            return ""
        given = (
            (edge.caller.source, _argument_for(declared, field, edge.site))
            for edge in self.graph.constructions(node)
            if isinstance(edge.site, ast.Call)
        )
        return _first(self._value(source, argument) for source, argument in given)

    def _returned(self, source: Source, function: ast.AST) -> str:
        if isinstance(function, ast.Lambda):
            return self._value(source, function.body)
        results = (
            part.value
            for part in own_nodes(function)
            if isinstance(part, ast.Return | ast.Yield) and part.value
        )
        return _first(self._value(source, one) for one in results)

    def _call(self, source: Source, call: ast.Call) -> str:
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
        if receiver is not None and self._is_database(source, receiver):
            return ""
        callees = self.resolver.resolve_all(source, call.func)
        if any(_CALLS_OUT.intersection(one.names) for one in callees):
            return ""  # what another service answers is not what it was asked
        call, callees = self._passed_on(source, call, callees)
        own = [one for one in callees if one.source is not None and one.kind is Kind.FUNCTION]
        if own:
            return _first(self._own_call(source, call, one) for one in own)
        if any(one.is_object and one.node is not None for one in callees):
            return ""
        parts: list[ast.expr] = [*call.args, *(one.value for one in call.keywords)]
        if receiver is not None:
            is_lookup = isinstance(call.func, ast.Attribute) and call.func.attr in _LOOKUPS
            parts = [receiver] if is_lookup else [*parts, receiver]
        return _first(self._value(source, part) for part in parts)

    def _passed_on(
        self, source: Source, call: ast.Call, callees: Symbols
    ) -> tuple[ast.Call, Symbols]:
        """Return the call that another makes, such as `f(a)` for `to_thread(f, a)`."""
        index = next((PASSES[one.name] for one in callees if one.name in PASSES), None)
        if index is None or index >= len(call.args):
            return call, callees
        function = call.args[index]
        passed = self.resolver.resolve_all(source, function)
        if not any(one.kind is Kind.FUNCTION for one in passed):
            return call, callees
        if function not in self._passed:
            arguments = call.args[index + 1 :]
            self._passed[function] = ast.Call(func=function, args=arguments, keywords=call.keywords)
        return self._passed[function], passed

    def _is_database(self, source: Source, receiver: ast.expr) -> bool:
        found = self.resolver.resolve_all(source, receiver)
        return any(one.name.startswith("sqlalchemy.") for one in found)

    def _own_call(self, source: Source, call: ast.Call, callee: Symbol) -> str:
        """Return the value in the result of a function of the service, for these arguments."""
        if callee.node is None or callee.source is None:
            return ""
        pairs = arguments_by_parameter(callee.node, call, is_method=callee.receiver is not None)
        before = self._frame
        key = call, callee.node
        self._frame = self._frames.setdefault(key, _Frame(callee.node, source, dict(pairs)))
        found = self._returned(callee.source, callee.node)
        self._frame = before
        return found

    def _parameter(self, source: Source, parameter: ast.arg) -> str:
        function = next((o for o in source.parents(parameter) if isinstance(o, FUNCTIONS)), None)
        if function is None or not self._is_new(parameter):
            return ""
        if self._frame is not None and function is self._frame.function:
            return self._given(self._frame, parameter)
        callers = self.graph.callers(self.graph.code(source, function))
        found = self.starts_at_parameter(source, parameter, is_called=bool(callers))
        if found is not None:
            self.start = (source, parameter) if found else self.start
            return found
        for edge in callers:
            if found := self._argument(edge, parameter):
                self.place = self.place or (edge.caller.source, edge.site)
                return found
        return ""

    def _given(self, frame: "_Frame", parameter: ast.arg) -> str:
        """Return the value that the call under way gives to a parameter."""
        inner, self._frame = self._frame, None
        found = self._value(frame.source, frame.arguments.get(parameter))
        self._frame = inner
        return found

    def _argument(self, edge: Edge, parameter: ast.arg) -> str:
        """Return the value that a call gives to a parameter."""
        source, call = edge.caller.source, edge.site
        if edge.callee is None:
            return ""
        if not isinstance(call, ast.Call):
            around = source.parent(call)  # such as to_thread(function, argument)
            passed = around.args if isinstance(around, ast.Call) else []
            return _first(self._value(source, one) for one in passed if one is not call)
        is_method = isinstance(edge.callee.source.parent(edge.callee.node), ast.ClassDef)
        pairs = arguments_by_parameter(edge.callee.node, call, is_method=is_method)
        given = [one for known, one in pairs if known is parameter]
        unpacked = [one.value for one in call.args if isinstance(one, ast.Starred)]
        unpacked += [one.value for one in call.keywords if one.arg is None]
        return _first(self._value(source, one) for one in given or unpacked)


def _declaration(owner: Symbol, field: str) -> tuple[Source, ast.AST] | None:
    for node in getattr(owner.node, "body", ()):
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == field:
            return (owner.source, node) if owner.source else None
    return None


def _argument_for(declared: list[str], field: str, call: ast.Call) -> ast.expr | None:
    given = dict(zip(declared, call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    return given.get(field)


def _first(found: Iterable[str]) -> str:
    return next(filter(None, found), "")


def _parts_of(node: ast.expr) -> Iterable[ast.AST]:
    """Return the parts of an expression that become parts of its value."""
    match node:
        case ast.ListComp(elt=part) | ast.SetComp(elt=part) | ast.GeneratorExp(elt=part):
            return (part,)
        case ast.IfExp(body=body, orelse=orelse):
            return body, orelse
    return ast.iter_child_nodes(node)
