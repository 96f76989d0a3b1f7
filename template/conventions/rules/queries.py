"""Queries: indexes, limits, pagination and N+1 queries."""

import ast
from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, String, Text

from conventions.facts.calling import own_nodes
from conventions.facts.facts import Facts
from conventions.facts.graph import Code, Edge, Runs
from conventions.facts.iteration import is_batches, iterated, loops_around
from conventions.facts.statements import argument_values, method_of
from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.existence import methods_after
from conventions.rules.models import index_columns
from conventions.service import Service
from conventions.source import Source
from conventions.statements import (
    Statement,
    all_statements,
    columns_in,
    executed_statements,
    is_owned,
    mapped_models_in,
)

PARTS = ("batch", "chunk", "page", "block", "attempt")
LIST_FIELDS = {"app.core.api.pagination.Filter", "app.core.api.pagination.Orders"}
CASE_FUNCTIONS = {"sqlalchemy.func.lower", "sqlalchemy.func.upper"}
SUBSTRING_METHODS = {"contains", "endswith", "icontains", "iendswith", "ilike"}
READING = {"execute", "scalars", "stream", "stream_scalars"}
_STREAMING = ("execution_options", "yield_per")
ONE_ROW = {"first", "one", "one_or_none", "scalar", "scalar_one", "scalar_one_or_none"}


@rule("unindexed-filter")
def find_unindexed_filters(service: Service) -> Iterator[Violation]:
    """Find conditions and orders, those of lists included, without an index."""
    for statement in all_statements(service):
        if not any(is_owned(model.class_) for model in statement.models):
            yield from _unindexed(
                service, statement
            )  # owned rows are filtered by the indexed owner
    facts = service.facts
    for source, call in service.sources.nodes(ast.Call):
        is_list = bool(facts.names(source, call.func) & LIST_FIELDS)
        listed = argument_values(call) if is_list else []
        for node, column in columns_in(service, source, _with_bodies(source, listed)):
            if not any(column in key for key in index_columns(column.table)):
                yield source.violation(node, f"no index contains `{ast.unparse(node)}`")


def _unindexed(service: Service, statement: Statement) -> Iterator[Violation]:
    conditions = statement.conditions()
    sorted_by = statement.columns_of("order_by")[:1] if conditions == [] else []
    joined = statement.columns_of("join", "outerjoin")
    named = [column for _, column in [*(conditions or []), *joined, *sorted_by]]
    compared = [one for one in conditions or [] if _is_indexable_comparison(service, one[0])]
    for node, column in [*compared, *sorted_by]:
        if not any(key[0] in named for key in index_columns(column.table)):
            yield _source_of(service, node).violation(
                node, f"no index begins with `{ast.unparse(node)}`"
            )
            break


def _source_of(service: Service, node: ast.AST) -> Source:
    """Return the file of a node."""
    return next(one for one in service.sources if one.parent(node) is not None)


def _with_bodies(source: Source, nodes: list[ast.expr]) -> list[ast.AST]:
    """Return the nodes, and the functions of the file that they name."""
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    functions = [f for f in source.nodes(ast.FunctionDef) if f.name in names]
    return [*nodes, *functions]


def _is_indexable_comparison(service: Service, column: ast.expr) -> bool:
    """Return whether a column is compared in a way that an index can serve."""
    match _source_of(service, column).parent(column):
        case ast.Compare(ops=[operator]):
            return isinstance(operator, ast.Eq | ast.Lt | ast.LtE | ast.Gt | ast.GtE)
        case ast.Attribute(attr=method):  # `IS NULL` is true of most rows, as a rule
            return method in {"between", "in_"}
        case ast.keyword():  # of filter_by
            return True
    return False


@rule("unindexable-filter")
def find_unindexable_filters(service: Service) -> Iterator[Violation]:
    """Find conditions that no B-tree index can serve."""
    for statement in all_statements(service):
        for source, condition in statement.arguments_of("where", "filter"):
            for node in ast.walk(condition):
                if isinstance(node, ast.Call) and _bypasses_index(service, source, node):
                    for _, column in columns_in(service, source, [node]):
                        if isinstance(column.type, String) and not _has_special_index(column):
                            yield source.violation(
                                node, f"no index can serve `{ast.unparse(node)}`"
                            )


def _has_special_index(column: Column[Any]) -> bool:
    """Return whether the column has an index on an expression, or with options."""
    indexes = [i for i in column.table.indexes if i.columns.contains_column(column)]
    return any(i.kwargs or not isinstance(i.expressions[0], Column) for i in indexes)


def _bypasses_index(service: Service, source: Source, call: ast.Call) -> bool:
    if (
        service.facts.names(source, call.func) & CASE_FUNCTIONS
        or method_of(call) in SUBSTRING_METHODS
    ):
        return True
    pattern = ast.unparse(call.args[0]).lstrip("f'\"") if call.args else ""
    return method_of(call) == "like" and pattern.startswith("%")


@rule("unbounded-read")
def find_unbounded_reads(service: Service) -> Iterator[Violation]:
    """Find statements that read rows without a limit or a key."""
    for call, statement in executed_statements(service).items():
        if method_of(call) in READING and is_unbounded(statement):
            yield statement.source.violation(call, "reads all matching rows at once")


def is_unbounded(statement: Statement) -> bool:
    """Return whether a statement reads as many rows as there are, all of them into memory."""
    source, call, conditions = statement.source, statement.receiver, statement.conditions()
    if statement.kind != "select" or not statement.models or conditions is None:
        return False
    after = methods_after(source, call)
    is_streamed = method_of(call).startswith("stream") and statement.calls(*_STREAMING)
    keyed = [c for _, c in conditions if c.primary_key or c.unique or c.foreign_keys]
    is_limited = statement.calls("limit", "fetch", "group_by") or not ONE_ROW.isdisjoint(after)
    return not (keyed or is_limited or is_streamed)


@rule("wide-read")
def find_wide_reads(service: Service) -> Iterator[Violation]:
    """Find whole rows that are read although only their short columns are used."""
    for call, statement in executed_statements(service).items():
        source, (home, root) = statement.source, statement.steps[0]
        is_row = statement.kind in {"select", "get"} and not statement.calls("options")
        whole = [
            m for node, m in mapped_models_in(service, home, root.args) if node is root.args[0]
        ]
        for model in whole if is_row else ():
            used = _columns_used(source, call)
            wide = {name for name, column in model.columns.items() if _is_wide(column)}
            if used and wide and used <= set(model.columns.keys()) - wide:
                message = f"only {', '.join(sorted(used))} of {model.class_.__name__} is used"
                yield source.violation(call, message)


def _is_wide(column: Column[Any]) -> bool:
    is_long = isinstance(column.type, Text | JSON | LargeBinary)
    return is_long and getattr(column.type, "length", None) is None


def _columns_used(source: Source, call: ast.Call) -> set[str]:
    """Return the attributes that are read of the result of a call, `?` for any other use."""
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


@rule("offset-pagination")
def find_offset_pagination(service: Service) -> Iterator[Violation]:
    """Find OFFSET in statements, apart from a fixed one, such as that of the newest ten rows."""
    resolver = service.facts.resolver
    for statement in all_statements(service):
        for step in statement.steps:
            given = [resolver.resolve(step.source, one) for one in argument_values(step.call)]
            is_fixed = any(one and isinstance(one.value, int) for one in given)
            if step.method == "offset" and not is_fixed:
                yield step.source.violation(step.call, "skips rows with OFFSET")


@rule("query-in-loop")
def find_queries_in_loops(service: Service) -> Iterator[Violation]:
    """Find statements that run once per item (N+1 queries), through functions of any depth."""
    facts = service.facts
    for code in facts.graph.codes("app"):
        if code.source.layer == "core":
            continue
        for edge in facts.graph.edges_from(code):
            if _is_in_loop(facts, code, edge.site) and _uses_database(facts, edge):
                name = ast.unparse(edge.site.func if isinstance(edge.site, ast.Call) else edge.site)
                yield code.source.violation(edge.site, f"`{name}` sends a statement per item")
        yield from _parameters_in_loops(facts, code)


def _uses_database(facts: Facts, edge: Edge) -> bool:
    """Return whether an edge sends a statement in a session that it is given."""
    kinds = {effect.kind for effect in facts.effects.of_edge(edge)}
    source, called = edge.caller.source, getattr(edge.site, "func", edge.site)
    method = facts.resolver.value_behind(source, called) if isinstance(called, ast.Name) else None
    has_session = any(facts.sessions.carried(source, one) for one in (edge.site, method))
    is_here = edge.runs is Runs.HERE and (edge.callee is None or edge.callee.is_coroutine)
    return is_here and has_session and bool(kinds & {"reads", "writes", "enqueues"})


def _parameters_in_loops(facts: Facts, code: Code) -> Iterator[Violation]:
    """Yield the calls, in a loop, of a function that sends a statement and is a parameter."""
    names = {one.arg for one in ast.walk(code.node) if isinstance(one, ast.arg)}
    calls = [one for one in own_nodes(code.node) if isinstance(one, ast.Call)]
    called = [one for one in calls if getattr(one.func, "id", "") in names]
    if not any(_is_in_loop(facts, code, one) for one in called):
        return
    for edge in facts.graph.callers(code):
        passed = edge.site.args if isinstance(edge.site, ast.Call) else []
        given = [other for other in facts.graph.edges_from(edge.caller) if other.site in passed]
        if any(facts.effects.has(other.callee, "reads", "writes") for other in given):
            for call in called:
                if _is_in_loop(facts, code, call):
                    message = f"`{ast.unparse(call.func)}` sends a statement per item"
                    yield code.source.violation(call, message)
            return


def _is_in_loop(facts: Facts, code: Code, site: ast.AST) -> bool:
    """Return whether a call is made once per item; a `while` loop is taken to read pages."""
    source = code.source
    for loop in loops_around(source, site):
        target = (
            loop.target if isinstance(loop, ast.For | ast.AsyncFor) else loop.generators[0].target
        )
        is_part = any(word in ast.unparse(target) for word in PARTS)
        items = iterated(loop)
        is_chunk = isinstance(items, ast.Call) and getattr(items.func, "id", "") == "range"
        if not (
            is_part or is_chunk or is_batches(items) or facts.iteration.is_bounded(source, items)
        ):
            return True
    return any(_takes_items(one) for one in source.parents(site) if isinstance(one, ast.While))


def _takes_items(loop: ast.While) -> bool:
    """Return whether a `while` loop takes one item after the other from a list."""
    calls = (one for one in ast.walk(loop) if isinstance(one, ast.Call))
    return any(method_of(one) in {"pop", "popleft"} for one in calls)


RULES = (
    find_unindexed_filters,
    find_unindexable_filters,
    find_unbounded_reads,
    find_wide_reads,
    find_offset_pagination,
    find_queries_in_loops,
)
