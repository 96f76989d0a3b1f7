"""Endpoints that no test calls, in features that have tests."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from conventions.endpoint import Endpoint
from conventions.facts.facts import Facts
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source, constants_in, last_name

_METHODS = {"get", "post", "put", "patch", "delete", "head", "options"}
_ANY = "*"
_UNKNOWN = "\0"


class _Call(NamedTuple):
    """A request in a test: its method or `*`, and its address, unknown parts as a null byte."""

    method: str
    address: str


@rule("untested-endpoint")
def find_untested_endpoints(service: Service) -> Iterator[Violation]:
    """Find endpoints that no test calls, in features that have tests."""
    calls: dict[str, list[_Call]] = {}
    names: dict[str, set[object]] = {}
    for source in service.sources.under("tests/features"):
        feature = source.path.split("/")[2].removesuffix(".py").removeprefix("test_")
        calls.setdefault(feature, []).extend(_calls_of(service.facts, source))
        names.setdefault(feature, set()).update(constants_in(source.tree))
    for endpoint in service.routes:
        layer, _, rest = endpoint.source.path.removeprefix("app/").partition("/")
        feature = rest.partition("/")[0]
        if layer != "features" or not calls.get(feature) or endpoint.name in names[feature]:
            continue
        if not any(_reaches(call, endpoint) for call in calls[feature]):
            yield endpoint.violation(f"no test of the feature calls {endpoint.name}")


def _calls_of(facts: Facts, source: Source) -> Iterator[_Call]:
    """Yield the requests of a test file, and the other addresses in it."""
    sent: set[ast.AST] = set()
    for call in source.calls():
        name, arguments = last_name(call), call.args
        if name in {"request", "stream"} and arguments:
            method, arguments = _text(facts, source, arguments[0]).lower(), arguments[1:]
        else:
            method = name
        if method.lower() in {*_METHODS, _UNKNOWN} and arguments:
            sent.update(ast.walk(arguments[0]))
            address = _text(facts, source, arguments[0])
            yield _Call(_ANY if method == _UNKNOWN else method, address)
    for node in source.nodes(ast.Constant, ast.JoinedStr):
        is_named = isinstance(source.parent(node), ast.Assign | ast.AnnAssign)
        text = "" if node in sent or is_named else _text(facts, source, node)
        if "/" in text and " " not in text:
            yield _Call(_ANY, text if text.startswith("/api/") else f"{_UNKNOWN}/{text}")


def _text(facts: Facts, source: Source, node: ast.AST) -> str:
    match node:
        case ast.JoinedStr(values=parts):
            return "".join(_text(facts, source, part) for part in parts)
        case ast.FormattedValue(value=value):
            return _text(facts, source, value)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(facts, source, left) + _text(facts, source, right)
        case ast.Constant(value=str() as text):
            return text
    found = facts.resolver.resolve(source, node)
    return found.value if found and isinstance(found.value, str) else _UNKNOWN


def _reaches(call: _Call, endpoint: Endpoint) -> bool:
    """Return whether a request may be for an endpoint."""
    if call.method != _ANY and call.method.upper() not in endpoint.methods:
        return False
    given = [part for part in call.address.partition("?")[0].split("/") if part]
    wanted = endpoint.path.strip("/").split("/")
    if ":path}" in endpoint.path:
        return True
    if given[:1] and given[0].startswith(_UNKNOWN):
        given = given[1:]
        wanted = wanted[max(0, len(wanted) - len(given)) :] if given else []
    pairs = zip(given, wanted, strict=False)
    return len(given) == len(wanted) and all(
        needed.startswith("{") or part == needed or _UNKNOWN in part for part, needed in pairs
    )


RULES = (find_untested_endpoints,)
