"""Values from outside: which expressions hold one, followed back to where they come from.

From outside come what a client sends (parameters of endpoints, fields of models, the request), the
responses of other services, names in archives, and a text parameter of a function that nothing in
the service calls. A value is harmless if its type is (a number, a UUID, an enum), if it is looked
up in a fixed mapping, compared with a list of allowed values, or passed to a sanitizer.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from conventions.facts.bindings import FUNCTIONS, Binding, How
from conventions.facts.calling import arguments_by_parameter, own_nodes
from conventions.facts.graph import CallGraph, Edge
from conventions.facts.guards import is_checked
from conventions.facts.members import attributes_set, getter
from conventions.facts.patterns import Patterns
from conventions.facts.resolver import Resolver
from conventions.facts.symbols import Kind, Symbol
from conventions.source import Source
from conventions.vocabulary import REQUEST_MODEL

TABLE = tomllib.loads(Path(__file__).with_name("taint.toml").read_text("utf-8"))
_OUTSIDE = Patterns({"outside": TABLE["outside"]["names"]})
_SANITIZERS = Patterns(
    {kind: entry["sanitizers"] for kind, entry in TABLE.items() if entry.get("sanitizers")}
)
_HARMLESS = {"builtins.int", "builtins.float", "builtins.bool", "builtins.NoneType", "typing.Literal"}
_HARMLESS |= {"uuid.UUID", "decimal.Decimal", "datetime.datetime", "datetime.date", "datetime.time"}
_HARMLESS |= {"datetime.timedelta", "enum.Enum", "ipaddress.IPv4Address", "ipaddress.IPv6Address"}
_TEXTS = {"builtins.str", "builtins.bytes", "builtins.list", "builtins.dict", "builtins.set"}
_TEXTS |= {"builtins.tuple", "builtins.frozenset", "pathlib.Path", "pathlib.PurePath", "typing.Any"}
_TEXTS |= {f"{m}.{n}" for m in ("typing", "collections.abc") for n in ("Sequence", "Iterable", "Mapping", "Iterator", "Collection")}
_SETTINGS = "pydantic_settings.BaseSettings"
_NEEDS_CALLER = {"address", "redirect", "html", "path"}
"""The harms for which a parameter counts if an endpoint leads to it, not if nothing calls it."""
_ROWS = ("sqlalchemy.orm.DeclarativeBase", "sqlalchemy.Row", "sqlalchemy.orm.MappedAsDataclass")
_FIELD_NAMES = {"model_fields_set", "model_fields"}
_PATH_PARTS = {"name", "stem", "suffix"}
_RESPONSES = ("httpx2.Response", "httpx.Response", "requests.Response", "aiohttp.ClientResponse")

Seen = frozenset[ast.AST]


class Taint:
    """Which expressions hold values from outside.

    Args:
        graph: The call graph.
    """

    def __init__(self, graph: CallGraph) -> None:
        self._graph = graph

    def origin(self, source: Source, node: ast.AST | None, kind: str) -> str:
        """Return the value from outside that an expression holds; empty if it holds none.

        Args:
            source: The file.
            node: The expression.
            kind: The harm, such as `sql`: each has sanitizers of its own.
        """
        return _Trace(self._graph, kind).value(source, node, frozenset())


class _Trace:
    """The way back from one expression, for one kind of harm."""

    def __init__(self, graph: CallGraph, kind: str) -> None:
        self._graph = graph
        self._resolver = graph.resolver
        self._kind = kind

    def value(self, source: Source, node: ast.AST | None, seen: Seen) -> str:
        if node is None or node in seen or isinstance(node, ast.Constant | ast.Compare):
            return ""
        seen |= {node}
        if self._is_harmless(source, node) or is_checked(self._resolver, source, node):
            return ""
        match node:
            case ast.Name():
                bindings = self._resolver.bindings(source).reaching(node, node.id)
                return self._first(self._binding(source, one, node.id, seen) for one in bindings)
            case ast.Attribute():
                return self._attribute(source, node, seen)
            case ast.Call():
                return self._call(source, node, seen)
            case ast.Subscript(value=container):
                return self.value(source, container, seen)
            case ast.Lambda(body=body):
                return self.value(source, body, seen)
            case ast.ListComp(elt=part) | ast.SetComp(elt=part) | ast.GeneratorExp(elt=part):
                return self.value(source, part, seen)
            case ast.IfExp(body=body, orelse=orelse):
                return self._first(self.value(source, one, seen) for one in (body, orelse))
        parts = (one for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr))
        return self._first(self.value(source, part, seen) for part in parts)

    def _first(self, found: Iterator[str]) -> str:
        return next(filter(None, found), "")

    def _is_harmless(self, source: Source, node: ast.AST) -> bool:
        found = self._resolver.resolve_all(source, node)
        return bool(found) and all(map(self._is_harmless_symbol, found))

    def _is_harmless_symbol(self, symbol: Symbol) -> bool:
        if symbol.kind is Kind.VALUE or symbol.is_class:
            return True
        if not symbol.is_object:
            return False
        return self._resolver.is_subclass(symbol, *_HARMLESS, _SETTINGS)

    def _binding(self, source: Source, binding: Binding, name: str, seen: Seen) -> str:
        match binding.how:
            case How.PARAMETER if isinstance(binding.node, ast.arg):
                return self._parameter(source, binding.node, seen)
            case How.ASSIGNED if isinstance(binding.node, ast.AugAssign):
                added = self.value(source, binding.node.value, seen)
                return added or self._before(source, binding.node, name, seen)
            case How.ASSIGNED | How.ITERATED | How.ENTERED:
                found = self.value(source, binding.value, seen)
                return found or self._grown(source, binding, name, seen)
            case How.MATCHED:
                parents = source.parents(binding.node)
                match_ = next((one for one in parents if isinstance(one, ast.Match)), None)
                return self.value(source, match_.subject, seen) if match_ else ""
        return ""

    def _before(self, source: Source, node: ast.AugAssign, name: str, seen: Seen) -> str:
        bindings = self._resolver.bindings(source).reaching(node, name)
        others = [one for one in bindings if one.node not in seen and one.node is not node]
        return self._first(self._binding(source, one, name, seen | {node}) for one in others)

    def _grown(self, source: Source, binding: Binding, name: str, seen: Seen) -> str:
        """Return the value from outside that is added to a list after its creation."""
        if not isinstance(binding.value, ast.List | ast.Dict | ast.Set | ast.Call):
            return ""
        function = source.enclosing_function(binding.node)
        for call in own_nodes(function) if function else ():
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                is_adding = call.func.attr in {"append", "add", "extend", "insert", "update", "write"}
                if is_adding and getattr(call.func.value, "id", "") == name:
                    found = self._first(self.value(source, one, seen) for one in call.args)
                    if found:
                        return found
        return ""

    def _attribute(self, source: Source, node: ast.Attribute, seen: Seen) -> str:
        owners = self._resolver.resolve_all(source, node.value)
        if node.attr in _FIELD_NAMES and self._kind == "attribute":
            return ""
        if any(self._is_outside(one, node.attr) for one in owners):
            return ast.unparse(node)
        for owner in owners:
            if owner.node is not None and owner.source is not None and owner.is_object:
                return self._field(owner, node.attr, ast.unparse(node), seen)
            if self._kind == "path" and node.attr in _PATH_PARTS and "pathlib" in owner.name:
                return ""
            if owner.is_object and self._resolver.is_subclass(owner, *_ROWS):
                return ""
        return self.value(source, node.value, seen)

    def _is_outside(self, owner: Symbol, attribute: str) -> bool:
        """Return whether an attribute is what a client, another service or an archive says."""
        kinds = self._resolver.ancestors(owner) if owner.is_object else frozenset[str]()
        names = [f"{kind}.{attribute}" for kind in {*kinds, owner.name}]
        return bool(_OUTSIDE.words_of(names)) or not kinds.isdisjoint(_RESPONSES)

    def _field(self, owner: Symbol, attribute: str, text: str, seen: Seen) -> str:
        """Return the value from outside in an attribute of an instance of the service."""
        ancestors = self._resolver.ancestors(owner)
        if ancestors & {_SETTINGS, *_ROWS}:
            return ""
        if REQUEST_MODEL in ancestors or owner.node in self._graph.request_models:
            return text
        source, node = owner.source, owner.node
        if source is None or not isinstance(node, ast.ClassDef):
            return ""
        if read := getter(node, attribute):
            return self._returned(source, read, seen)
        if bindings := attributes_set(source, node).get(attribute):
            return self._first(self._binding(source, one, attribute, seen) for one in bindings)
        return self._constructor_argument(node, attribute, seen)

    def _constructor_argument(self, node: ast.ClassDef, field: str, seen: Seen) -> str:
        """Return the value from outside that a call gives to a field of a dataclass."""
        declared = [
            one.target.id
            for one in node.body
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
        ]
        if field not in declared or node in seen:
            return ""
        edges = self._graph.constructions(node)
        for edge in edges:
            if isinstance(edge.site, ast.Call):
                given = dict(zip(declared, edge.site.args, strict=False))
                given |= {k.arg: k.value for k in edge.site.keywords if k.arg}
                if found := self.value(edge.caller.source, given.get(field), seen | {node}):
                    return found
        return ""

    def _returned(self, source: Source, function: ast.AST, seen: Seen) -> str:
        if isinstance(function, ast.Lambda):
            return self.value(source, function.body, seen)
        results = (
            part.value
            for part in own_nodes(function)
            if isinstance(part, ast.Return | ast.Yield) and part.value
        )
        return self._first(self.value(source, one, seen) for one in results)

    def _call(self, source: Source, call: ast.Call, seen: Seen) -> str:
        callees = self._resolver.resolve_all(source, call.func)
        names = {name for one in callees for name in one.names}
        if self._kind in _SANITIZERS.words_of(names) or self._names_fields(call):
            return ""
        if _OUTSIDE.words_of(names):
            return ast.unparse(call.func)
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
        if receiver is not None and self._is_database(source, receiver):
            return ""
        own = [one for one in callees if one.source is not None and one.kind is Kind.FUNCTION]
        if own:
            return self._first(self._own_call(source, call, one, seen) for one in own)
        if any(one.is_object and one.node is not None for one in callees):
            return ""
        parts: list[ast.AST | None] = [*call.args, *(one.value for one in call.keywords)]
        if isinstance(receiver, ast.expr) and not _is_lookup(call):
            parts.append(receiver)
        elif receiver is not None:
            parts = [receiver]
        return self._first(self.value(source, part, seen) for part in parts)

    def _names_fields(self, call: ast.Call) -> bool:
        """Return whether the keys of a result are the declared fields of a model."""
        return self._kind == "attribute" and getattr(call.func, "attr", "") == "model_dump"

    def _is_database(self, source: Source, receiver: ast.expr) -> bool:
        found = self._resolver.resolve_all(source, receiver)
        return any(
            one.name.startswith("sqlalchemy.") and one.name not in {"sqlalchemy.TextClause"}
            for one in found
        )

    def _own_call(self, source: Source, call: ast.Call, callee: Symbol, seen: Seen) -> str:
        """Return the value from outside in the result of a function of the service."""
        if callee.node is None or callee.source is None:
            return ""
        inner = self._returned(callee.source, callee.node, seen)
        if not inner:
            return ""
        given = _arguments(callee, call)
        if not given or inner not in {parameter.arg for parameter, _ in given}:
            return inner
        return self._first(self.value(source, one, seen) for _, one in given)

    def _parameter(self, source: Source, parameter: ast.arg, seen: Seen) -> str:
        function = next((one for one in source.parents(parameter) if isinstance(one, FUNCTIONS)), None)
        if function is None or parameter in seen:
            return ""
        found = self._resolver.variable(source, parameter, parameter.arg) or ()
        declared = self._resolver.instances(source, parameter.annotation) or found
        if any(self._is_request_model(one) for one in declared):
            return parameter.arg
        is_self = not parameter.annotation and parameter.arg in {"self", "cls", "_"}
        if is_self or (declared and not any(map(self._is_text, declared))):
            return ""
        callers = self._graph.callers(self._graph.code(source, function))
        if not callers:
            is_called = self._graph.is_endpoint(source, function) or self._kind not in _NEEDS_CALLER
            is_path = any("pathlib" in one.name for one in declared)
            is_open = is_called and not is_path and not isinstance(function, ast.Lambda)
            return parameter.arg if is_open else ""
        inner = seen | {parameter}
        return self._first(self._argument(one, parameter, inner) for one in callers)

    def _is_request_model(self, symbol: Symbol) -> bool:
        is_model = symbol.node in self._graph.request_models
        return is_model or (symbol.is_object and self._resolver.is_subclass(symbol, REQUEST_MODEL))

    def _is_text(self, symbol: Symbol) -> bool:
        """Return whether a type can hold any text, or anything."""
        if symbol.name in _TEXTS or symbol.kind is Kind.UNKNOWN:
            return not symbol.args or not all(map(self._is_harmless_symbol, symbol.args))
        return False

    def _argument(self, edge: Edge, parameter: ast.arg, seen: Seen) -> str:
        """Return the value from outside that a call gives to a parameter."""
        call = edge.site
        if not isinstance(call, ast.Call) or edge.callee is None:
            call = edge.caller.source.parent(edge.site)  # such as to_thread(function, argument)
            if not isinstance(call, ast.Call):
                return ""
            return self._first(
                self.value(edge.caller.source, one, seen) for one in call.args if one is not edge.site
            )
        given = [one for known, one in _arguments_of_edge(edge) if known is parameter]
        starred = [one.value for one in call.args if isinstance(one, ast.Starred)]
        starred += [one.value for one in call.keywords if one.arg is None]
        return self._first(self.value(edge.caller.source, one, seen) for one in given or starred)


def _arguments(callee: Symbol, call: ast.Call) -> list[tuple[ast.arg, ast.expr]]:
    node = callee.node
    is_method = callee.receiver is not None
    return arguments_by_parameter(node, call, is_method=is_method) if node else []


def _arguments_of_edge(edge: Edge) -> list[tuple[ast.arg, ast.expr]]:
    callee = edge.callee
    if callee is None or not isinstance(edge.site, ast.Call):
        return []
    owner = callee.source.parent(callee.node)
    is_method = isinstance(owner, ast.ClassDef)
    return arguments_by_parameter(callee.node, edge.site, is_method=is_method)


def _is_lookup(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in {"get", "pop", "setdefault"}


def sinks() -> Iterator[tuple[str, Patterns, dict[str, object]]]:
    """Yield the places where values from outside do harm: the kind, the functions, the argument."""
    for kind, entry in TABLE.items():
        for number, sink in enumerate(entry.get("sinks", ())):
            yield kind, Patterns({f"{kind}-{number}": sink["names"]}), sink
