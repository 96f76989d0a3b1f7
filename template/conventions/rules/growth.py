"""Caches and queues that grow as long as the process runs, and clients that last one request."""

import ast
import re
from collections.abc import Iterator

from conventions.facts.bindings import How
from conventions.facts.calling import CLIENTS
from conventions.facts.facts import Facts
from conventions.facts.members import attributes_set
from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.state import grows, is_registration
from conventions.service import Service
from conventions.source import Function, Source, last_name
from conventions.vocabulary import HTTP_CLIENT

_REMOVING = {"pop", "popitem", "popleft", "clear", "remove", "discard"}
_KEYED = {"add", "setdefault"}
_QUEUES = re.compile(r"(asyncio|_?queue|multiprocessing)\.(queues\.)?(Lifo|Priority|Simple)?Queue")
_OPENING = {"from_url", "create_pool"}
_FOLDERS = ("app/features", "app/accounts", "app/integrations")


@rule("unbounded-cache")
def find_unbounded_caches(service: Service) -> Iterator[Violation]:
    """Find caches without a limit: `cache`, and containers that live as long as the process."""
    facts = service.facts
    for source in facts.files(*_FOLDERS):
        for function in source.functions():
            takes = [one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)]
            is_cached = any(
                _is_endless_cache(facts, source, one) for one in function.decorator_list
            )
            if is_cached and any(name not in {"self", "cls"} for name in takes):
                yield source.violation(function, f"`{function.name}` keeps every result for good")
            yield from _growing_closures(facts, source, function)
        for kind in source.nodes(ast.ClassDef):
            if _lives_long(facts, source, kind):
                yield from _growing_attributes(facts, source, kind)


def _is_endless_cache(facts: Facts, source: Source, mark: ast.expr) -> bool:
    if not isinstance(mark, ast.Call):
        return "functools.cache" in facts.names(source, mark)
    sizes = [*mark.args, *(one.value for one in mark.keywords if one.arg == "maxsize")][:1]
    is_limited = not sizes or not facts.is_none(source, sizes[0])
    return "functools.lru_cache" in facts.names(source, mark.func) and not is_limited


def _growing_attributes(facts: Facts, source: Source, kind: ast.ClassDef) -> Iterator[Violation]:
    """Yield the places that add to a container by key, where nothing removes an entry."""
    for name, values in _containers(facts, source, kind).items():
        text = f"self.{name}"
        uses = [one for one in ast.walk(kind) if getattr(one, "attr", "") == name]
        uses = [one for one in uses if ast.unparse(one) == text]
        if not values or _is_emptied(source, kind, uses, text):
            continue
        for use in uses:
            function, parent = source.enclosing_function(use), source.parent(use)
            is_later = function is not None and function.name not in {"__init__", "__post_init__"}
            if parent is not None and is_later and _adds_by_key(source, parent):
                yield source.violation(parent, f"`{text}` grows as long as the process runs")


def _containers(facts: Facts, source: Source, kind: ast.ClassDef) -> dict[str, list[ast.expr]]:
    """Return the attributes that hold a container: those of methods, and fields of dataclasses."""
    found = {
        name: [one.value for one in bindings if one.value and grows(facts, source, one.value)]
        for name, bindings in attributes_set(source, kind).items()
    }
    for statement in kind.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(keywords=options)):
                made = [one.value for one in options if one.arg == "default_factory"]
                containers = [one for one in made if last_name(one) in {"dict", "set", "list"}]
                found[name] = found.get(name, []) + containers
    return found


def _is_emptied(source: Source, kind: ast.ClassDef, uses: list[ast.AST], text: str) -> bool:
    """Return whether a class removes entries, replaces the container, or looks at its size."""
    for use in uses:
        parent = source.parent(use)
        if isinstance(parent, ast.Attribute) and parent.attr in _REMOVING:
            return True
        if isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Del):
            return True
    tests = [one.test for one in ast.walk(kind) if isinstance(one, ast.If | ast.While)]
    return any(f"len({text})" in ast.unparse(one) for one in tests)


def _adds_by_key(source: Source, parent: ast.AST) -> bool:
    if isinstance(parent, ast.Subscript):
        return isinstance(parent.ctx, ast.Store) and not is_registration(source, parent)
    return isinstance(parent, ast.Attribute) and parent.attr in _KEYED


def _lives_long(facts: Facts, source: Source, kind: ast.ClassDef) -> bool:
    """Return whether an instance is kept by a module, or provided to all requests."""
    name = f"{source.module}.{kind.name}"
    for each in facts.files("app/features", "app/integrations"):
        for call in each.calls():
            if name in facts.names(each, call.func):
                outer = [last_name(one) for one in each.parents(call) if isinstance(one, ast.Call)]
                if each.enclosing_function(call) is None or "provide" in outer:
                    return True
            is_asked_for = last_name(call) == "get" and len(call.args) == 1
            if is_asked_for and name in facts.names(each, call.args[0]):
                return True
    return False


def _growing_closures(facts: Facts, source: Source, function: Function) -> Iterator[Violation]:
    """Yield the places where a nested function adds to a container of the function around it."""
    outer = source.enclosing_function(function)
    for node in ast.walk(function) if outer else ():
        is_added = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
        name = node.value if isinstance(node, ast.Subscript) and is_added else None
        if outer and isinstance(name, ast.Name) and _is_kept_by(facts, source, outer, name):
            yield source.violation(node, f"`{name.id}` keeps every result for good")


def _is_kept_by(facts: Facts, source: Source, outer: Function, name: ast.Name) -> bool:
    """Return whether a variable is a container of a function that never removes an entry."""
    bindings = facts.resolver.bindings(source).reaching(name, name.id)
    values = [one.value for one in bindings if one.how is How.ASSIGNED and one.value]
    is_outer = {source.enclosing_function(one.node) for one in bindings} == {outer}
    text = ast.unparse(outer)
    removes = any(f"{name.id}.{one}(" in text for one in _REMOVING)
    return is_outer and not removes and any(grows(facts, source, value) for value in values)


@rule("unbounded-queue")
def find_unbounded_queues(service: Service) -> Iterator[Violation]:
    """Find queues without a maximum size."""
    facts = service.facts
    for source in facts.files(*_FOLDERS):
        for call in source.calls():
            factories = [one.value for one in call.keywords if one.arg == "default_factory"]
            is_made = _is_queue(facts, source, call.func) and not _has_size(facts, source, call)
            if is_made or any(_is_queue(facts, source, one) for one in factories):
                yield source.violation(call, "has no maximum size")


def _is_queue(facts: Facts, source: Source, kind: ast.expr) -> bool:
    return any(map(_QUEUES.fullmatch, facts.names(source, kind)))


def _has_size(facts: Facts, source: Source, call: ast.Call) -> bool:
    sizes = [*call.args, *(one.value for one in call.keywords if one.arg == "maxsize")]
    values = [one.value for size in sizes for one in facts.resolver.resolve_all(source, size)]
    numbers = [one for one in values if isinstance(one, int)]
    return bool(sizes) and all(one > 0 for one in numbers)


@rule("client-per-request")
def find_clients_per_request(service: Service) -> Iterator[Violation]:
    """Find clients that a request opens and closes, with a connection of their own."""
    facts = service.facts
    for source in facts.files("app/features"):
        for call in source.calls() if not source.path.endswith("/module.py") else ():
            is_made = source.enclosing_function(call) and _is_client(facts, source, call)
            if is_made and _is_used_at_once(source, call):
                yield source.violation(call, "opens a client for one request")


def _is_client(facts: Facts, source: Source, call: ast.Call) -> bool:
    """Return whether a call makes a client, by its class or by a function of its library."""
    found = facts.resolver.resolve_all(source, call)
    makers = facts.resolver.resolve_all(source, call.func)
    is_made = any(one.is_class for one in makers) or last_name(call) in _OPENING
    is_client = any(
        one.is_object and facts.resolver.is_subclass(one, *CLIENTS, HTTP_CLIENT) for one in found
    )
    is_pool = any(name.startswith("asyncpg.") for name in facts.names(source, call.func))
    return is_made and (is_client or (is_pool and last_name(call) == "create_pool"))


def _is_used_at_once(source: Source, call: ast.Call) -> bool:
    """Return whether a client is opened in a `with`, or returned by a property."""
    function, parent = source.enclosing_function(call), source.parent(call)
    marks = {last_name(one) for one in function.decorator_list} if function else set()
    if isinstance(parent, ast.withitem):
        return not any(isinstance(one, ast.Yield) for one in ast.walk(function or call))
    return isinstance(parent, ast.Return) and "property" in marks


RULES = (find_unbounded_caches, find_unbounded_queues, find_clients_per_request)
