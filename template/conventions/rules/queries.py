"""Queries: what they cost as tables grow."""

import ast
from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, String, Text

from conventions.rule import Found, Severity, rule
from conventions.rules.models import keys_of
from conventions.service import Service
from conventions.source import Source
from conventions.statements import (
    Statement,
    arguments,
    columns_in,
    executed,
    holders,
    is_owned,
    method_of,
    models_in,
    statements,
)

LISTING = {"app.core.api.pagination.Filter", "app.core.api.pagination.Orders"}
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
    """Yield conditions and orders, those of lists too, that no index serves."""
    for statement in statements(service):
        if not any(is_owned(model.class_) for model in statement.models):
            yield from _unindexed(service, statement)  # of owned rows, the owner has an index
    for source, call in service.sources.nodes(ast.Call):
        listed = arguments(call) if source.name_of(call.func) in LISTING else []
        for node, column in columns_in(service, source, _with_bodies(source, listed)):
            if not any(column in key for key in keys_of(column.table)):
                yield source.found(node, f"No index holds `{ast.unparse(node)}`.")


def _unindexed(service: Service, statement: Statement) -> Iterator[Found]:
    source, conditions = statement.source, statement.conditions()
    order = statement.given("order_by")[:1] if conditions == [] else []
    sorted_by = columns_in(service, source, order)
    joined = columns_in(service, source, statement.given("join", "outerjoin"))
    named = [column for _, column in [*(conditions or []), *joined, *sorted_by]]
    compared = [one for one in conditions or [] if _compares(source, one[0])]
    for node, column in [*compared, *sorted_by]:
        if not any(key[0] in named for key in keys_of(column.table)):
            yield source.found(node, f"No index begins with `{ast.unparse(node)}`.")
            break


def _with_bodies(source: Source, nodes: list[ast.expr]) -> list[ast.AST]:
    """Return the nodes and, for those that name a function of the file, that function."""
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    functions = [f for f in source.nodes(ast.FunctionDef) if f.name in names]
    return [*nodes, *functions]


def _compares(source: Source, column: ast.expr) -> bool:
    """Return whether a column is compared in a way that an index can answer."""
    match source.parent(column):
        case ast.Compare(ops=[operator]):
            return not isinstance(operator, ast.NotEq)
        case ast.Attribute(attr=method):
            return method in {"between", "in_", "is_"}
        case ast.keyword():  # of filter_by
            return True
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
    fix="`paginate(session, statement, query)` (app.core.api.pagination) for a list; `.limit(…)`.",
    wrong="(await session.scalars(select(Note))).all()",
    right="await paginate(session, select(Note), query)",
)
def find_unbounded_reads(service: Service) -> Iterator[Found]:
    """Yield statements that read rows without a limit, by no key."""
    for call, statement in executed(service).items():
        source, conditions = statement.source, statement.conditions()
        if method_of(call) not in {"execute", "scalars"} or statement.kind != "select":
            continue
        keyed = [c for _, c in conditions or [] if c.primary_key or c.unique or c.foreign_keys]
        is_one = statement.has("limit", "fetch", "group_by") or ONE_ROW & _methods_after(
            source, call
        )
        if statement.models and conditions is not None and not keyed and not is_one:
            yield source.found(call, "It reads all such rows of the table at once.")


@rule(
    "wide-read",
    keeps="DB-7",
    severity=Severity.SUGGESTION,
    why="Long texts, documents and bytes lie beside the row: fetching them costs more reads, and "
    "time on the wire, than all the rest of the query.",
    fix="Select the columns that are used, or `.options(load_only(…))`.",
    wrong="page = await session.scalar(select(Page).where(Page.id == page_id))\nreturn page.title",
    right="return await session.scalar(select(Page.title).where(Page.id == page_id))",
)
def find_wide_reads(service: Service) -> Iterator[Found]:
    """Yield whole rows that are fetched into a variable, of which only short columns are used."""
    for call, statement in executed(service).items():
        source, root = statement.source, statement.steps[0]
        is_row = statement.kind in {"select", "get"} and not statement.has("options")
        whole = [m for node, m in models_in(service, source, root.args) if node is root.args[0]]
        for model in whole if is_row else ():
            used = _columns_used(source, call)
            wide = {name for name, column in model.columns.items() if _is_wide(column)}
            if used and wide and used <= set(model.columns.keys()) - wide:
                message = f"Of {model.class_.__name__} only {', '.join(sorted(used))} is used."
                yield source.found(call, message)


def _methods_after(source: Source, call: ast.Call) -> set[str]:
    """Return the methods that are called on a result, there or where it has a name."""
    around = list(source.parents(call))
    kept = [ast.unparse(node.targets[0]) for node in around if isinstance(node, ast.Assign)]
    for node in ast.walk(source.enclosing_function(call) or source.tree):
        if isinstance(node, ast.Name) and node.id in kept:
            around += source.parents(node)
    return {node.attr for node in around if isinstance(node, ast.Attribute)}


def _is_wide(column: Column[Any]) -> bool:
    is_long = isinstance(column.type, Text | JSON | LargeBinary)
    return is_long and getattr(column.type, "length", None) is None


def _columns_used(source: Source, call: ast.Call) -> set[str]:
    """Return the attributes that are read of what a call gives, `?` for any other use."""
    holder = next((n for n in source.parents(call) if not isinstance(n, ast.Await)), None)
    match holder:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.For(target=ast.Name(id=name)):
            pass
        case ast.comprehension(target=ast.Name(id=name)) | ast.NamedExpr(target=ast.Name(id=name)):
            pass
        case _:
            return set()
    scope = ast.walk(source.enclosing_function(call) or source.tree)
    names = [node for node in scope if isinstance(node, ast.Name) and node.id == name]
    return {
        use.attr if isinstance(use, ast.Attribute) and isinstance(use.ctx, ast.Load) else "?"
        for node in names
        if isinstance(node.ctx, ast.Load) and (use := source.parent(node))
        if not isinstance(use, ast.Compare | ast.UnaryOp) and getattr(use, "test", None) is not node
    }


@rule(
    "offset-pagination",
    keeps="API-8",
    severity=Severity.PERFORMANCE,
    why="Page 1,000 reads the 999 before it; and a row that is added meanwhile moves all others, "
    "so that a client sees one twice and never another.",
    fix="`paginate(session, statement, query)` of app.core.api, which goes on by a cursor.",
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


RULES = (
    find_unindexed_filters,
    find_unindexable_filters,
    find_unbounded_reads,
    find_wide_reads,
    find_offset_pagination,
    find_queries_in_loops,
    find_writes_without_where,
)
