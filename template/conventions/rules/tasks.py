"""Concurrent tasks: how many start at once, and the sessions that they share."""

import ast
from collections.abc import Iterator

from conventions.facts.bindings import How
from conventions.facts.calling import arguments_by_parameter, own_nodes
from conventions.facts.facts import Facts
from conventions.facts.graph import Code, Runs
from conventions.facts.iteration import Loop, filling_loops, iterated, loops_around
from conventions.facts.running import RUNNERS
from conventions.facts.symbols import Symbol
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source, last_name

_LOOPS = (ast.For, ast.AsyncFor, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
_GROUP = "asyncio.TaskGroup.create_task"
_STARTS = {
    "asyncio.create_task",
    "asyncio.ensure_future",
    "asyncio.AbstractEventLoop.create_task",
}
_GATHERS = {"asyncio.gather", "asyncio.wait", "asyncio.as_completed"}
_LIMITS = ("asyncio.Semaphore", "asyncio.BoundedSemaphore", "anyio.CapacityLimiter")
_STREAMS = ("starlette.responses.StreamingResponse",)
_RESPONSES = ("starlette.responses.Response",)
_DATABASE = ("reads", "writes", "adds", "commits")


@rule("unbounded-gather")
def find_unbounded_gathers(service: Service) -> Iterator[Violation]:
    """Find one task per item, started by gather(*[…]), or one by one in a loop."""
    facts = service.facts
    for source, call, names in facts.calls():
        loops: list[Loop] = []
        for argument in call.args if names & _GATHERS else ():
            if isinstance(argument, ast.Starred) or "asyncio.gather" not in names:
                loops += _loops_that_fill(facts, source, argument, frozenset())
        if names & {*_STARTS, _GROUP} or _starts_tasks(facts, source, call.func):
            loops += list(loops_around(source, call))[:1]
        if "builtins.map" in names and _starts_tasks(facts, source, call.args[0]):
            loops.append(_as_loop(source, call))
        if any(not _is_bounded(facts, source, loop) for loop in loops):
            yield source.violation(call, "starts one task per item, without a limit")


def _starts_tasks(facts: Facts, source: Source, function: ast.expr, *, depth: int = 3) -> bool:
    """Return whether a function starts a task that goes on when it returns."""
    for callee in facts.resolver.resolve_all(source, function):
        if callee.source and isinstance(callee.node, ast.FunctionDef) and depth:
            calls = (one for one in own_nodes(callee.node) if isinstance(one, ast.Call))
            for call in calls:
                names = facts.names(callee.source, call.func)
                is_start = bool(names & {*_STARTS, _GROUP})
                if is_start or _starts_tasks(facts, callee.source, call.func, depth=depth - 1):
                    return True
    return False


def _loops_that_fill(
    facts: Facts, source: Source, node: ast.AST, seen: frozenset[ast.AST]
) -> Iterator[Loop]:
    """Yield the loops from which the coroutines in an argument come, in callers too."""
    node = node.value if isinstance(node, ast.Starred) else node
    match node:
        case ast.Name() if node not in seen:
            yield from _loops_behind(facts, source, node, seen | {node})
        case ast.Call(func=function, args=[inner, *_]):
            if facts.name(source, function) == "builtins.map":
                yield _as_loop(source, node)
            else:
                yield from _loops_that_fill(facts, source, inner, seen | {node})
        case _ if isinstance(node, _LOOPS) and not _is_of_started(facts, source, node):
            yield node


def _loops_behind(
    facts: Facts, source: Source, node: ast.Name, seen: frozenset[ast.AST]
) -> Iterator[Loop]:
    """Yield the loops that fill the list in a variable, or that callers pass."""
    for binding in facts.resolver.bindings(source).reaching(node, node.id):
        if binding.how is How.PARAMETER:
            for home, given in facts.graph.arguments_for(source, binding.node):
                yield from _loops_that_fill(facts, home, given, seen)
        elif binding.value is not None and binding.how is How.ASSIGNED:
            yield from _loops_that_fill(facts, source, binding.value, seen)
            yield from filling_loops(source, binding)


def _is_of_started(facts: Facts, source: Source, loop: ast.AST) -> bool:
    """Return whether a loop starts its tasks itself: that is found there."""
    calls = (one for one in ast.walk(loop) if isinstance(one, ast.Call))
    return any(facts.names(source, one.func) & {*_STARTS, _GROUP} for one in calls)


def _as_loop(source: Source, call: ast.Call) -> ast.GeneratorExp:
    """Return the loop of `map(function, iterable)`."""
    iterable = call.args[1]
    part = ast.comprehension(ast.Name("_", ast.Store()), iterable, ifs=[], is_async=0)
    loop = ast.GeneratorExp(elt=ast.Call(call.args[0], args=[], keywords=[]), generators=[part])
    source.adopt(loop, source.parent(iterable) or source.tree)
    return loop


def _is_bounded(facts: Facts, source: Source, loop: Loop) -> bool:
    """Return whether the iterable of a loop, or a semaphore in its tasks, limits their number."""
    if facts.iteration.is_bounded(source, iterated(loop)):
        return True
    if _is_read_with_limit(facts, source, iterated(loop)):
        return True
    for node in ast.walk(loop):
        for symbol in facts.resolver.resolve_all(source, getattr(node, "func", None)):
            if symbol.source and symbol.node and _has_limit(facts, symbol.source, symbol.node):
                return True
    return False


def _is_read_with_limit(facts: Facts, source: Source, node: ast.expr) -> bool:
    """Return whether an iterable holds the rows of a statement with a limit."""
    values = [node]
    if isinstance(node, ast.Name):
        bindings = facts.resolver.bindings(source).reaching(node, node.id)
        values = [one.value for one in bindings if one.value is not None]
    calls = [part for value in values for part in ast.walk(value) if isinstance(part, ast.Call)]
    reading = [
        part
        for call in calls
        for callee in facts.resolver.resolve_all(source, call.func)
        if callee.node is not None
        for part in ast.walk(callee.node)
    ]
    return any(last_name(one) == "limit" for one in [*calls, *reading] if isinstance(one, ast.Call))


def _has_limit(facts: Facts, source: Source, function: ast.AST) -> bool:
    """Return whether code enters a semaphore that it has not made itself."""
    bound = facts.resolver.bindings(source).names_in(function)  # pyrefly: ignore[bad-argument-type] it has a scope
    parameters = {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}
    for node in ast.walk(function):
        if isinstance(node, ast.withitem):
            limit = node.context_expr
            is_own = isinstance(limit, ast.Call) or getattr(limit, "id", "") in bound - parameters
            found = facts.resolver.resolve_all(source, limit)
            if not is_own and any(facts.resolver.is_subclass(one, *_LIMITS) for one in found):
                return True
    return False


@rule("shared-session")
def find_shared_sessions(service: Service) -> Iterator[Violation]:
    """Find sessions that are passed to two tasks, to a thread, or to what outlives the request."""
    facts = service.facts
    for source, call, names in facts.calls():
        concurrent, later = _arguments_run(facts, source, call, names)
        shared = [name for one in later if (name := _session_in(facts, source, one))]
        carried = [one for one in concurrent if _session_in(facts, source, one)]
        if len(carried) > 1 or any(map(_is_many, carried)):
            shared += [_session_in(facts, source, carried[0])]
        if "thread" in RUNNERS.words_of(names):
            parts = [part for one in _values(call) for part in ast.walk(one)]
            found = [part for part in parts if facts.sessions.is_session(source, part)]
            shared += [ast.unparse(one) for one in found]
        if shared:
            yield source.violation(call, f"`{shared[0]}` is shared with a concurrent task")


Arguments = tuple[list[ast.expr], list[ast.expr]]
"""The arguments that run while the caller waits for them, and those that run on without it."""


def _arguments_run(
    facts: Facts, source: Source, call: ast.Call, names: frozenset[str]
) -> Arguments:
    """Return the arguments of a call that run as tasks."""
    if "asyncio.gather" in names:
        return list(call.args), []
    if _GROUP in names:
        return _tasks_of_group(facts, source, call), []
    if names & _STARTS:
        is_awaited = isinstance(source.parent(call), ast.Await)
        return [], [] if is_awaited else list(call.args)
    if any(name.endswith(".add_task") for name in names):
        return [], _values(call)
    if sent := _values_of_response(facts, source, call):
        return [], sent
    return _arguments_run_by(facts, source, call)


def _tasks_of_group(facts: Facts, source: Source, call: ast.Call) -> list[ast.expr]:
    """Return the argument of a task and those of the tasks that its group has started before."""
    block = next((one for one in source.parents(call) if isinstance(one, ast.AsyncWith)), None)
    group = ast.unparse(call.func)
    calls = [one for one in ast.walk(block or call) if isinstance(one, ast.Call)]
    place = call.lineno, call.col_offset
    earlier = [
        one
        for one in calls
        if (one.lineno, one.col_offset) < place and one.args
        if ast.unparse(one.func) == group and _session_in(facts, source, one.args[0])
    ]
    again = call.args[:1] if list(loops_around(source, call)) else []
    return [*call.args[:1], *again, *(one.args[0] for one in earlier[:1])]


def _values_of_response(facts: Facts, source: Source, call: ast.Call) -> list[ast.expr]:
    """Return the arguments of a response that are used when the endpoint has returned."""
    kind = facts.resolver.resolve(source, call.func)
    if kind is None or (kind.source and _has_own_constructor(facts, kind)):
        return []
    owner = kind.receiver.as_class() if kind.receiver and last_name(call) == "__init__" else kind
    if facts.resolver.is_subclass(owner, *_STREAMS) and (owner is not kind or kind.is_class):
        return _values(call)
    if kind.name.endswith("starlette.background.BackgroundTask"):
        parent = source.parent(call)
        targets = parent.targets if isinstance(parent, ast.Assign) else []
        return _values(call) if any(last_name(one) == "background" for one in targets) else []
    is_response = kind.is_class and facts.resolver.is_subclass(kind, *_RESPONSES)
    return [one.value for one in call.keywords if is_response and one.arg == "background"]


def _has_own_constructor(facts: Facts, kind: Symbol) -> bool:
    found = facts.resolver.member(kind.as_instance(), "__init__") if kind.is_class else ()
    return any(one.source is not None for one in found)


def _arguments_run_by(facts: Facts, source: Source, call: ast.Call) -> Arguments:
    """Return the arguments that a function of the service runs as tasks."""
    concurrent, later = list[ast.expr](), list[ast.expr]()
    for callee in facts.resolver.resolve_all(source, call.func):
        if callee.source is None or not isinstance(
            callee.node, ast.FunctionDef | ast.AsyncFunctionDef
        ):
            continue
        is_method = callee.receiver is not None
        for parameter, given in arguments_by_parameter(callee.node, call, is_method=is_method):
            if facts.sessions.carried(source, given):
                code = facts.code(callee.source, callee.node)
                concurrent += (
                    [given] if _runs(facts, code, parameter.arg, {"asyncio.gather", _GROUP}) else []
                )
                later += [given] if _runs(facts, code, parameter.arg, _STARTS) else []
    return concurrent, later


def _runs(facts: Facts, code: Code, parameter: str, starters: set[str]) -> bool:
    """Return whether code passes a parameter, or a list of it, to one of some functions."""
    source = code.source
    for call in (one for one in own_nodes(code.node) if isinstance(one, ast.Call)):
        if facts.names(source, call.func) & starters:
            for node in (part for one in call.args for part in ast.walk(one)):
                made = (
                    facts.resolver.value_behind(source, node)
                    if isinstance(node, ast.Name)
                    else None
                )
                used = [node, *(ast.walk(made) if made else ())]
                if any(getattr(one, "id", "") == parameter for one in used):
                    return not isinstance(source.parent(call), ast.Await) or starters != _STARTS
    return False


def _session_in(facts: Facts, source: Source, node: ast.expr) -> str:
    """Return the session that an argument uses; empty if its methods leave that alone."""
    carried = facts.sessions.carried(source, node)
    called = node.func if isinstance(node, ast.Call) else node
    callees = facts.resolver.resolve_all(source, called) if carried else ()
    known = [
        facts.code(one.source, one.node)
        for one in callees
        if one.source and isinstance(one.node, _FUNCTIONS)
    ]
    if known and len(known) == len(callees):
        is_used = any(facts.effects.has(code, *_DATABASE) for code in known)
        return carried if is_used else ""
    return carried


def _is_many(node: ast.expr) -> bool:
    """Return whether an argument is a list of coroutines, or is run in a loop."""
    return isinstance(node, (ast.Starred, ast.List, *_LOOPS))


def _values(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


@rule("sequential-calls")
def find_sequential_calls(service: Service) -> Iterator[Violation]:
    """Find calls to other services in a loop over items; attempts and polls follow each other."""
    facts = service.facts
    for code in facts.coroutines():
        for edge in facts.graph.edges_from(code):
            loops = [
                loop for loop in loops_around(code.source, edge.site) if not _can_end_early(loop)
            ]
            is_open = any(not facts.iteration.is_bounded(code.source, iterated(x)) for x in loops)
            calls_out = any(one.kind == "calls-out" for one in facts.effects.own_effects(edge))
            if is_open and calls_out and edge.runs is Runs.HERE:
                yield code.source.violation(edge.site, "calls another service once per item")


def _can_end_early(loop: Loop) -> bool:
    return any(isinstance(one, ast.Return | ast.Break) for one in ast.walk(loop))


RULES = (find_unbounded_gathers, find_shared_sessions, find_sequential_calls)
