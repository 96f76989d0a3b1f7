"""Sessions: who opens them, who ends their transaction, what they may write and whose rows see."""

import ast
from collections.abc import Iterable, Iterator

from conventions.reach import steps_of
from conventions.rule import Found, Severity, rule
from conventions.service import Service
from conventions.statements import (
    OWNED,
    READING,
    Holder,
    executed,
    holders,
    is_owned,
    method_of,
    opened_in,
    opens,
    reached,
    sessions_of,
)

ABOVE_CORE = ("app/accounts", "app/features", "app/integrations")
CHANGING = {"add", "add_all", "delete", "flush", "merge"}
ENDING = {"begin", "commit", "rollback"}
ENGINES = {
    f"sqlalchemy.ext.asyncio.{name}"
    for name in ("AsyncSession", "async_sessionmaker", "create_async_engine")
}


@rule(
    "commit-in-service",
    keeps="DB-2",
    severity=Severity.CRITICAL,
    why="What was done so far is kept although the request fails afterwards: half an effect, and "
    "an answer that is not stored with it under its idempotency key.",
    fix="`await session.flush()`; whoever opened the session commits, before the answer is sent.",
    wrong="session.add(note)\nawait session.commit()",
    right="session.add(note)\nawait session.flush()",
)
def find_commits_in_services(service: Service) -> Iterator[Found]:
    """Yield the end of a transaction by a function that was given the session."""
    for each in holders(service, *ABOVE_CORE):
        for call in each.uses():
            if method_of(call) in ENDING:
                is_commit, flush = method_of(call) == "commit", f"{each.session}.flush"
                patch = each.source.replacing(call.func, flush) if is_commit else None
                message = f"`{each.function.name}` did not begin this transaction."
                yield each.source.found(call, message, patch=patch)


@rule(
    "session-by-hand",
    keeps="API-2",
    severity=Severity.BEST_PRACTICE,
    why="The request then has two connections and two transactions: one can fail alone, and under "
    "load all requests wait for each other's second connection.",
    fix="Take `session: Session` or `ReadSession` in the route, and hand it on as first argument.",
    wrong="async with AsyncSessionLocal() as session:",
    right="async def create_note(session: Session, new: NoteIn) -> Answer[Note]:",
)
def find_sessions_by_hand(service: Service) -> Iterator[Found]:
    """Yield sessions that are opened or kept beside that of the request."""
    endpoints = {endpoint.node for endpoint in service.routes}
    steps = (step for endpoint in service.routes for step in steps_of(service, endpoint))
    in_requests = {step.node for step in steps if step.source.layer == "features"}
    for source in service.sources.under(*ABOVE_CORE):
        for call in source.calls():
            function = source.enclosing_function(call)
            if function in endpoints:
                continue  # see session-not-injected
            beside = function is None or sessions_of(source, function) or call in in_requests
            if source.name_of(call.func) in ENGINES:
                yield source.found(call, "The service has one engine and one session factory.")
            elif beside and opens(source, call):
                yield source.found(call, "A session is opened beside that of the request.")
        for node in source.nodes(ast.Assign):
            function = source.enclosing_function(node)
            sessions = sessions_of(source, function) if function else {}
            if isinstance(node.targets[0], ast.Attribute) and ast.unparse(node.value) in sessions:
                yield source.found(node, "A session is kept for longer than its request.")


@rule(
    "write-in-read-session",
    keeps="DB-2",
    severity=Severity.CRITICAL,
    why="A read session has no transaction and refuses to write: every such request is a 500.",
    fix="Take `Session`, or `OwnSession`.",
    wrong="async def rename_note(session: ReadSession, note_id: UUID) -> Answer[Note]:",
    right="async def rename_note(session: Session, note_id: UUID) -> Answer[Note]:",
)
def find_writes_in_read_sessions(service: Service) -> Iterator[Found]:
    """Yield routes with a read session that come to a write."""
    for endpoint in service.routes:
        source, arguments = endpoint.source, endpoint.node.args
        writes = any(_writes(service, call) for call in reached(service, endpoint))
        for argument in (*arguments.args, *arguments.kwonlyargs) if writes else ():
            kind = argument.annotation
            if kind and (full := source.name_of(kind)) in READING:
                module, _, other = full.replace("Read", "").rpartition(".")
                needed = f"from {module} import {other}"
                patch = source.replacing(kind, other, needs_import=needed)
                message = f"`{endpoint.name}` writes: take `{other}`."
                yield source.found(argument, message, patch=patch)


def _writes(service: Service, call: ast.Call) -> bool:
    statement = executed(service).get(call)
    changes = method_of(call) in CHANGING
    return changes or (statement is not None and statement.kind not in {"select", "get"})


@rule(
    "missing-owner-filter",
    keeps="SEC-3",
    severity=Severity.CRITICAL,
    why="With ALL_OWNERS a user reads or changes what belongs to others, by trying ids. Without "
    "any owner the statement is refused when it runs, and the request is a 500.",
    fix="Take `OwnSession` or `OwnReadSession` (app.accounts.owned) in the route. In a session "
    "opened by hand add `.options(owned_by(user_id))`; ALL_OWNERS is for jobs and commands.",
    wrong="async def read_note(session: ReadSession, note_id: UUID) -> Answer[Note]:",
    right="async def read_note(session: OwnReadSession, note_id: UUID) -> Answer[Note]:",
)
def find_missing_owner_filters(service: Service) -> Iterator[Found]:
    """Yield statements on owned rows that do not say whose, or say everybody's."""
    for endpoint in service.routes:
        asks = " ".join(getattr(call, "__qualname__", "") for call in endpoint.dependencies)
        if "get_own_" not in asks:
            for_user = "get_current_user" in asks and "require_role" not in asks
            yield from _unowned(service, reached(service, endpoint), for_user=for_user)
    for source in service.sources.under("app"):
        for function in source.functions():
            for session in opened_in(source, function):
                calls = Holder(source, function, session).uses()
                yield from _unowned(service, calls, for_user=False)


def _unowned(service: Service, calls: Iterable[ast.Call], *, for_user: bool) -> Iterator[Found]:
    for statement in filter(None, map(executed(service).get, calls)):
        owned = [model.class_ for model in statement.models if is_owned(model.class_)]
        given = (getattr(option, "func", option) for option in statement.given("options"))
        said = {statement.source.name_of(option) for option in given}
        named = {column.name for _, column in statement.conditions() or []}
        if not owned or f"{OWNED}.owned_by" in said:
            continue
        node, name = statement.steps[0], owned[0].__name__
        if f"{OWNED}.ALL_OWNERS" not in said:
            yield statement.source.found(node, f"It is not said whose {name} is meant.")
        elif for_user and "owner_id" not in named:
            yield statement.source.found(node, f"A user gets at the {name} of everybody.")


RULES = (
    find_commits_in_services,
    find_sessions_by_hand,
    find_writes_in_read_sessions,
    find_missing_owner_filters,
)
