"""Calls to other services: no database connection waits for their responses."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from conventions.findings import Violation
from conventions.names import calls_in, resolve_name
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Function, Source
from conventions.statements import (
    argument_values,
    method_of,
    opens_session,
    session_parameters,
)

_REMOTE_CALL = re.compile(
    r"app\.core\.http\.client\.HttpClient\.(request|stream)|aiosmtplib\.(send|SMTP\.\w+)"
    r"|asyncio\.open_(unix_)?connection|httpx2?\.AsyncClient\.\w+"
)
_JOB = "app.core.jobs.registry.job"
_IDEMPOTENT = "app.core.guards.idempotency.Idempotent"
_RELEASE = "app.core.db.session.release_connection"
_ENDS = {"close", "commit", "rollback"}
_WITHOUT_CONNECTION = {"add", "add_all", "expunge"}
_FIX = "end the transaction first with `release_connection`"


@rule("connection-held-during-call")
def find_connections_held_during_calls(service: Service) -> Iterator[Violation]:
    """Find calls to other services by code whose session, job or guard holds a connection."""
    locked = {endpoint.node for endpoint in service.routes if _locks_key(endpoint.dependencies)}
    for source in service.sources.under("app"):
        for function in source.functions():
            holder = _holder(source, function, has_locked_key=function in locked)
            if holder:
                yield from _calls_from(service, source, function, holder)
            else:
                for session, block in _sessions_in(source, function):
                    yield from _calls_after_use(service, source, session, block)


def _locks_key(dependencies: tuple[object, ...]) -> bool:
    """Return whether one is an idempotency key without a lease."""
    return any(
        f"{type(guard).__module__}.{type(guard).__name__}" == _IDEMPOTENT
        and getattr(guard, "lease", None) is None
        for guard in dependencies
    )


def _holder(source: Source, function: Function, *, has_locked_key: bool) -> str | None:
    """Return the declaration by which a function holds a connection from its beginning."""
    for decorator in (one for one in function.decorator_list if isinstance(one, ast.Call)):
        is_leased = any(keyword.arg == "leased" for keyword in decorator.keywords)
        if resolve_name(source, decorator.func) == _JOB and not is_leased:
            return "the lock of the job holds a connection: declare it with `leased=True`"
    if has_locked_key:
        return "the idempotency key holds a connection: declare it with `lease=`"
    return None


def _calls_from(
    service: Service, source: Source, function: Function, holder: str
) -> Iterator[Violation]:
    for call in _calls_in_order(function):
        if _is_remote(service, called_name(source, call)):
            yield source.violation(call, f"calls another service while {holder}")


def _sessions_in(source: Source, function: Function) -> Iterator[tuple[str, ast.AST]]:
    """Yield the name of each session of a function, and the part of it that has the session."""
    for name in session_parameters(source, function):
        yield name, function
    for node in ast.walk(function):
        for item in node.items if isinstance(node, ast.AsyncWith) else ():
            if isinstance(item.optional_vars, ast.Name) and opens_session(
                source, item.context_expr
            ):
                yield item.optional_vars.id, node


def _calls_after_use(
    service: Service, source: Source, session: str, block: ast.AST
) -> Iterator[Violation]:
    uses: list[tuple[ast.Call, bool]] = []  # each with whether the session has a connection then
    for call in _calls_in_order(block):
        name = called_name(source, call)
        operands = [getattr(call.func, "value", None), *argument_values(call)]
        is_use = any(isinstance(one, ast.Name) and one.id == session for one in operands)
        before = [holds for use, holds in uses if _can_follow(source, use, call)]
        releases_first = is_use and name in _releasing(service)
        if before and before[-1] and _is_remote(service, name) and not releases_first:
            yield source.violation(call, f"calls another service while `{session}` waits: {_FIX}")
        if is_use and method_of(call) not in _WITHOUT_CONNECTION:
            uses.append((call, name != _RELEASE and method_of(call) not in _ENDS))


def _can_follow(source: Source, first: ast.Call, second: ast.Call) -> bool:
    """Return whether a call can run after an earlier one: not if its branch returns or differs."""
    around = {second, *source.parents(second)}
    child: ast.AST = first
    for parent in source.parents(first):
        for branch in (getattr(parent, "body", None), getattr(parent, "orelse", None)):
            if not isinstance(branch, list) or child not in branch or around & set(branch):
                continue
            owner = source.parent(parent) if isinstance(parent, ast.match_case) else parent
            is_other = isinstance(parent, ast.If | ast.match_case) and owner in around
            if is_other or isinstance(branch[-1], ast.Return | ast.Raise | ast.Continue):
                return False
        child = parent
    return True


def _calls_in_order(block: ast.AST) -> list[ast.Call]:
    calls = [node for node in ast.walk(block) if isinstance(node, ast.Call)]
    return sorted(calls, key=lambda call: (call.lineno, call.col_offset))


def _is_remote(service: Service, name: str) -> bool:
    return _REMOTE_CALL.fullmatch(name) is not None or name in _calling(service)


@cache
def _releasing(service: Service) -> frozenset[str]:
    """Return the functions that give the connection of a session back."""
    return frozenset(
        _function_around(source, call)
        for source, call, name in calls_in(service)
        if name == _RELEASE
    )


@cache
def _calling(service: Service) -> frozenset[str]:
    """Return the functions that call another service, directly or through others."""
    reached_from: dict[str, set[str]] = defaultdict(set)
    for source, call in service.sources.under("app").nodes(ast.Call):
        reached_from[called_name(source, call)].add(_function_around(source, call))
    for name, other in _same_methods(service):
        reached_from[name].add(other)
    found: set[str] = set()
    queue = [name for name in reached_from if _REMOTE_CALL.fullmatch(name)]
    while queue:
        new = reached_from[queue.pop()] - found
        found |= new
        queue += new
    return frozenset(found - {""})


def called_name(source: Source, call: ast.Call) -> str:
    """Return the dotted name of a called function; of a method of `self`, that of its class."""
    owner = source.enclosing_class(call)
    match call.func:
        case ast.Attribute(value=ast.Name(id="self"), attr=method) if owner:
            return f"{source.module}.{owner.name}.{method}"
    return resolve_name(source, call.func)


def _function_around(source: Source, node: ast.AST) -> str:
    """Return the dotted name of the function around a node; empty if there is none."""
    function = source.enclosing_function(node)
    if function is None:
        return ""
    owner = source.enclosing_class(function)
    parts = [source.module, owner.name if owner else "", function.name]
    return ".".join(filter(None, parts))


def _same_methods(service: Service) -> Iterator[tuple[str, str]]:
    """Yield pairs of methods where a call of the second may run the first.

    A subclass inherits methods; a base class or a protocol is called in place of the class that
    implements it.
    """
    classes = {
        f"{source.module}.{node.name}": (
            {part.name for part in node.body if isinstance(part, ast.AsyncFunctionDef)},
            {source.name_of(base) or "" for base in node.bases},
        )
        for source, node in service.sources.under("app").nodes(ast.ClassDef)
    }
    for name, (methods, bases) in classes.items():
        for declared, (expected, kinds) in classes.items():
            is_base = declared in bases
            if is_base:
                yield from ((f"{declared}.{it}", f"{name}.{it}") for it in expected - methods)
            is_protocol = "typing.Protocol" in kinds and bool(expected) and expected <= methods
            if is_base or (is_protocol and declared != name):
                yield from ((f"{name}.{it}", f"{declared}.{it}") for it in expected & methods)


RULES = (find_connections_held_during_calls,)
