"""Queries: what they cost as tables grow, and whose rows they touch."""

import ast
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Column, String

from conventions.rule import Found, Severity, rule
from conventions.rules.models import keys_of
from conventions.service import Service
from conventions.source import Source
from conventions.statements import (
    OWNED,
    Holder,
    arguments,
    columns_in,
    executed,
    holders,
    is_owned,
    method_of,
    opened_in,
    reached,
    statements,
)

LISTING = {"app.core.pagination.Filter", "app.core.pagination.Orders"}
FOLDING = {"sqlalchemy.func.lower", "sqlalchemy.func.upper"}
ANYWHERE = {"contains", "endswith", "icontains", "iendswith", "ilike"}
ONE_ROW = {"first", "one", "one_or_none", "scalar", "scalar_one", "scalar_one_or_none"}


@rule(
    "unindexed-filter",
    keeps="DB-7",
    severity=Severity.PERFORMANCE,
    why="Such a query reads the whole table: nobody notices until that has a million rows.",
    fix="`index=True`, or an Index that begins with what is compared and ends with what is sorted.",
    wrong="slug: Mapped[str] = mapped_column(String(60))  # select(…).where(Note.slug == slug)",
    right="slug: Mapped[str] = mapped_column(String(60), index=True)",
)
def find_unindexed_filters(service: Service) -> Iterator[Found]:
    """Yield conditions, and filters and orders of lists, that no index serves."""
    for statement in statements(service):
        source, conditions = statement.source, statement.conditions() or []
        if any(is_owned(model.class_) for model in statement.models):
            continue  # the session adds the owner, who has an index
        named = [column for _, column in columns_in(service, source, statement.given())]
        for node, column in conditions:
            if _compares(source, node) and not any(
                key[0] in named for key in keys_of(column.table)
            ):
                yield source.found(node, f"No index begins with `{ast.unparse(node)}`.")
                break
    for source, call in ((each, call) for each in service.sources for call in each.calls()):
        listed = arguments(call) if source.name_of(call.func) in LISTING else []
        for node, column in columns_in(service, source, listed):
            if not any(column in key for key in keys_of(column.table)):
                yield source.found(node, f"No index holds `{ast.unparse(node)}`.")


def _compares(source: Source, column: ast.expr) -> bool:
    """Return whether a column is compared in a way that an index can answer."""
    match source.parent(column):
        case ast.Compare(ops=[operator]):
            return not isinstance(operator, ast.NotEq)
        case ast.Attribute(attr=method):
            return method in {"between", "in_", "is_"}
    return False


@rule(
    "unindexable-filter",
    keeps="DB-7",
    severity=Severity.PERFORMANCE,
    why="No ordinary index can answer it: the whole table is read, whatever indexes there are.",
    fix="Keep a normalised column beside it (as `email_key`), or an Index of the very expression.",
    wrong="select(User).where(func.lower(User.email) == email)",
    right="select(User).where(User.email_key == email_key(email))",
)
def find_unindexable_filters(service: Service) -> Iterator[Found]:
    """Yield conditions that only an index of another kind could serve."""
    for statement in statements(service):
        source, where = statement.source, statement.given("where", "filter")
        for node in (part for condition in where for part in ast.walk(condition)):
            if isinstance(node, ast.Call) and _hides_from_index(source, node):
                for _, column in columns_in(service, source, [node]):
                    if isinstance(column.type, String) and not _has_special_index(column):
                        yield source.found(node, f"No index can answer `{ast.unparse(node)}`.")


def _has_special_index(column: Column[Any]) -> bool:
    """Return whether an index of an expression, or of another kind, is about this column."""
    indexes = [i for i in column.table.indexes if i.columns.contains_column(column)]
    return any(i.kwargs or not isinstance(i.expressions[0], Column) for i in indexes)


def _hides_from_index(source: Source, call: ast.Call) -> bool:
    if source.name_of(call.func) in FOLDING or method_of(call) in ANYWHERE:
        return True
    pattern = ast.unparse(call.args[0]).lstrip("f'\"") if call.args else ""
    return method_of(call) == "like" and pattern.startswith("%")


@rule(
    "unbounded-read",
    keeps="API-8",
    severity=Severity.PERFORMANCE,
    why="One day it reads a million rows into memory for one request, and the process is killed.",
    fix="`paginate(session, statement, query)` (app.core.pagination) for a list; `.limit(…)`.",
    wrong="(await session.scalars(select(Note))).all()",
    right="await paginate(session, select(Note), query)",
)
def find_unbounded_reads(service: Service) -> Iterator[Found]:
    """Yield statements that read rows without a limit, by no key."""
    for call, statement in executed(service).items():
        source, conditions = statement.source, statement.conditions()
        if method_of(call) in {"scalar", "get", "get_one"} or statement.kind != "select":
            continue
        after = (node.attr for node in source.parents(call) if isinstance(node, ast.Attribute))
        keyed = [c for _, c in conditions or [] if c.primary_key or c.unique or c.foreign_keys]
        is_one = next(after, "") in ONE_ROW or statement.has("limit", "fetch", "group_by")
        if statement.models and conditions is not None and not keyed and not is_one:
            yield source.found(call, "It reads all such rows of the table at once.")


@rule(
    "offset-pagination",
    keeps="API-8",
    severity=Severity.PERFORMANCE,
    why="Page 1,000 reads the 999 before it; and a row that is added meanwhile moves all others, "
    "so that a client sees one twice and never another.",
    fix="`paginate(session, statement, query)` of app.core.pagination, which goes on by a cursor.",
    wrong="select(Note).order_by(Note.id).offset(page * 50).limit(50)",
    right="await paginate(session, select(Note), query)",
)
def find_offset_pagination(service: Service) -> Iterator[Found]:
    """Yield every OFFSET."""
    for statement in statements(service):
        for step in statement.steps:
            if method_of(step) == "offset":
                yield statement.source.found(step, "Rows are skipped by counting them.")


@rule(
    "query-in-loop",
    keeps="DB-8",
    severity=Severity.PERFORMANCE,
    why="A hundred rows cost a hundred round trips to the database: a second instead of ten "
    "milliseconds, and a connection of the pool for as long.",
    fix="One statement for all: `.in_(ids)`, `selectinload(…)`, `insert(…)` with a list of rows.",
    wrong="for note in notes:\n    authors.append(await session.get(User, note.author_id))",
    right="authors = await session.scalars(select(User).where(User.id.in_(ids)))",
)
def find_queries_in_loops(service: Service) -> Iterator[Found]:
    """Yield awaited calls in a loop that take part of a session."""
    for each in holders(service, "app"):
        for call in each.uses():
            if isinstance(each.source.parent(call), ast.Await) and _is_in_loop(each.source, call):
                message = f"`{ast.unparse(call.func)}` asks the database again for each."
                yield each.source.found(call, message)


def _is_in_loop(source: Source, call: ast.Call) -> bool:
    """Return whether a call is made for each of some things; `while` goes page by page."""
    inner: ast.AST = call
    for node in source.parents(call):
        match node:
            case ast.For() | ast.AsyncFor() if inner in node.body:
                return ast.unparse(node.target) != ast.unparse(call.func)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                if inner is not node.generators[0]:
                    return True
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return False
        inner = node
    return False


@rule(
    "write-without-where",
    keeps="DB-6",
    severity=Severity.CRITICAL,
    why="It changes or deletes every row of the table, and nothing asks whether that was meant.",
    fix="Say which rows with `.where(…)`.",
    wrong="await session.execute(delete(Note))",
    right="await session.execute(delete(Note).where(Note.id == note_id))",
)
def find_writes_without_where(service: Service) -> Iterator[Found]:
    """Yield updates and deletes of a whole table."""
    for call, statement in executed(service).items():
        of_all = len(arguments(call)) == 1 and not statement.has("where", "filter_by")
        if of_all and statement.kind in {"update", "delete"}:
            yield statement.source.found(statement.steps[0], f"This {statement.kind}s every row.")


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
    find_unindexed_filters,
    find_unindexable_filters,
    find_unbounded_reads,
    find_offset_pagination,
    find_queries_in_loops,
    find_writes_without_where,
    find_missing_owner_filters,
)
