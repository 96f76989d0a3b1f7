"""Values that must not get into logs and responses: secrets, requests, people, texts of errors."""

import ast
import re

from typing_extensions import override

from conventions.facts.bindings import How
from conventions.facts.graph import CallGraph
from conventions.facts.symbols import Symbol
from conventions.facts.trace import Trace
from conventions.source import Source
from conventions.vocabulary import APP_ERROR, HTTP_ERRORS, REQUEST_MODEL

SECRET_NAME = re.compile(
    r"(^|_)(password|passwd|pwd|passphrase|secret|token|credentials|authorization|"
    r"(api|private|secret|signing|encryption)_?key)$",
    re.IGNORECASE,
)
PERSONAL_NAME = re.compile(
    r"(^|_)(e?_?mail|phone|mobile|address|street|birth_?(day|date)|date_of_birth|iban|passport"
    r"|ssn|social_security(_number)?|(first|last|full|given|family|sur)_?name|tax_id|card_number)$"
)
_HASHES = re.compile(
    r"hashlib\..*|hmac\..*|.*\bhash_token|builtins\.(len|bool|type|id|hash|isinstance)"
)
_CARRYING = re.compile(
    r"builtins\.(str|bytes|repr|format|dict|list|tuple|print)(\.\w+)?|json\.dumps|orjson\.dumps"
    r"|(pydantic\.BaseModel|pydantic\.main\.BaseModel)\.\w+|dataclasses\.(asdict|astuple)"
    r"|base64\.\w+|urllib\.parse\.\w+|starlette\.\w+\..*|string\.Template\..*|copy\.\w+"
)
_RANDOM = {"secrets.token_urlsafe", "secrets.token_hex", "secrets.token_bytes"}
_REQUEST_PARTS = {"headers", "cookies", "body", "json", "form", "query_params", "url"}
_REQUESTS = ("starlette.requests.Request", "starlette.requests.HTTPConnection")
_HEADERS = ("starlette.datastructures.Headers", "starlette.datastructures.QueryParams")
_HARMLESS_PARTS = {"path", "hostname", "scheme", "method", "client", "port"}
_SHORT = 4
"""The characters of a secret that may be shown, to tell it from others."""


class Shown(Trace):
    """Values that a text shows: only functions that format or copy carry them on."""

    @override
    def stops_at(self, source: Source, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            found = self.resolver.resolve_all(source, node.func)
            libraries = [one for one in found if one.source is None]
            names = [name for one in libraries for name in one.names]
            if libraries and not any(map(_CARRYING.fullmatch, names)):
                return not self.starts_at(source, node)
        return super().stops_at(source, node)


class Secrets(Shown):
    """Secrets: values with the name of one, of a `SecretStr`, and fresh random tokens."""

    @override
    def starts_at(self, source: Source, node: ast.expr) -> str:
        match node:
            case ast.Call(func=ast.Attribute(attr="get_secret_value")):
                return ast.unparse(node)
            case ast.Call(func=function):
                is_random = bool(self.resolver.names(source, function) & _RANDOM)
                return ast.unparse(node) if is_random else ""
            case ast.Name(id=name) | ast.Attribute(attr=name) if SECRET_NAME.search(name):
                return ast.unparse(node)
        return ""

    @override
    def stops_at(self, source: Source, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=function):
                if any(map(_HASHES.fullmatch, self.resolver.names(source, function))):
                    return True
            case ast.Subscript(slice=ast.Slice(lower=low, upper=high)):
                if _is_short(low) or _is_short(high):
                    return True
            case ast.Attribute(value=value, attr=name) if SECRET_NAME.search(_last(value)):
                return not SECRET_NAME.search(name)  # such as the id of a token
            case ast.Name() | ast.Attribute():
                found = self.resolver.resolve_all(source, node)
                if any("SecretStr" in one.name or "SecretBytes" in one.name for one in found):
                    return True
        return super().stops_at(source, node)

    @override
    def starts_at_parameter(
        self,
        source: Source,
        parameter: ast.arg,
        *,
        is_called: bool,
    ) -> str | None:
        return parameter.arg if SECRET_NAME.search(parameter.arg) else ""


class Requests(Trace):
    """The headers, the cookies, the body and the query of a request."""

    @override
    def starts_at(self, source: Source, node: ast.expr) -> str:
        if isinstance(node, ast.Call):
            node = node.func if isinstance(node.func, ast.Attribute) else node
        if isinstance(node, ast.Attribute) and node.attr in _REQUEST_PARTS:
            owners = self.resolver.resolve_all(source, node.value)
            if any(self.resolver.is_subclass(one, *_REQUESTS) for one in owners):
                return ast.unparse(node)
        if isinstance(node, ast.Call | ast.Name):
            found = self.resolver.resolve_all(source, node)
            if any(one.is_object and self.resolver.is_subclass(one, *_HEADERS) for one in found):
                return ast.unparse(node)
        return ""

    @override
    def stops_at(self, source: Source, node: ast.expr) -> bool:
        is_part = isinstance(node, ast.Attribute) and node.attr in _HARMLESS_PARTS
        is_one = isinstance(node, ast.Subscript) or (
            isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"get", "getlist"}
        )
        return is_part or is_one or super().stops_at(source, node)


class People(Shown):
    """Personal data: addresses, phone numbers, names, and what people write about themselves."""

    def __init__(self, graph: CallGraph) -> None:
        super().__init__(graph)
        self._known: dict[ast.AST | None, bool] = {}

    @override
    def starts_at(self, source: Source, node: ast.expr) -> str:
        match node:
            case ast.Name(id=name) if PERSONAL_NAME.search(name):
                return name
            case ast.Attribute(attr=name) if PERSONAL_NAME.search(name):
                return ast.unparse(node)
            case ast.Name():
                if any(map(self.is_person, self.resolver.resolve_all(source, node))):
                    return ast.unparse(node)
        return ""

    @override
    def starts_at_field(self, owner: Symbol, attribute: str) -> bool:
        return self.is_person(owner)

    @override
    def stops_at(self, source: Source, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            names = self.resolver.names(source, node.func)
            if any(map(_HASHES.fullmatch, names)) or any("mask" in one for one in names):
                return True
        if isinstance(node, ast.Attribute) and not PERSONAL_NAME.search(node.attr):
            owners = self.resolver.resolve_all(source, node.value)
            if not any(map(self.is_person, owners)):
                return not any(one.node for one in owners)  # such as the id of an e-mail
        return super().stops_at(source, node)

    def is_person(self, symbol: Symbol) -> bool:
        """Return whether a symbol is a model from a request with personal data."""
        if not symbol.is_object or not isinstance(symbol.node, ast.ClassDef):
            return False
        if symbol.node not in self._known:
            fields = [
                one.target.id
                for one in symbol.node.body
                if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            ]
            is_model = self.resolver.is_subclass(symbol, REQUEST_MODEL)
            self._known[symbol.node] = is_model and any(map(PERSONAL_NAME.search, fields))
        return self._known[symbol.node]


class ErrorTexts(Trace):
    """The texts of errors of libraries, and paths of files.

    Args:
        graph: The call graph.
        with_paths: Whether paths of files count.
    """

    def __init__(self, graph: CallGraph, *, with_paths: bool) -> None:
        super().__init__(graph)
        self._with_paths = with_paths

    @override
    def starts_at(self, source: Source, node: ast.expr) -> str:
        if isinstance(node, ast.Call):
            names = self.resolver.names(source, node.func)
            return ast.unparse(node) if any(n.startswith("traceback.") for n in names) else ""
        if isinstance(node, ast.Attribute) and node.attr in {"__cause__", "__context__"}:
            return ast.unparse(node)  # of a library, whatever error it led to
        if not isinstance(node, ast.Name):
            return ""
        found = self.resolver.resolve_all(source, node)
        if self._with_paths and any(one.is_object and "pathlib" in one.name for one in found):
            return node.id
        for binding in self.resolver.bindings(source).reaching(node, node.id):
            if binding.how is How.CAUGHT and not self._is_own(source, node):
                return node.id
        return ""

    @override
    def starts_at_parameter(
        self,
        source: Source,
        parameter: ast.arg,
        *,
        is_called: bool,
    ) -> str | None:
        return ""  # what a caller passes is reported where it is caught

    def _is_own(self, source: Source, node: ast.Name) -> bool:
        """Return whether every error behind a name is one of the service, written for clients."""
        found = self.resolver.resolve_all(source, node)
        return bool(found) and all(one.source is not None for one in found)

    @override
    def stops_at(self, source: Source, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            names = self.resolver.names(source, node.func)
            if names & {"builtins.type", "builtins.len", "builtins.isinstance"}:
                return True
        if isinstance(node, ast.Attribute):
            return node.attr in {"__class__", "__name__", "status_code", "code", "errno", "lineno"}
        return False


def is_error_for_clients(symbol: Symbol, kinds: frozenset[str]) -> bool:
    """Return whether a symbol is an error whose text a client gets."""
    return symbol.is_class and not kinds.isdisjoint({APP_ERROR, *HTTP_ERRORS})


def _last(node: ast.expr) -> str:
    return getattr(node, "attr", "") or getattr(node, "id", "")


def _is_short(bound: ast.expr | None) -> bool:
    """Return whether a slice keeps a few characters at an end."""
    value = bound.operand if isinstance(bound, ast.UnaryOp) else bound
    number = getattr(value, "value", None)
    return isinstance(number, int) and 0 < number <= _SHORT
