"""Values from outside: they never become SQL, paths, addresses, HTML, commands or patterns."""

import ast
from collections.abc import Iterator

from conventions.facts.facts import Facts
from conventions.facts.taint import sinks
from conventions.findings import Violation
from conventions.rule import Rule, rule
from conventions.service import Service
from conventions.source import Source

_BECOMES = {
    "address": "an address to call",
    "path": "a path",
    "redirect": "the address of a redirect",
    "html": "HTML",
    "command": "a command",
    "pattern": "a regular expression",
    "template": "a template",
    "attribute": "the name of an attribute",
    "sql": "SQL",
}
_FOLDERS = ("app/accounts", "app/features", "app/integrations")
_SINKS = tuple(sinks())
_COLUMNS = {"c", "columns"}
_FIXED_ORIGIN = ("https://", "http://", "wss://")


def violations_of(service: Service, kind: str, *folders: str) -> Iterator[Violation]:
    """Yield the places where a value from outside does one kind of harm."""
    facts = service.facts
    for source, call, names in facts.calls(*(folders or _FOLDERS)):
        for argument in _arguments(facts, source, call, names, kind):
            if origin := facts.outside(kind).origin(source, argument):
                message = f"`{origin}` comes from outside and becomes {_BECOMES[kind]}"
                yield source.violation(call, message)
                break


def _arguments(
    facts: Facts, source: Source, call: ast.Call, names: frozenset[str], kind: str
) -> Iterator[ast.AST]:
    """Yield the arguments of a call where values from outside do harm."""
    for sink_kind, patterns, sink in _SINKS:
        if sink_kind != kind:
            continue
        if patterns.words_of(names):
            yield from _harmful(source, call, sink, kind)
        for argument in call.args[:1] if not patterns.words_of(names) else ():
            passed = facts.names(source, argument) if _is_reference(argument) else ()
            if patterns.words_of(passed) and sink.get("argument") == -1:
                yield from _receiver(argument)
            elif patterns.words_of(passed):
                yield from _passed(call, sink)


def _is_reference(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute | ast.Name)


def _receiver(node: ast.expr, call: ast.Call | None = None) -> Iterator[ast.AST]:
    """Yield the object of a method, also in `str.format(text, …)`."""
    if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "str" and call:
        yield from call.args[:1]
    elif isinstance(node, ast.Attribute):
        yield node.value


def _passed(call: ast.Call, sink: dict[str, object]) -> Iterator[ast.AST]:
    """Yield the argument that `to_thread(function, argument)` passes on."""
    number = sink.get("argument", 0)
    arguments = call.args[1:]
    if isinstance(number, int) and 0 <= number < len(arguments):
        yield arguments[number]


def _harmful(
    source: Source, call: ast.Call, sink: dict[str, object], kind: str
) -> Iterator[ast.AST]:
    keywords = {one.arg: one.value for one in call.keywords}
    if not _applies(call, keywords, str(sink.get("when", ""))):
        return
    yield from _all_harmful(call, sink)
    if header := sink.get("header"):
        yield from _header(source, keywords.get("headers"), str(header))
    number, keyword = sink.get("argument"), str(sink.get("keyword", ""))
    if number == -1:
        yield from _receiver(call.func, call)
    elif isinstance(number, int) and number < len(call.args):
        yield from _unless_fixed(call.args[number], kind)
    elif keyword in keywords:
        yield from _unless_fixed(keywords[keyword], kind)


def _all_harmful(call: ast.Call, sink: dict[str, object]) -> Iterator[ast.AST]:
    """Yield the arguments where each of them harms, or each that is starred or unpacked."""
    if sink.get("every"):
        yield from call.args
    if sink.get("starred"):
        yield from (one for one in call.args if isinstance(one, ast.Starred))
        yield from call.args[:1]
    if sink.get("unpacked"):
        unpacked = [one.value for one in call.keywords if one.arg is None]
        dicts = (one for one in unpacked if isinstance(one, ast.Dict))
        yield from (key for one in dicts for key in one.keys if key)


def _applies(call: ast.Call, keywords: dict[str | None, ast.expr], when: str) -> bool:
    if when == "shell":
        return getattr(keywords.get("shell"), "value", False) is True
    if when:
        return when in {getattr(one, "value", "") for one in (*call.args, *keywords.values())}
    return True


def _header(source: Source, headers: ast.expr | None, name: str) -> Iterator[ast.AST]:
    if isinstance(headers, ast.Name):
        assigned = [
            n for n in source.nodes(ast.Assign) if getattr(n.targets[0], "id", "") == headers.id
        ]
        headers = assigned[-1].value if assigned else None
    if isinstance(headers, ast.Dict):
        for key, value in zip(headers.keys, headers.values, strict=True):
            if str(getattr(key, "value", "")).lower() == name.lower():
                yield value


def _unless_fixed(node: ast.expr, kind: str) -> Iterator[ast.AST]:
    """Yield a URL unless its beginning, with the host, is fixed."""
    first = node
    while isinstance(first, ast.BinOp):
        first = first.left
    if isinstance(first, ast.JoinedStr) and first.values:
        first = first.values[0]
    text = str(getattr(first, "value", "")) if isinstance(first, ast.Constant) else ""
    is_own_path = text.startswith("/") and not text.startswith("//") and len(text) > 1
    has_host = text.startswith(_FIXED_ORIGIN) and "/" in text.partition("://")[2]
    if not (kind == "redirect" and (is_own_path or has_host)):
        yield node


def _columns_by_name(service: Service) -> Iterator[Violation]:
    """Yield the places where a value from outside chooses a column: `Note.__table__.c[name]`."""
    for source in service.facts.files(*_FOLDERS):
        for node in source.nodes(ast.Subscript):
            is_column = isinstance(node.value, ast.Attribute) and node.value.attr in _COLUMNS
            origin = (
                service.facts.outside("attribute").origin(source, node.slice) if is_column else ""
            )
            if origin:
                message = f"`{origin}` comes from outside and becomes {_BECOMES['attribute']}"
                yield source.violation(node, message)


def _pages(service: Service) -> Iterator[Violation]:
    """Yield the values from outside that an endpoint returns as HTML."""
    facts = service.facts
    for endpoint in service.routes:
        kind = getattr(endpoint.route, "response_class", None)
        if getattr(kind, "media_type", "") != "text/html":
            continue
        for node in facts.nodes_of(facts.code(endpoint.source, endpoint.node)):
            returned = node.value if isinstance(node, ast.Return) else None
            is_text = facts.name(endpoint.source, returned) == "builtins.str"
            if is_text and (origin := facts.outside("html").origin(endpoint.source, returned)):
                message = f"`{origin}` comes from outside and becomes HTML"
                yield endpoint.source.violation(node, message)


_MORE = {"attribute": _columns_by_name, "html": _pages}


def _rule(name: str, kind: str) -> Rule:
    def find(service: Service) -> Iterator[Violation]:
        yield from violations_of(service, kind)
        if kind in _MORE:
            yield from _MORE[kind](service)

    return rule(name)(find)


RULES = tuple(_rule(f"outside-{kind}", kind) for kind in _BECOMES if kind != "sql")
