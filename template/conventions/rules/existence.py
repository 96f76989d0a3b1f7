"""Single rows: keys that are taken to be unique, and rows that are read for their existence."""

import ast
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column
from sqlalchemy.orm import Mapper

from conventions.facts.bindings import How
from conventions.facts.calling import own_nodes
from conventions.facts.statements import method_of
from conventions.facts.symbols import Kind
from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.models import column_violation, index_columns
from conventions.service import Service
from conventions.source import Source
from conventions.statements import Statement, executed_statements, is_owned

_AT_MOST_ONE = {"one", "one_or_none", "scalar_one", "scalar_one_or_none"}
_CHANGING = ("limit", "fetch", "join", "outerjoin", "group_by", "distinct", "union", "select_from")
_LISTS = {"all", "fetchall", "partitions"}
_VIEWS = {"scalars", "unique", "mappings", "tuples"}
_COUNTS = {"sqlalchemy.func.count", "sqlalchemy.sql.functions.count"}


@rule("missing-unique-constraint")
def find_missing_unique_constraints(service: Service) -> Iterator[Violation]:
    """Find columns by which code reads one row, although several may have the same values."""
    reported: set[tuple[Mapper[Any], frozenset[str]]] = set()
    for call, statement in executed_statements(service).items():
        found = _identified(service, statement) if _takes_one(statement.source, call) else None
        if found and found not in reported:
            reported.add(found)
            model, names = found
            place = next(iter(names)) if len(names) == 1 else "__table_args__"
            problem = f"identifies a row by {', '.join(sorted(names))}, which is not unique"
            yield column_violation(service, model, place, problem)


def _takes_one(source: Source, call: ast.Call) -> bool:
    """Return whether an error is raised if a statement finds two rows."""
    return not _AT_MOST_ONE.isdisjoint(methods_after(source, call))


def methods_after(source: Source, call: ast.Call) -> set[str]:
    """Return the methods that are called on a result, directly or through a variable."""
    chains = [call, *_uses(source, call)]
    found: set[str] = set()
    for node in chains:
        child: ast.AST = node
        for parent in source.parents(node):
            if isinstance(parent, ast.Attribute) and parent.value is child:
                found.add(parent.attr)
            elif not (isinstance(parent, ast.Await) or getattr(parent, "func", None) is child):
                break
            child = parent
    return found


def _uses(source: Source, call: ast.Call) -> list[ast.Name]:
    """Return the places that use the variable to which the result of a call is assigned."""
    holder = next((one for one in source.parents(call) if not isinstance(one, ast.Await)), None)
    target = (
        holder.targets[0] if isinstance(holder, ast.Assign) else getattr(holder, "target", None)
    )
    if not isinstance(target, ast.Name):
        return []
    names = ast.walk(source.enclosing_function(call) or source.tree)
    return [
        one
        for one in names
        if isinstance(one, ast.Name) and one.id == target.id and isinstance(one.ctx, ast.Load)
    ]


def _identified(
    service: Service, statement: Statement
) -> tuple[Mapper[Any], frozenset[str]] | None:
    """Return the model of a statement and the columns that it compares, if no key has them."""
    conditions, models = statement.conditions(), set(statement.models)
    if not conditions or len(models) != 1 or statement.calls(*_CHANGING):
        return None
    if statement.kind != "select" or any(map(_is_computed, statement.steps[0].call.args)):
        return None
    model = models.pop()
    is_equality = all(_is_equality(service, node) for node, _ in conditions)
    columns: set[Column[Any]] = {column for _, column in conditions}
    if is_owned(model.class_):
        columns.add(model.columns["owner_id"])
    if not is_equality or any(columns.issuperset(key) for key in _unique_keys(model)):
        return None
    names = {model.get_property_by_column(column).key for _, column in conditions}
    return model, frozenset(names)


def _is_computed(argument: ast.expr) -> bool:
    return any(isinstance(one, ast.Call | ast.Starred) for one in ast.walk(argument))


def _is_equality(service: Service, node: ast.expr) -> bool:
    source = next(one for one in service.sources if one.parent(node) is not None)
    match source.parent(node):
        case ast.Compare(ops=[ast.Eq()], left=left, comparators=[right]):
            return (left is node) != (right is node)
        case ast.keyword():  # of filter_by
            return True
        case ast.Call(func=ast.Attribute(attr="filter_by")):
            return True
    return False


def _unique_keys(model: Mapper[Any]) -> Iterator[tuple[Column[Any], ...]]:
    table: Any = model.local_table
    unique = {tuple(one.columns) for one in table.indexes if not one.unique}
    yield from (key for key in index_columns(table) if key not in unique)
    yield from ((one,) for one in table.columns if one.unique)


@rule("existence-by-rows")
def find_existence_by_rows(service: Service) -> Iterator[Violation]:
    """Find rows that are counted, or read, although only their existence matters."""
    search = _Search(service)
    for source in service.sources.under("app/features", "app/accounts", "app/integrations"):
        for node in source.nodes(ast.Compare, ast.UnaryOp, ast.Call, ast.If, ast.IfExp):
            tested = _tested(node)
            if tested is not None and (kind := search.kind(source, tested)):
                yield source.violation(tested, f"{kind} only to learn whether there are any")


def _tested(node: ast.AST) -> ast.expr | None:
    """Return the expression whose truth, or whose difference to zero, is all that matters."""
    match node:
        case ast.Compare(
            left=left, ops=[operator], comparators=[ast.Constant(value=0 | 1 as limit)]
        ):
            at_zero = ast.Gt | ast.Eq | ast.NotEq | ast.LtE if limit == 0 else ast.GtE | ast.Lt
            return left if isinstance(operator, at_zero) and limit is not True else None
        case ast.UnaryOp(op=ast.Not(), operand=tested):
            return tested
        case ast.Call(func=ast.Name(id="bool" | "any"), args=[tested]):
            return tested
        case ast.If(test=tested) | ast.IfExp(test=tested):
            return tested
    return None


class _Search:
    """Expressions that are the number of rows, or all of them."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._resolver = service.facts.resolver
        self._executed = executed_statements(service)
        self._open: set[ast.AST] = set()

    def kind(self, source: Source, node: ast.expr) -> str:
        """Return `counts rows` or `reads rows` if an expression does; else empty."""
        if node in self._open:
            return ""
        self._open.add(node)
        found = self._kind(source, node)
        self._open.discard(node)
        return found

    def _kind(self, source: Source, node: ast.expr) -> str:
        match node:
            case ast.Await(value=inner) | ast.NamedExpr(value=inner):
                return self.kind(source, inner)
            case ast.BoolOp(op=ast.Or(), values=[inner, ast.Constant(value=0)]):
                return self.kind(source, inner)
            case ast.GeneratorExp(generators=[one]):
                return self._of_rows(source, one.iter)
            case ast.Name():
                return self._of_variable(source, node)
            case ast.Call():
                return self._of_call(source, node)
        return ""

    def _of_variable(self, source: Source, node: ast.Name) -> str:
        """Return the kind of a variable that is used for nothing else."""
        bindings = self._resolver.bindings(source).reaching(node, node.id)
        if len(bindings) != 1 or bindings[0].how is not How.ASSIGNED or bindings[0].path:
            return ""
        scope = source.enclosing_function(node)
        uses = [one for one in ast.walk(scope or node) if getattr(one, "id", "") == node.id]
        value = bindings[0].value
        return self.kind(source, value) if value is not None and len(uses) == 2 else ""  # noqa: PLR2004 - set and read

    def _of_rows(self, source: Source, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            bindings = self._resolver.bindings(source).reaching(node, node.id)
            value = bindings[0].value if len(bindings) == 1 else None
            return self._of_rows(source, value) if value is not None else ""
        if isinstance(node, ast.Await):
            return self._of_rows(source, node.value)
        if isinstance(node, ast.Call) and method_of(node) in _VIEWS and node not in self._executed:
            return self._of_rows(source, node.func.value)  # type: ignore[attr-defined] - a method
        return self._of_execution(node) if isinstance(node, ast.Call) else ""

    def _of_execution(self, call: ast.Call) -> str:
        """Return the kind of a call that sends a statement."""
        statement = self._executed.get(call)
        if statement is None or statement.kind != "select" or statement.calls("group_by", "exists"):
            return ""
        root = statement.steps[0]
        counted = any(
            isinstance(one, ast.Call) and self._service.facts.names(root.source, one.func) & _COUNTS
            for argument in root.call.args
            for one in ast.walk(argument)
        )
        limits = [a for _, a in statement.arguments_of("limit")]
        is_one = any(isinstance(one, ast.Constant) and one.value == 1 for one in limits)
        if counted:
            return "counts rows"
        return "" if is_one or not statement.models else "reads rows"

    def _of_call(self, source: Source, call: ast.Call) -> str:
        if call in self._executed:
            found = self._of_execution(call)
            return found if method_of(call) == "scalar" and found == "counts rows" else ""
        if isinstance(call.func, ast.Name) and call.func.id in {"len", "list"} and call.args:
            return self.kind(source, call.args[0]) or self._of_rows(source, call.args[0])
        if isinstance(call.func, ast.Attribute) and call.func.attr in {*_AT_MOST_ONE, *_LISTS}:
            found = self._of_rows(source, call.func.value)
            is_list = call.func.attr in _LISTS
            return found if is_list == (found == "reads rows") else ""
        return self._of_function(source, call)

    def _of_function(self, source: Source, call: ast.Call) -> str:
        """Return the kind of the results of a function, if all are the same."""
        found = self._resolver.resolve_all(source, call.func)
        if len(found) != 1 or found[0].kind is not Kind.FUNCTION or found[0].source is None:
            return ""
        home, node = found[0].source, found[0].node
        results = [
            self.kind(home, one.value) if one.value else ""
            for one in (own_nodes(node) if node else ())
            if isinstance(one, ast.Return)
        ]
        return results[0] if len(set(results)) == 1 else ""


RULES = (find_missing_unique_constraints, find_existence_by_rows)
