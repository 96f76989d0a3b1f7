"""Asynchronous code: blocked event loops, missing timeouts, and locks of threads."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import isfunction

from conventions.facts.effects import Effect
from conventions.facts.facts import Facts
from conventions.facts.graph import Code, Edge, Runs
from conventions.facts.symbols import Kind, Symbol
from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.unsafe import options_of
from conventions.service import Service
from conventions.source import Source

_TIMEOUTS = {"asyncio.timeout", "asyncio.timeout_at", "asyncio.wait_for", "anyio.fail_after"}
_CONNECTIONS = {"asyncio.open_connection", "asyncio.open_unix_connection"}
_CONNECTIONS |= {"asyncio.subprocess.Process.communicate"}
_TIMEOUT_POSITIONS = {
    "ftplib.FTP": 4,
    "ftplib.FTP_TLS": 4,
    "http.client.HTTPConnection": 2,
    "http.client.HTTPSConnection": 2,
    "imaplib.IMAP4": 2,
    "imaplib.IMAP4_SSL": 2,
    "poplib.POP3": 2,
    "poplib.POP3_SSL": 2,
    "smtplib.LMTP": 4,
    "smtplib.SMTP": 3,
    "smtplib.SMTP_SSL": 3,
    "socket.create_connection": 1,
    "urllib.request.urlopen": 2,
}
_THREAD_LOCKS = ("threading.Lock", "threading.RLock", "threading.Semaphore", "threading.Condition")
_THREAD_LOCKS += (
    "thread.allocate_lock",
    "thread.lock",
    "thread.RLock",
    "threading.BoundedSemaphore",
)


@rule("blocking-call")
def find_blocking_calls(service: Service) -> Iterator[Violation]:
    """Find calls that block the event loop, or compute long on it, in functions of any depth."""
    facts = service.facts
    for code in (*facts.coroutines(), *_validators(facts)):
        for edge in facts.graph.edges_from(code):
            effects = _blocking_effects(facts, edge)
            for effect in effects[:1]:
                source, site = facts.place(edge, effect)
                yield source.violation(site, _blocking_message(facts, code, edge, effect))


def _validators(facts: Facts) -> Iterator[Code]:
    """Yield the validators of request models, which run in the event loop."""
    for code in facts.graph.codes("app"):
        if code.source.parent(code.node) in facts.graph.request_models:
            marks = getattr(code.node, "decorator_list", ())
            names = {name for one in marks for name in facts.names(code.source, _called(one))}
            if any(name.startswith("pydantic") and name.endswith("_validator") for name in names):
                yield code


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _blocking_effects(facts: Facts, edge: Edge) -> list[Effect]:
    if edge.callee is not None and edge.callee.is_coroutine:
        return []  # reported in that coroutine
    if isinstance(edge.caller.source.parent(edge.site), ast.Await) and edge.callee is None:
        return []
    found = facts.effects.of_edge(edge) & {Effect("blocks"), Effect("cpu")}
    has_variant = edge.runs is not Runs.THREAD and _has_async_variant(edge.target)
    return sorted(found, key=str) or ([Effect("blocks")] if has_variant else [])


def _blocking_message(facts: Facts, code: Code, edge: Edge, effect: Effect) -> str:
    way = edge.target.label
    if edge.callee is not None and effect not in facts.effects.own_effects(edge):
        way = facts.effects.path(edge.callee, effect)
    problem = "blocks" if effect.kind == "blocks" else "computes on"
    return f"`{way}` {problem} the event loop in `{code.short_name}`"


def _has_async_variant(target: Symbol) -> bool:
    """Return whether a library has the same class or function for asynchronous code."""
    is_library = target.source is None and target.kind in {Kind.FUNCTION, Kind.UNKNOWN}
    for name in target.names if is_library else ():
        package, _, rest = name.partition(".")
        if "." in rest and _is_in_async_package(package, rest.partition(".")[0]):
            return True
    return False


@cache
def _is_in_async_package(package: str, name: str) -> bool:
    if package in {"app", "asyncio", "concurrent"}:
        return False
    try:
        variant = getattr(import_module(f"{package}.asyncio"), name, None)
    except Exception:  # noqa: BLE001 - no such package, or one that cannot be imported
        return False
    return isfunction(variant) or hasattr(variant, "__aenter__")


@rule("missing-timeout")
def find_missing_timeouts(service: Service) -> Iterator[Violation]:
    """Find connections without a timeout, and timeouts that are disabled."""
    facts = service.facts
    for source, call, names in facts.calls():
        name = min(names, key=len, default="")
        is_off = any(
            option.endswith("timeout") and _is_no_timeout(facts, source, value)
            for option, value in options_of(facts, source, call)
        )
        is_open = bool(names & _CONNECTIONS) and not _is_limited(facts, source, call)
        is_blocking = _is_unlimited_socket(source, call, names) or _lacks_timeout(call, names)
        if is_open or is_blocking or (is_off and name and not name.startswith("stamina.")):
            yield source.violation(call, f"`{name}` has no timeout")


def _is_no_timeout(facts: Facts, source: Source, node: ast.expr) -> bool:
    """Return whether a timeout is `None`, also in `Timeout(None)`."""
    inner = node.args[0] if isinstance(node, ast.Call) and len(node.args) == 1 else node
    return facts.is_none(source, inner)


def _lacks_timeout(call: ast.Call, names: frozenset[str]) -> bool:
    """Return whether a call of the standard library leaves out a timeout that it does not have."""
    positions = [_TIMEOUT_POSITIONS[name] for name in names & {*_TIMEOUT_POSITIONS}]
    is_given = any(one.arg in {"timeout", None} for one in call.keywords)
    return bool(positions) and not is_given and len(call.args) <= min(positions)


def _is_unlimited_socket(source: Source, call: ast.Call, names: frozenset[str]) -> bool:
    """Return whether a socket connects without a timeout."""
    if not names & {"socket.socket.connect", "_socket.socket.connect"}:
        return False
    function = source.enclosing_function(call) or source.tree
    used = {getattr(one, "attr", "") for one in ast.walk(function)}
    return not used & {"settimeout", "setdefaulttimeout"}


def _is_limited(facts: Facts, source: Source, call: ast.Call) -> bool:
    limits: list[ast.expr] = []
    for parent in source.parents(call):
        if isinstance(parent, ast.Call):
            limits.append(parent.func)
        elif isinstance(parent, ast.AsyncWith):
            limits += [getattr(i.context_expr, "func", i.context_expr) for i in parent.items]
    return any(facts.names(source, limit) & _TIMEOUTS for limit in limits)


@rule("lock-across-await")
def find_locks_across_awaits(service: Service) -> Iterator[Violation]:
    """Find thread locks that are held across an await."""
    facts = service.facts
    for source in facts.files():
        for node in source.nodes(ast.With):
            for item in node.items:
                names = facts.names(source, item.context_expr)
                is_lock = any(name.startswith(_THREAD_LOCKS) for name in names)
                if is_lock and any(isinstance(inner, ast.Await) for inner in ast.walk(node)):
                    lock = ast.unparse(item.context_expr)
                    yield source.violation(node, f"`{lock}` is held across an await")


RULES = (
    find_blocking_calls,
    find_missing_timeouts,
    find_locks_across_awaits,
)
