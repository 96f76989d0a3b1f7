"""Asynchronous code: blocked event loops, missing timeouts, and sessions shared by tasks."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import isfunction

from conventions.findings import Violation
from conventions.names import assigned_value, calls_in, enclosing_callable, last_name, resolve_name
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source
from conventions.statements import FACTORIES, SESSIONS

_SESSIONS = SESSIONS | FACTORIES | {f"{factory}.begin" for factory in FACTORIES}
_SESSIONS |= {"app.core.db.reading.ReadOnlySession", "sqlalchemy.ext.asyncio.session.AsyncSession"}
_HTTP_REQUEST = "app.core.http.client.HttpClient.request"
_SEND_MAIL = re.compile(r"app\.core\.email\.(backends\.\w+\.send|delivery\.deliver_email)")
_BLOCKING = re.compile(
    r"open|input|getpass\.getpass|time\.sleep|os\.(system|popen|listdir|remove|makedirs|replace)"
    r"|(requests|boto3|botocore|stripe|pymongo|pymysql|psycopg2)\.([\w.]+\.)?[a-z]\w*(?<!_async)"
    r"|httpx2?\.(get|head|options|post|put|patch|delete|request|stream|Client\..+)"
    r"|subprocess\.(run|call|check_\w+|get\w+|Popen(\..+)?)|shutil\.(copy\w*|move|rmtree|unpack\w+)"
    r"|urllib\.request\.url\w+|socket\.(create_connection|getaddrinfo|gethostby\w+|socket\.(connect|recv|sendall))"
    r"|(smtplib\.SMTP|ftplib\.FTP|sqlite3\.connect)\w*(\..+)?|hashlib\.(scrypt|pbkdf2_hmac)"
    r"|pathlib\.Path(\.\w+)*\.(open|stat|exists|mkdir|unlink|rename|iterdir|r?glob|(read|write)_\w+)"
    r"|sqlalchemy\.(create_engine|orm\.(Session|sessionmaker)\..+)"
    r"|(pwdlib|passlib|argon2|bcrypt)\.([\w.]+\.)?(hash|verify|hashpw|checkpw)"
)
_Loop = ast.For | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@rule("blocking-call")
def find_blocking_calls(service: Service) -> Iterator[Violation]:
    """Find blocking calls in coroutines, and in functions that they call in the same file."""
    for source in service.sources.under("app"):
        reached = _run_by_event_loop(source)
        for call in source.calls():
            name, coroutine = (
                resolve_name(source, call.func),
                reached.get(enclosing_callable(source, call)),
            )
            if coroutine and _is_blocking(name) and not isinstance(source.parent(call), ast.Await):
                message = f"`{name}` blocks the event loop in `{coroutine}`"
                yield source.violation(call, message)


def _run_by_event_loop(source: Source) -> dict[ast.AST | None, str]:
    """Return the functions that run in the event loop, each with the coroutine that calls it."""
    reached: dict[ast.AST | None, str] = {f: f.name for f in source.nodes(ast.AsyncFunctionDef)}
    functions = {(source.enclosing_class(f), f.name): f for f in source.nodes(ast.FunctionDef)}
    for _ in range(3):  # chains of calls within a file are rarely longer
        for call in source.calls():
            is_own = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "self"
            kind = source.enclosing_class(call) if is_own else None
            callee = functions.get((kind, last_name(call)))
            if callee and (coroutine := reached.get(enclosing_callable(source, call))):
                reached.setdefault(callee, coroutine)
    return reached


@cache
def _is_blocking(name: str) -> bool:
    """Return whether a function blocks: a known one, or one whose package has an async variant."""
    package, _, rest = name.partition(".")
    if _BLOCKING.fullmatch(name) or "." not in rest or package in {"app", "asyncio"}:
        return _BLOCKING.fullmatch(name) is not None
    try:
        variant = getattr(import_module(f"{package}.asyncio"), rest.partition(".")[0], None)
    except ImportError:
        return False
    return isfunction(variant) or hasattr(variant, "__aenter__")


@rule("unbounded-gather")
def find_unbounded_gathers(service: Service) -> Iterator[Violation]:
    """Find one task per item, started by gather(*[…]) or by create_task in a loop."""
    for source, call, name in calls_in(service):
        loops: list[ast.AST] = []
        if name == "asyncio.gather":
            starred = [arg.value for arg in call.args if isinstance(arg, ast.Starred)]
            loops = [loop for arg in starred for loop in _loops_that_fill(source, arg)]
        elif name.startswith("asyncio.") and name.endswith(".create_task"):
            loops += [p for p in source.parents(call) if isinstance(p, _Loop)][:1]
        if any(isinstance(loop, _Loop) and not _is_bounded(source, loop) for loop in loops):
            yield source.violation(call, "starts one task per item, without a limit")


def _loops_that_fill(source: Source, arg: ast.expr) -> Iterator[ast.AST]:
    """Yield the comprehension, or the loop that appends to the list, behind an argument."""
    yield (isinstance(arg, ast.Name) and assigned_value(source, arg)) or arg
    function = source.enclosing_function(arg)
    for node in ast.walk(function) if function else ():
        if isinstance(node, ast.Attribute) and ast.unparse(node) == f"{last_name(arg)}.append":
            yield from [p for p in source.parents(node) if isinstance(p, _Loop)][:1]


def _iterated(loop: _Loop) -> ast.expr:
    return loop.iter if isinstance(loop, ast.For) else loop.generators[0].iter


def _is_bounded(source: Source, loop: _Loop) -> bool:
    """Return whether the iterable of a loop, or a semaphore in its tasks, limits their number."""
    iterables = [last_name(p.iter) for p in source.parents(loop) if isinstance(p, ast.For)]
    tasks = {last_name(node) for node in ast.walk(loop)}
    limits = [
        resolve_name(source, item.context_expr)
        for item in source.nodes(ast.withitem)
        if getattr(source.enclosing_function(item.context_expr), "name", "") in tasks
    ]
    is_listed = isinstance(_iterated(loop), ast.Tuple | ast.List) or "batched" in iterables
    return is_listed or any(re.search("Semaphore|Limiter", limit) for limit in limits)


@rule("shared-session")
def find_shared_sessions(service: Service) -> Iterator[Violation]:
    """Find sessions that are passed to two tasks, or to a task that outlives the request."""
    for source, call, name in calls_in(service):
        nodes = [node for arg in call.args for node in ast.walk(arg) if isinstance(node, ast.Name)]
        used = [node.id for node in nodes if resolve_name(source, node) in _SESSIONS]
        is_many = len(used) > 1 or any(isinstance(arg, ast.Starred) for arg in call.args)
        is_task = name.endswith((".create_task", ".add_task"))
        if used and (is_task or (name == "asyncio.gather" and is_many)):
            yield source.violation(call, f"`{used[0]}` is shared with a concurrent task")


@rule("sequential-calls")
def find_sequential_calls(service: Service) -> Iterator[Violation]:
    """Find calls of HttpClient in a loop over items."""
    for source, call, name in calls_in(service):
        function, ancestors = source.enclosing_function(call), list(source.parents(call))
        loops = [p for p in ancestors if isinstance(p, _Loop) and _iterated(p) not in ancestors]
        if name == _HTTP_REQUEST and any(
            source.enclosing_function(loop) is function for loop in loops
        ):
            yield source.violation(call, "calls another service once per item")


@rule("missing-timeout")
def find_missing_timeouts(service: Service) -> Iterator[Violation]:
    """Find connections without a timeout, and timeouts that are disabled."""
    for source, call, name in calls_in(service):
        off = {k.arg for k in call.keywords if k.arg and ast.unparse(k.value) == "None"}
        ancestors = [p for p in source.parents(call) if isinstance(p, ast.Call | ast.AsyncWith)]
        limits = [
            i.context_expr for p in ancestors if isinstance(p, ast.AsyncWith) for i in p.items
        ]
        limited = any(
            re.fullmatch(r"asyncio\.(timeout|timeout_at|wait_for)", resolve_name(source, limit))
            for limit in [*ancestors, *limits]
        )
        is_open = re.fullmatch(r"asyncio\.open_(unix_)?connection", name) and not limited
        is_off = any(re.search("(^|_)timeout$", argument) for argument in off)
        if is_open or (is_off and name and not name.startswith("stamina.")):
            yield source.violation(call, f"`{name}` has no timeout")


@rule("lock-across-await")
def find_locks_across_awaits(service: Service) -> Iterator[Violation]:
    """Find thread locks that are held across an await."""
    for source, node in service.sources.under("app").nodes(ast.With):
        names = [resolve_name(source, item.context_expr) for item in node.items]
        locks = [name for name in names if re.match(r"threading\.\w*(Lock|Semaphore)", name)]
        if locks and any(isinstance(inner, ast.Await) for inner in ast.walk(node)):
            yield source.violation(node, f"a `{locks[0]}` is held across an await")


@rule("effect-before-commit")
def find_effects_before_commit(service: Service) -> Iterator[Violation]:
    """Find mail and writing HTTP requests that are sent before the transaction is committed."""
    for source, call, name in calls_in(service):
        is_reading = bool(call.args) and ast.unparse(call.args[0]) in {"'GET'", "'HEAD'"}
        is_effect = (name == _HTTP_REQUEST and not is_reading) or _SEND_MAIL.fullmatch(name)
        function = source.enclosing_function(call)
        if function and is_effect:
            parameters = {arg.arg for arg in [*function.args.args, *function.args.kwonlyargs]}
            writes = (
                isinstance(node, ast.Attribute)
                and node.attr in {"add", "add_all", "delete", "flush", "merge"}
                and last_name(node.value) in parameters
                and node.lineno < call.lineno
                and resolve_name(source, node.value) in _SESSIONS
                for node in ast.walk(function)
            )
            if any(writes):
                message = f"`{name}` runs before the transaction is committed"
                yield source.violation(call, message)


RULES = (
    find_blocking_calls,
    find_unbounded_gathers,
    find_shared_sessions,
    find_sequential_calls,
    find_missing_timeouts,
    find_locks_across_awaits,
    find_effects_before_commit,
)
