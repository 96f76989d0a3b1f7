"""What holds up the event loop, waits without end, or shares what belongs to one task."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module

from conventions.meaning import called, held, meaning, runs_in
from conventions.rule import Found, Severity, rule
from conventions.service import Service
from conventions.source import Function, Source

SESSION = re.compile(
    r"app\.core\.database\.(Read)?Session(Local(\.begin)?)?|sqlalchemy\.ext\.asyncio\.AsyncSession"
)
_REQUEST = "app.core.http_client.HttpClient.request"
_BLOCKING = re.compile(
    r"open|input|time\.sleep|os\.(system|popen|listdir|remove|makedirs)|getpass\.getpass"
    r"|(requests|urllib\.request|urllib3|subprocess|shutil|smtplib|ftplib|sqlite3)\..+"
    r"|(boto3|botocore|stripe|pymongo|pymysql|psycopg2)\..+(?<!_async)"
    r"|httpx2?\.(get|head|options|post|put|patch|delete|request|stream|Client\..+)"
    r"|socket\.(create_connection|getaddrinfo|gethostby\w+|socket\..+)"
    r"|pathlib\.Path(\.\w+)*\.(open|stat|exists|mkdir|unlink|rename|iterdir|r?glob|(read|write)_\w+)"
    r"|sqlalchemy\.(create_engine|orm\.(Session|sessionmaker)\..+)"
    r"|(pwdlib|passlib|argon2|bcrypt)\..*(hash|verify|hashpw|checkpw)|hashlib\.(scrypt|pbkdf2_hmac)"
)
_LOOPS = ast.For | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@rule(
    "blocking-call",
    keeps="API-1",
    severity=Severity.CRITICAL,
    why="While it waits this process answers nobody: one slow disk or service stops every request.",
    fix="Call other services by HttpClient of app.core.http_client, wait with asyncio.sleep, and "
    "hand what has no async form to asyncio.to_thread.",
    wrong="async def read_terms() -> str:\n    return TERMS.read_text()",
    right="async def read_terms() -> str:\n    return await asyncio.to_thread(TERMS.read_text)",
)
def find_blocking_calls(service: Service) -> Iterator[Found]:
    """Look in coroutines and endpoints, and in what these call in their own file."""
    endpoints = {endpoint.node for endpoint in service.routes}
    for source in service.sources.under("app"):
        reached = _reached(source, endpoints)
        for call in source.calls():
            name, root = meaning(source, call.func), reached.get(runs_in(source, call))
            if root and _blocks(name) and not isinstance(source.parent(call), ast.Await):
                what = "the event loop" if isinstance(root, ast.AsyncFunctionDef) else "a thread"
                yield source.found(call, f"`{name}` holds up {what} that runs `{root.name}`.")


def _reached(source: Source, endpoints: set[Function]) -> dict[ast.AST | None, Function]:
    """Return what runs in coroutines and endpoints, each with the one where that begins."""
    functions = list(source.functions())
    roots = [f for f in functions if isinstance(f, ast.AsyncFunctionDef) or f in endpoints]
    reached: dict[ast.AST | None, Function] = {root: root for root in roots}
    for _ in range(3):  # a chain of calls in one file is hardly longer
        for call in source.calls():
            if root := reached.get(runs_in(source, call)):
                for function in (f for f in functions if f.name == called(call)):
                    reached.setdefault(function, root)
    return reached


@cache
def _blocks(name: str) -> bool:
    """Return whether a function waits, as do the methods of a client with an asynchronous twin."""
    package, _, rest = name.partition(".")
    if _BLOCKING.fullmatch(name) or "." not in rest or package in {"app", "asyncio"}:
        return _BLOCKING.fullmatch(name) is not None
    try:
        return hasattr(import_module(f"{package}.asyncio"), rest.partition(".")[0])
    except ImportError:
        return False


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
    for source in service.sources.under("app"):
        for call in source.calls():
            name, loops = meaning(source, call.func), list[ast.AST | None]()
            if name == "asyncio.gather":
                given = [arg.value for arg in call.args if isinstance(arg, ast.Starred)]
                loops = [held(source, arg) if isinstance(arg, ast.Name) else arg for arg in given]
            elif name.startswith("asyncio.") and name.endswith(".create_task"):
                loops = [p for p in source.parents(call) if isinstance(p, _LOOPS)][:1]
            if any(isinstance(loop, _LOOPS) and _is_unbounded(source, loop) for loop in loops):
                yield source.found(call, "As many tasks run at once as there happen to be items.")


def _is_unbounded(source: Source, loop: ast.AST) -> bool:
    """Return whether neither what a loop goes over nor a semaphore in its tasks sets a limit."""
    over = loop.iter if isinstance(loop, ast.For) else loop.generators[0].iter
    outer = [p.iter for p in source.parents(loop) if isinstance(p, ast.For | ast.AsyncFor)]
    if isinstance(over, ast.Tuple | ast.List) or any(called(each) == "batched" for each in outer):
        return False
    tasks = {called(node) for node in ast.walk(loop)}
    return not any(
        re.search("Semaphore|Limiter", meaning(source, item.context_expr))
        for item in source.nodes(ast.withitem)
        if getattr(source.enclosing_function(item.context_expr), "name", "") in tasks
    )


@rule(
    "shared-session",
    keeps="DB-2",
    severity=Severity.CRITICAL,
    why="A session is one conversation with the database. Two tasks mix up their statements, and "
    "one that outlives the request finds the session closed, or given to somebody else.",
    fix="Await one after the other, or open a session of its own in each task: "
    "`async with AsyncSessionLocal.begin() as session`.",
    wrong="await asyncio.gather(count_notes(session), count_alerts(session))",
    right="notes = await count_notes(session)\nalerts = await count_alerts(session)",
)
def find_shared_sessions(service: Service) -> Iterator[Found]:
    """Look for a session in two arguments of gather, or in what becomes a task."""
    for source in service.sources.under("app"):
        for call in source.calls():
            uses = [name for arg in call.args for name in _sessions_in(source, arg)]
            given = meaning(source, call.func)
            if given == "asyncio.gather":
                starred = any(isinstance(arg, ast.Starred) for arg in call.args)
                shared = len(uses) > (0 if starred else 1)
            else:
                shared = bool(uses) and given.endswith((".create_task", ".add_task"))
            if shared:
                yield source.found(call, f"`{uses[0]}` is used by several tasks.")


def _sessions_in(source: Source, node: ast.AST) -> Iterator[str]:
    for name in ast.walk(node):
        if isinstance(name, ast.Name) and SESSION.fullmatch(meaning(source, name)):
            yield name.id


@rule(
    "sequential-calls",
    keeps="SEC-8",
    severity=Severity.PERFORMANCE,
    why="Each item waits for the one before: a hundred items at 100 ms are ten seconds in which the "
    "request holds its connection to the database.",
    fix="Ask for all at once where the other service can, else run a bounded number at a time.",
    wrong='for city in cities:\n    await client.request("GET", f"/weather/{city}")',
    right='await client.request("GET", "/weather", params={"city": cities})',
)
def find_sequential_calls(service: Service) -> Iterator[Found]:
    """Look for calls of HttpClient in a loop over items."""
    for source in service.sources.under("app"):
        for call in source.calls():
            around = [p for p in source.parents(call) if isinstance(p, _LOOPS | Function)][:1]
            if around and isinstance(around[0], _LOOPS) and meaning(source, call.func) == _REQUEST:
                yield source.found(call, "Another service is called once for every item.")


@rule(
    "missing-timeout",
    keeps="SEC-8",
    severity=Severity.CRITICAL,
    why="A service that accepts the connection and says nothing keeps the request for ever, and "
    "soon all of them.",
    fix="Call by HttpClient, whose steps and whole calls are limited, or wrap the call in "
    "`async with asyncio.timeout(settings.…)`.",
    wrong="reader, writer = await asyncio.open_connection(host, port)",
    right="async with asyncio.timeout(5):\n    reader, writer = await asyncio.open_connection(host, port)",
)
def find_missing_timeouts(service: Service) -> Iterator[Found]:
    """Look for connections that nothing limits, and for limits that are switched off."""
    limits = {"asyncio.timeout", "asyncio.timeout_at", "asyncio.wait_for"}
    for source in service.sources.under("app"):
        for call in source.calls():
            name = meaning(source, call.func)
            off = [k.arg for k in call.keywords if k.arg and _switches_off(k)]
            if off and name and not name.startswith("stamina."):
                yield source.found(call, f"`{name}` waits without end: `{off[0]}` is None.")
            elif re.fullmatch(r"asyncio\.open_(unix_)?connection", name):
                around = [part for p in source.parents(call) for part in _context(p)]
                if not limits & {meaning(source, part) for part in around}:
                    yield source.found(call, f"`{name}` waits without end.")


def _switches_off(keyword: ast.keyword) -> bool:
    is_none = isinstance(keyword.value, ast.Constant) and keyword.value.value is None
    return is_none and re.search(r"(^|_)timeout$", keyword.arg or "") is not None


def _context(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.AsyncWith):
        return [item.context_expr for item in node.items]
    return [node] if isinstance(node, ast.Call) else []


@rule(
    "lock-across-await",
    keeps="SEC-7",
    severity=Severity.CRITICAL,
    why="The task that has the lock waits, the next one blocks the whole event loop on it, and the "
    "first is never woken again: the process stands still.",
    fix="Hold an asyncio.Lock within this process, or `lock(…)` of app.core.locks across processes.",
    wrong="with threading_lock:\n    await refresh()",
    right='async with lock("refresh"):\n    await refresh()',
)
def find_locks_across_awaits(service: Service) -> Iterator[Found]:
    """Look for `with` on a lock for threads, with an await in its block."""
    for source in service.sources.under("app"):
        for node in source.nodes(ast.With):
            names = [meaning(source, item.context_expr) for item in node.items]
            locks = [name for name in names if re.match(r"threading\.\w*(Lock|Semaphore)", name)]
            if locks and any(isinstance(inner, ast.Await) for inner in ast.walk(node)):
                yield source.found(node, f"A `{locks[0]}` is held across an await.")


@rule(
    "effect-before-commit",
    keeps="SEC-2",
    severity=Severity.BEST_PRACTICE,
    why="If the commit fails, what was sent or bought cannot be taken back; and while the other "
    "service is slow, the rows stay locked and a connection of the pool is taken.",
    fix="Write down in the same transaction what is to be done and do it after the commit, in a "
    "job where the service has jobs; mail goes through PostBox of app.accounts.post.",
    wrong='session.add(order)\nawait client.request("POST", "/charges", json=charge)',
    right="session.add(order)\nsession.add(ChargeToMake(order_id=order.id))",
)
def find_effects_before_commit(service: Service) -> Iterator[Found]:
    """Look for mail and changing calls after a write, in a function that is given the session."""
    for source in service.sources.under("app"):
        for call in source.calls():
            name, function = meaning(source, call.func), source.enclosing_function(call)
            method = call.args[0] if name == _REQUEST and call.args else None
            is_reading = isinstance(method, ast.Constant) and method.value in {"GET", "HEAD"}
            is_effect = (name == _REQUEST and not is_reading) or name.endswith(("Mailer.send", "mail.Mail.send"))
            if function and is_effect and _writes_before(source, function, call):
                yield source.found(call, f"`{name}` acts before the transaction of `{function.name}` is committed.")


def _writes_before(source: Source, function: Function, call: ast.Call) -> bool:
    parameters = {arg.arg for arg in [*function.args.args, *function.args.kwonlyargs]}
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            is_session = isinstance(owner, ast.Name) and owner.id in parameters
            if is_session and SESSION.fullmatch(meaning(source, owner)) and node.lineno < call.lineno:
                if node.func.attr in {"add", "add_all", "delete", "merge", "flush"}:
                    return True
    return False


RULES = (
    find_blocking_calls,
    find_unbounded_gathers,
    find_shared_sessions,
    find_sequential_calls,
    find_missing_timeouts,
    find_locks_across_awaits,
    find_effects_before_commit,
)
