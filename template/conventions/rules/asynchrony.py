"""What holds up the event loop, waits without end, or shares what belongs to one task."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import isfunction

from conventions.meaning import calls_in, held, last_name, meaning, runs_in
from conventions.rule import Found, Severity, rule
from conventions.service import Service
from conventions.source import Source

_SESSION = re.compile(
    r"app\.(core\.db\.session|accounts\.owned)\.\w*Session(Local(\.begin)?)?"
    r"|sqlalchemy\.ext\.asyncio\.(session\.)?AsyncSession"
)
_REQUEST = "app.core.http.client.HttpClient.request"
_MAIL = re.compile(r"app\.core\.email\.\w+\.\w+\.send")
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


@rule(
    "blocking-call",
    keeps="API-1",
    severity=Severity.CRITICAL,
    why="While it waits this process answers nobody: one slow disk or service stops every request.",
    fix="Call other services by HttpClient of app.core.http.client, wait with asyncio.sleep, and "
    "hand what has no async form to asyncio.to_thread.",
    wrong="async def read_terms() -> str:\n    return TERMS.read_text()",
    right="async def read_terms() -> str:\n    return await asyncio.to_thread(TERMS.read_text)",
)
def find_blocking_calls(service: Service) -> Iterator[Found]:
    """Look in coroutines, and in what these call in their own file."""
    for source in service.sources.under("app"):
        reached = _reached_by_loop(source)
        for call in source.calls():
            name, coroutine = meaning(source, call.func), reached.get(runs_in(source, call))
            if coroutine and _blocks(name) and not isinstance(source.parent(call), ast.Await):
                message = f"`{name}` holds up the event loop, which runs `{coroutine}`"
                yield source.found(call, message)


def _reached_by_loop(source: Source) -> dict[ast.AST | None, str]:
    """Return what the event loop runs, each with the name of the coroutine where that begins."""
    reached: dict[ast.AST | None, str] = {f: f.name for f in source.nodes(ast.AsyncFunctionDef)}
    functions = {(source.enclosing_class(f), f.name): f for f in source.nodes(ast.FunctionDef)}
    for _ in range(3):  # a chain of calls in one file is hardly longer
        for call in source.calls():
            is_own = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "self"
            kind = source.enclosing_class(call) if is_own else None
            callee = functions.get((kind, last_name(call)))
            if callee and (coroutine := reached.get(runs_in(source, call))):
                reached.setdefault(callee, coroutine)
    return reached


@cache
def _blocks(name: str) -> bool:
    """Return whether a function waits, as do the methods of a client with an asynchronous twin."""
    package, _, rest = name.partition(".")
    if _BLOCKING.fullmatch(name) or "." not in rest or package in {"app", "asyncio"}:
        return _BLOCKING.fullmatch(name) is not None
    try:
        twin = getattr(import_module(f"{package}.asyncio"), rest.partition(".")[0], None)
    except ImportError:
        return False
    return isfunction(twin) or hasattr(twin, "__aenter__")


@rule(
    "unbounded-gather",
    keeps="SEC-8",
    severity=Severity.PERFORMANCE,
    why="A thousand items start a thousand calls at once: the pool of connections runs dry, the "
    "other service refuses, and every other request waits behind them.",
    fix="Take a batch at a time, or let each task hold an asyncio.Semaphore while it works.",
    wrong="await asyncio.gather(*[notify(user) for user in users])",
    right="for batch in batched(users, 10):\n    await asyncio.gather(*[notify(u) for u in batch])",
)
def find_unbounded_gathers(service: Service) -> Iterator[Found]:
    """Look for a task an item, by gather(*[…]) or by create_task in a loop."""
    for source, call, name in calls_in(service):
        loops: list[ast.AST] = []
        if name == "asyncio.gather":
            given = [arg.value for arg in call.args if isinstance(arg, ast.Starred)]
            loops = [loop for arg in given for loop in _made_in(source, arg)]
        elif name.startswith("asyncio.") and name.endswith(".create_task"):
            loops += [p for p in source.parents(call) if isinstance(p, _Loop)][:1]
        if any(isinstance(loop, _Loop) and not _is_bounded(source, loop) for loop in loops):
            yield source.found(call, "as many tasks run at once as there happen to be items")


def _made_in(source: Source, arg: ast.expr) -> Iterator[ast.AST]:
    """Yield a comprehension, or what fills the list that is given."""
    yield (isinstance(arg, ast.Name) and held(source, arg)) or arg
    function = source.enclosing_function(arg)
    for node in ast.walk(function) if function else ():
        if isinstance(node, ast.Attribute) and ast.unparse(node) == f"{last_name(arg)}.append":
            yield from [p for p in source.parents(node) if isinstance(p, _Loop)][:1]


def _over(loop: _Loop) -> ast.expr:
    return loop.iter if isinstance(loop, ast.For) else loop.generators[0].iter


def _is_bounded(source: Source, loop: _Loop) -> bool:
    """Return whether what a loop goes over, or a semaphore in its tasks, sets a limit."""
    around = [last_name(p.iter) for p in source.parents(loop) if isinstance(p, ast.For)]
    tasks = {last_name(node) for node in ast.walk(loop)}
    limits = [
        meaning(source, item.context_expr)
        for item in source.nodes(ast.withitem)
        if getattr(source.enclosing_function(item.context_expr), "name", "") in tasks
    ]
    is_listed = isinstance(_over(loop), ast.Tuple | ast.List) or "batched" in around
    return is_listed or any(re.search("Semaphore|Limiter", limit) for limit in limits)


@rule(
    "shared-session",
    keeps="DB-2",
    severity=Severity.CRITICAL,
    why="A session is one conversation with the database. Two tasks mix up their statements, and "
    "one that outlives the request finds it closed.",
    fix="Await one after the other, or open a session in each task: "
    "`async with AsyncSessionLocal.begin() as session`.",
    wrong="await asyncio.gather(count_notes(session), count_alerts(session))",
    right="notes = await count_notes(session)\nalerts = await count_alerts(session)",
)
def find_shared_sessions(service: Service) -> Iterator[Found]:
    """Look for a session in two arguments of gather, or in what becomes a task."""
    for source, call, name in calls_in(service):
        nodes = [node for arg in call.args for node in ast.walk(arg) if isinstance(node, ast.Name)]
        used = [node.id for node in nodes if _SESSION.fullmatch(meaning(source, node))]
        is_many = len(used) > 1 or any(isinstance(arg, ast.Starred) for arg in call.args)
        is_task = name.endswith((".create_task", ".add_task"))
        if used and (is_task or (name == "asyncio.gather" and is_many)):
            yield source.found(call, f"`{used[0]}` is used by a task beside others")


@rule(
    "sequential-calls",
    keeps="SEC-8",
    severity=Severity.PERFORMANCE,
    why="Each item waits for the one before: a hundred of 100 ms are ten seconds, in which the "
    "request keeps its connection to the database.",
    fix="Ask for all at once where the other service can, else run a bounded number at a time.",
    wrong='for city in cities:\n    await client.request("GET", f"/weather/{city}")',
    right='await client.request("GET", "/weather", params={"city": cities})',
)
def find_sequential_calls(service: Service) -> Iterator[Found]:
    """Look for calls of HttpClient in a loop over items."""
    for source, call, name in calls_in(service):
        function, around = source.enclosing_function(call), list(source.parents(call))
        loops = [p for p in around if isinstance(p, _Loop) and _over(p) not in around]
        if name == _REQUEST and any(source.enclosing_function(loop) is function for loop in loops):
            yield source.found(call, "another service is called once for every item")


@rule(
    "missing-timeout",
    keeps="SEC-8",
    severity=Severity.CRITICAL,
    why="A service that takes the connection and says nothing keeps the request for ever, and soon "
    "all of them.",
    fix="Call by HttpClient, which limits each step and the whole, or do it inside "
    "`async with asyncio.timeout(…)`.",
    wrong="reader, writer = await asyncio.open_connection(host, port)",
    right="async with asyncio.timeout(5):\n    streams = await asyncio.open_connection(host, port)",
)
def find_missing_timeouts(service: Service) -> Iterator[Found]:
    """Look for connections that nothing limits, and for limits that are switched off."""
    for source, call, name in calls_in(service):
        off = {k.arg for k in call.keywords if k.arg and ast.unparse(k.value) == "None"}
        around = [p for p in source.parents(call) if isinstance(p, ast.Call | ast.AsyncWith)]
        limits = [i.context_expr for p in around if isinstance(p, ast.AsyncWith) for i in p.items]
        limited = any(
            re.fullmatch(r"asyncio\.(timeout|timeout_at|wait_for)", meaning(source, limit))
            for limit in [*around, *limits]
        )
        is_open = re.fullmatch(r"asyncio\.open_(unix_)?connection", name) and not limited
        is_off = any(re.search("(^|_)timeout$", argument) for argument in off)
        if is_open or (is_off and name and not name.startswith("stamina.")):
            yield source.found(call, f"`{name}` may wait without end")


@rule(
    "lock-across-await",
    keeps="SEC-7",
    severity=Severity.CRITICAL,
    why="While its holder awaits, the next task blocks the whole event loop on it, and the holder "
    "is never woken again: the process stands still.",
    fix="Use an asyncio.Lock in this process, or `lock(…)` of app.core.guards across processes.",
    wrong="with threading_lock:\n    await refresh()",
    right='async with lock("refresh"):\n    await refresh()',
)
def find_locks_across_awaits(service: Service) -> Iterator[Found]:
    """Look for `with` on a lock for threads, with an await in its block."""
    for source, node in service.sources.under("app").nodes(ast.With):
        names = [meaning(source, item.context_expr) for item in node.items]
        locks = [name for name in names if re.match(r"threading\.\w*(Lock|Semaphore)", name)]
        if locks and any(isinstance(inner, ast.Await) for inner in ast.walk(node)):
            yield source.found(node, f"a `{locks[0]}` is held across an await")


@rule(
    "effect-before-commit",
    keeps="SEC-2",
    severity=Severity.BEST_PRACTICE,
    why="If the commit fails, what was sent or bought cannot be taken back; and while the other "
    "service is slow, rows stay locked and a connection of the pool is taken.",
    fix="Write down in the transaction what is to be done, and do it after the commit, in a job "
    "where the service has jobs; mail goes through `hand_over` of app.core.email.backends.",
    wrong='session.add(order)\nawait client.request("POST", "/charges", json=charge)',
    right="session.add(order)\nsession.add(ChargeToMake(order_id=order.id))",
)
def find_effects_before_commit(service: Service) -> Iterator[Found]:
    """Look for mail and changing calls after a write to a session that the function was given."""
    for source, call, name in calls_in(service):
        is_reading = bool(call.args) and ast.unparse(call.args[0]) in {"'GET'", "'HEAD'"}
        is_effect = (name == _REQUEST and not is_reading) or _MAIL.fullmatch(name)
        function = source.enclosing_function(call)
        if function and is_effect:
            given = {arg.arg for arg in [*function.args.args, *function.args.kwonlyargs]}
            writes = (
                isinstance(node, ast.Attribute)
                and node.attr in {"add", "add_all", "delete", "flush", "merge"}
                and last_name(node.value) in given
                and node.lineno < call.lineno
                and _SESSION.fullmatch(meaning(source, node.value))
                for node in ast.walk(function)
            )
            if any(writes):
                message = f"`{name}` acts before the transaction is committed"
                yield source.found(call, message)


RULES = (
    find_blocking_calls,
    find_unbounded_gathers,
    find_shared_sessions,
    find_sequential_calls,
    find_missing_timeouts,
    find_locks_across_awaits,
    find_effects_before_commit,
)
