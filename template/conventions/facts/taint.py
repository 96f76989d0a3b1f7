"""Values from outside: which expressions hold one.

From outside come what a client sends (parameters of endpoints, fields of models, the request), the
responses of other services, names in archives, and a text parameter of a function that nothing in
the service calls. A value is harmless if its type is (a number, a UUID, an enum), if it is looked
up in a fixed mapping, compared with a list of allowed values, or passed to a sanitizer.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typing_extensions import override

from conventions.facts.bindings import FUNCTIONS
from conventions.facts.graph import CallGraph
from conventions.facts.guards import is_checked
from conventions.facts.patterns import Patterns
from conventions.facts.symbols import Kind, Symbol
from conventions.facts.trace import Trace
from conventions.source import Source
from conventions.vocabulary import FILE_NAME, REQUEST_MODEL

TABLE = tomllib.loads(Path(__file__).with_name("taint.toml").read_text("utf-8"))
_OUTSIDE = Patterns({"outside": TABLE["outside"]["names"]})
_SANITIZERS = Patterns(
    {kind: entry["sanitizers"] for kind, entry in TABLE.items() if entry.get("sanitizers")}
)
_TEXTS = {"builtins.str", "builtins.bytes", "builtins.list", "builtins.dict", "builtins.set"}
_TEXTS |= {"builtins.tuple", "builtins.frozenset", "pathlib.Path", "pathlib.PurePath", "typing.Any"}
_ABSTRACT = ("Sequence", "Iterable", "Mapping", "Iterator", "Collection", "Set")
_TEXTS |= {f"{module}.{name}" for module in ("typing", "collections.abc") for name in _ABSTRACT}
_NEEDS_CALLER = {"address", "redirect", "html", "path"}
"""The harms for which a parameter counts if an endpoint leads to it, not if nothing calls it."""
_FIELD_NAMES = {"model_fields_set", "model_fields"}
_PATH_PARTS = {"name", "stem", "suffix"}
_RESPONSES = ("httpx2.Response", "httpx.Response", "requests.Response", "aiohttp.ClientResponse")


_WRITTEN_PATTERN = re.compile(r"pattern=(r?['\"]|[A-Z_]+\b)")
"""A pattern of allowed texts; one that a function makes may forbid little."""


class Outside(Trace):
    """Values from outside, for one kind of harm, such as `sql`: each has sanitizers of its own.

    Args:
        graph: The call graph.
        kind: The kind of harm, a table of taint.toml.
    """

    def __init__(self, graph: CallGraph, kind: str) -> None:
        super().__init__(graph)
        self._kind = kind

    @override
    def starts_at(self, source: Source, node: ast.expr) -> str:
        match node:
            case ast.Attribute(value=value, attr=name):
                owners = self.resolver.resolve_all(source, value)
                if any(self._is_outside(one, name) for one in owners):
                    return ast.unparse(node)
            case ast.Call(func=function):
                if _OUTSIDE.words_of(self.resolver.names(source, function)):
                    return ast.unparse(function)
        return ""

    @override
    def stops_at(self, source: Source, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=function):
                names = self.resolver.names(source, function)
                if self._kind in _SANITIZERS.words_of(names) or self._names_fields(function):
                    return True
                if self._kind == "html" and _is_escaping_template(source, function):
                    return True
            case ast.Attribute(value=value, attr=name):
                owners = self.resolver.resolve_all(source, value)
                is_file_name = name in _PATH_PARTS and any("pathlib" in one.name for one in owners)
                if self._kind == "path" and is_file_name:
                    return True
                if self._names_fields(node):
                    return True
        return super().stops_at(source, node) or is_checked(self.resolver, source, node)

    @override
    def starts_at_field(self, owner: Symbol, attribute: str) -> bool:
        return self._is_request_model(owner) and not self._is_matched_field(owner, attribute)

    def _is_matched_field(self, owner: Symbol, name: str) -> bool:
        """Return whether a field of a model must match a pattern."""
        for node in getattr(owner.node, "body", ()):
            if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == name:
                parts = [node.annotation, node.value] if node.value else [node.annotation]
                return owner.source is not None and self._has_pattern(owner.source, parts)
        return False

    def _has_pattern(self, source: Source, nodes: list[ast.expr]) -> bool:
        """Return whether an annotation, or the alias that it names, gives a pattern."""
        texts = [ast.unparse(node) for node in nodes]
        for node in nodes:
            named = self.resolver.resolve_all(source, node)
            if self._kind == "path" and any(one.origin == FILE_NAME for one in named):
                return True
            for _, definitions in self.graph.aliases(source, node):
                texts += [ast.unparse(one) for one in definitions]
        is_of_any_host = self._kind in {"address", "redirect"}
        return any(
            _WRITTEN_PATTERN.search(one) and not (is_of_any_host and "http" in one) for one in texts
        )

    @override
    def starts_at_parameter(
        self, source: Source, parameter: ast.arg, *, is_called: bool
    ) -> str | None:
        function = next(one for one in source.parents(parameter) if isinstance(one, FUNCTIONS))
        declared = self.resolver.instances(source, parameter.annotation)
        if parameter.annotation and self._has_pattern(source, [parameter.annotation]):
            return ""
        if any(map(self._is_request_model, declared)):
            return parameter.arg
        is_self = not parameter.annotation and parameter.arg in {"self", "cls", "_"}
        if is_self or (declared and not any(map(self._is_text, declared))):
            return ""
        if is_called:
            return None
        if getattr(function, "name", "").startswith("_"):
            return ""  # called while its module is imported
        is_route = self.graph.is_endpoint(source, function)
        is_path = any("pathlib" in one.name for one in declared)
        is_open = (is_route or self._kind not in _NEEDS_CALLER) and not is_path
        return parameter.arg if is_open and not isinstance(function, ast.Lambda) else ""

    def _is_outside(self, owner: Symbol, attribute: str) -> bool:
        """Return whether an attribute holds a value of a client, another service or an archive."""
        kinds = self.resolver.ancestors(owner) if owner.is_object else frozenset[str]()
        names = [f"{kind}.{attribute}" for kind in {*kinds, owner.name}]
        return bool(_OUTSIDE.words_of(names)) or not kinds.isdisjoint(_RESPONSES)

    def _names_fields(self, node: ast.expr) -> bool:
        """Return whether an expression names the declared fields of a model."""
        name = getattr(node, "attr", "")
        return self._kind == "attribute" and name in {"model_dump", *_FIELD_NAMES}

    def _is_request_model(self, symbol: Symbol) -> bool:
        """Return whether a model comes from a client, and is not made by the service itself."""
        if symbol.node is None or symbol.node in self.graph.request_models:
            return symbol.node is not None
        is_model = symbol.is_object and self.resolver.is_subclass(symbol, REQUEST_MODEL)
        return is_model and not self.graph.constructions(symbol.node)

    def _is_text(self, symbol: Symbol) -> bool:
        """Return whether a type can hold any text, or anything."""
        if symbol.name in _TEXTS or symbol.kind is Kind.UNKNOWN:
            return not symbol.args or not all(map(self.is_harmless, symbol.args))
        return False


def _is_escaping_template(source: Source, function: ast.expr) -> bool:
    """Return whether a template is rendered in a file whose environment escapes every value."""
    escapes = "autoescape=" in source.text and "autoescape=False" not in source.text
    return escapes and getattr(function, "attr", "") in {"render", "render_async"}


class Identifiers(Outside):
    """Identifiers that come from a request, where the token should say who it is."""

    def __init__(self, graph: CallGraph) -> None:
        super().__init__(graph, "identifier")

    @override
    def stops_at(self, source: Source, node: ast.expr) -> bool:
        if isinstance(node, ast.Attribute):
            owners = self.resolver.resolve_all(source, node.value)
            return any("AuthenticatedUser" in one.name for one in owners)
        return False

    @override
    def starts_at_parameter(
        self, source: Source, parameter: ast.arg, *, is_called: bool
    ) -> str | None:
        function = next(one for one in source.parents(parameter) if isinstance(one, FUNCTIONS))
        declared = self.resolver.instances(source, parameter.annotation)
        if any("AuthenticatedUser" in one.name for one in declared):
            return ""
        is_sent = self.graph.is_endpoint(source, function) or _is_sent(parameter)
        return parameter.arg if is_sent else (None if is_called else "")


def _is_sent(parameter: ast.arg) -> bool:
    """Return whether a parameter of a dependency is read of the request."""
    text = ast.unparse(parameter.annotation) if parameter.annotation else ""
    return any(f"{name}(" in text for name in ("Header", "Cookie", "Query", "Path", "Body"))


def sinks() -> Iterator[tuple[str, Patterns, dict[str, Any]]]:
    """Yield the places where values from outside do harm: the kind, the functions, the argument."""
    for kind, entry in TABLE.items():
        for number, sink in enumerate(entry.get("sinks", ())):
            yield kind, Patterns({f"{kind}-{number}": sink["names"]}), sink
