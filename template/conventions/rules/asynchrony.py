"""Asynchronous code: blocked event loops, missing timeouts, and sessions shared by tasks."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import isfunction

from conventions.facts.bindings import How
from conventions.facts.effects import Effect
from conventions.facts.facts import Facts
from conventions.facts.graph import Code, Edge, Runs
from conventions.facts.iteration import Loop, filling_loops, iterated, loops_around
from conventions.facts.symbols import Kind, Symbol
from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.unsafe import options_of
from conventions.service import Service
from conventions.source import Source

_LOOP = (ast.For, ast.AsyncFor, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_TASKS = {"asyncio.create_task", "asyncio.ensure_future", "asyncio.TaskGroup.create_task"}
_TASKS |= {"asyncio.AbstractEventLoop.create_task", "asyncio.gather", "asyncio.wait"}
_LIMITS = ("asyncio.Semaphore", "asyncio.BoundedSemaphore", "anyio.CapacityLimiter")
_TIMEOUTS = {"asyncio.timeout", "asyncio.timeout_at", "asyncio.wait_for", "anyio.fail_after"}
_CONNECTIONS = {"asyncio.open_connection", "asyncio.open_unix_connection"}
_CONNECTIONS |= {"asyncio.subprocess.Process.communicate"}
_RESPONSES = ("starlette.responses.StreamingResponse", "starlette.background.BackgroundTask")
_THREAD_LOCKS = ("threading.Lock", "threading.RLock", "threading.Semaphore", "threading.Condition")
_THREAD_LOCKS += (
    "thread.allocate_lock",
    "thread.lock",
    "thread.RLock",
    "threading.BoundedSemaphore",
)


@rule("blocking-call")
def find_blocking_calls(service: Service) -> Iterator[Violation]:
    """Find what blocks the event loop, or computes for long on it, in functions of any depth."""
    facts = service.facts
    for code in facts.coroutines():
        for edge in facts.graph.edges_from(code):
            effects = _blocking_effects(facts, edge)
            for effect in effects[:1]:
                source, site = facts.place(edge, effect)
                yield source.violation(site, _blocking_message(facts, code, edge, effect))


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


@rule("unbounded-gather")
def find_unbounded_gathers(service: Service) -> Iterator[Violation]:
    """Find one task per item, started by gather(*[…]) or by create_task in a loop."""
    facts = service.facts
    for source, call, names in facts.calls():
        if not names & _TASKS:
            continue
        loops: list[Loop] = []
        for argument in call.args:
            if isinstance(argument, ast.Starred) or names & {"asyncio.wait"}:
                loops += _loops_that_fill(facts, source, argument)
        if not names & {"asyncio.gather", "asyncio.wait"}:
            loops += list(loops_around(source, call))[:1]
        if any(not _is_bounded(facts, source, loop) for loop in loops):
            yield source.violation(call, "starts one task per item, without a limit")


def _loops_that_fill(facts: Facts, source: Source, node: ast.AST) -> Iterator[Loop]:
    """Yield the comprehensions and loops from which the tasks in an argument come."""
    node = node.value if isinstance(node, ast.Starred) else node
    match node:
        case ast.Name(id=name):
            for binding in facts.resolver.bindings(source).reaching(node, name):
                if binding.value is not None and binding.how is How.ASSIGNED:
                    yield from _loops_that_fill(facts, source, binding.value)
                    yield from filling_loops(source, binding)
        case ast.Call(func=function, args=[inner, *_]):
            if facts.name(source, function) == "builtins.map":
                yield ast.copy_location(_as_loop(source, node.args[1]), node)
            else:
                yield from _loops_that_fill(facts, source, inner)
        case _ if isinstance(node, _LOOP):
            yield node


def _as_loop(source: Source, iterable: ast.expr) -> ast.GeneratorExp:
    """Return the loop of `map(function, iterable)`."""
    target = ast.Name("_", ast.Store())
    part = ast.comprehension(target=target, iter=iterable, ifs=[], is_async=0)
    loop = ast.GeneratorExp(elt=ast.Constant(None), generators=[part])
    source.adopt(loop, source.parent(iterable) or source.tree)
    return loop


def _is_bounded(facts: Facts, source: Source, loop: Loop) -> bool:
    """Return whether the iterable of a loop, or a semaphore in its tasks, limits their number."""
    if facts.iteration.is_bounded(source, iterated(loop)):
        return True
    for node in ast.walk(loop):
        for symbol in facts.resolver.resolve_all(source, getattr(node, "func", None)):
            if symbol.source and symbol.node and _has_limit(facts, symbol.source, symbol.node):
                return True
    return False


def _has_limit(facts: Facts, source: Source, function: ast.AST) -> bool:
    return any(
        isinstance(node, ast.withitem)
        and any(
            facts.resolver.is_subclass(one, *_LIMITS)
            for one in facts.resolver.resolve_all(source, node.context_expr)
        )
        for node in ast.walk(function)
    )


@rule("shared-session")
def find_shared_sessions(service: Service) -> Iterator[Violation]:
    """Find sessions that are passed to two tasks, or to a task that outlives the request."""
    facts = service.facts
    for source, call, names in facts.calls():
        is_gathered = bool(names & {"asyncio.gather"})
        if not (is_gathered or names & _TASKS or _outlives_request(facts, source, call, names)):
            continue
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        carried = [name for one in arguments if (name := facts.sessions.carried(source, one))]
        is_many = len(carried) > 1 or any(isinstance(one, ast.Starred) for one in call.args)
        if carried and (is_many or not is_gathered):
            yield source.violation(call, f"`{carried[0]}` is shared with a concurrent task")


def _outlives_request(facts: Facts, source: Source, call: ast.Call, names: frozenset[str]) -> bool:
    if any(name.endswith(".add_task") for name in names):
        return True
    callees = facts.resolver.resolve_all(source, call.func)
    return any(one.is_class and facts.resolver.is_subclass(one, *_RESPONSES) for one in callees)


@rule("sequential-calls")
def find_sequential_calls(service: Service) -> Iterator[Violation]:
    """Find calls to other services in a loop over items."""
    facts = service.facts
    for code in facts.coroutines():
        for edge in facts.graph.edges_from(code):
            loops = list(loops_around(code.source, edge.site))
            is_open = any(not facts.iteration.is_bounded(code.source, iterated(x)) for x in loops)
            calls_out = any(one.kind == "calls-out" for one in facts.effects.own_effects(edge))
            if loops and is_open and calls_out and edge.runs is Runs.HERE:
                yield code.source.violation(edge.site, "calls another service once per item")


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
        is_blocking = _is_unlimited_socket(source, call, names)
        if is_open or is_blocking or (is_off and name and not name.startswith("stamina.")):
            yield source.violation(call, f"`{name}` has no timeout")


def _is_no_timeout(facts: Facts, source: Source, node: ast.expr) -> bool:
    """Return whether a timeout is `None`, also in `Timeout(None)`."""
    inner = node.args[0] if isinstance(node, ast.Call) and len(node.args) == 1 else node
    return facts.is_none(source, inner)


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
    find_unbounded_gathers,
    find_shared_sessions,
    find_sequential_calls,
    find_missing_timeouts,
    find_locks_across_awaits,
)
