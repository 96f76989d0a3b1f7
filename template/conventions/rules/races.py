"""Races: changes that depend on a value read before, without a lock, a version or one statement."""

import ast
import re
from collections.abc import Iterator

from typing_extensions import override

from conventions.facts.calling import own_nodes
from conventions.facts.facts import Facts
from conventions.facts.graph import Code, Edge, Runs
from conventions.facts.members import getter
from conventions.facts.statements import argument_values, method_of
from conventions.facts.symbols import Symbol
from conventions.facts.trace import Trace
from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.locks import changes_of, is_new, is_protected, rows_behind
from conventions.service import Service
from conventions.source import Source
from conventions.statements import Statement, executed_statements, models_by_name

_STATES = re.compile(r"(.*_)?(state|status|phase|stage)")
_FOLDERS = ("app/features",)
_DEPTH = 3

Columns = set[tuple[str, str]]
"""Columns: the name of the model, and the attribute."""


class _Reads(Trace):
    """Values of one column, or of a key that processes share, that were read."""

    def __init__(
        self, service: Service, column: tuple[str, str] | None, row: ast.expr | None
    ) -> None:
        super().__init__(service.facts.graph)
        self._service = service
        self._column = column
        self._row = row

    @override
    def starts_at(self, source: Source, node: ast.expr) -> str:
        match node:
            case ast.Attribute() if self._column and node.attr == self._column[1]:
                is_same = self._row is None or self._is_row(source, node.value)
                return ast.unparse(node) if is_same and self._is_of_model(source, node) else ""
            case ast.Call():
                calls = [one for one in ast.walk(node.func) if isinstance(one, ast.Call)]
                read = {c for one in [node, *calls] for c in _columns_read(self._service, one)}
                names = self.resolver.names(source, node.func)
                is_shared = "reads-shared" in self._service.facts.effects.words_of(names)
                is_read = self._column in read if self._column else is_shared
                return ast.unparse(node) if is_read else ""
        return ""

    def _is_row(self, source: Source, node: ast.expr) -> bool:
        """Return whether a row is the one that is changed; in another function, any may be."""
        here = source.enclosing_function(self._row) if self._row else None
        is_elsewhere = source.enclosing_function(node) is not here
        return is_elsewhere or (
            self._row is not None and ast.unparse(node) == ast.unparse(self._row)
        )

    def _is_of_model(self, source: Source, node: ast.Attribute) -> bool:
        owners = self.resolver.resolve_all(source, node.value)
        return any(one.is_object and self._column and one.name == self._column[0] for one in owners)

    @override
    def stops_at(self, source: Source, node: ast.expr) -> bool:
        return False

    @override
    def starts_at_parameter(
        self, source: Source, parameter: ast.arg, *, is_called: bool
    ) -> str | None:
        return "" if self._row is not None else None


class _Computed(Trace):
    """Values that are computed of those of another trace: sums, differences, joined texts."""

    def __init__(self, facts: Facts, reads: _Reads) -> None:
        super().__init__(facts.graph)
        self._reads = reads

    @override
    def starts_at(self, source: Source, node: ast.expr) -> str:
        operands = [node.left, node.right] if isinstance(node, ast.BinOp) else []
        return next(filter(None, (self._reads.origin(source, one) for one in operands)), "")

    @override
    def stops_at(self, source: Source, node: ast.expr) -> bool:
        return False


def _columns_read(service: Service, call: ast.Call) -> Columns:
    """Return the columns that a query selects."""
    statement = executed_statements(service).get(call)
    if statement is None or statement.kind != "select":
        return set()
    first = statement.steps[0].call
    nodes = {part for one in first.args for part in ast.walk(one)}
    return {
        (_name(column.table, service), column.key)
        for node, column in statement.columns()
        if node in nodes
    }


def _name(table: object, service: Service) -> str:
    models = models_by_name(service)
    return next((name for name, one in models.items() if one.local_table is table), "")


@rule("read-modify-write")
def find_read_modify_writes(service: Service) -> Iterator[Violation]:
    """Find columns that are set to a value computed of one that was read, without a lock."""
    facts = service.facts
    for code in facts.graph.codes(*_FOLDERS):
        for row, attribute, value, node in changes_of(code.node):
            for kind in rows_behind(facts, code.source, row)[:1]:
                reads = _Reads(service, (kind.name, attribute), row)
                is_added = isinstance(node, ast.AugAssign)
                if is_new(facts, code.source, row) or is_protected(service, code, kind.name):
                    continue
                if is_added or reads.origin(code.source, value):
                    text = f"{ast.unparse(row)}.{attribute}"
                    yield code.source.violation(node, f"`{text}` is computed of what was read")
    yield from _computed_writes(service)


def _computed_writes(service: Service) -> Iterator[Violation]:
    """Yield the statements and commands that store a value computed of one that was read."""
    facts = service.facts
    stored = [
        (one.source, one.receiver, value, column)
        for one in executed_statements(service).values()
        for column, value in _stored_values(one)
    ]
    for source, call, names in facts.calls(*_FOLDERS):
        if "writes-shared" in facts.effects.words_of(names):
            stored += [(source, call, value, None) for value in argument_values(call)]
    for source, call, value, column in stored:
        computed = _Computed(facts, _Reads(service, column, None))
        if computed.origin(source, value):
            home, place = computed.place or (source, call)
            code = facts.graph.code_around(home, place)
            if code and not is_protected(service, code, column[0] if column else ""):
                yield home.violation(place, "stores what is computed of a value that was read")


def _stored_values(
    statement: Statement,
) -> Iterator[tuple[tuple[str, str], ast.expr]]:
    """Yield the values that an update or an insert stores, with their columns."""
    models = statement.models if statement.kind in {"update", "insert"} else []
    keys = [one.key for one in models[0].columns] if models else []
    name = f"{models[0].class_.__module__}.{models[0].class_.__qualname__}" if models else ""
    for step in statement.steps[1:]:
        for keyword in step.call.keywords if step.method == "values" else ():
            for key in [keyword.arg] if keyword.arg else keys:
                yield (name, key), keyword.value


@rule("unlocked-state-change")
def find_unlocked_state_changes(service: Service) -> Iterator[Violation]:
    """Find states that are checked and then changed, without a lock or a condition."""
    facts = service.facts
    for code in facts.graph.codes(*_FOLDERS):
        tests = _columns_tested(service, code)
        for node in own_nodes(code.node) if tests else ():
            changed = _columns_changed(service, code.source, node, depth=_DEPTH)
            both = tests & changed
            models = {model for model, _ in both}
            states = {(m, a) for m, a in tests | changed if m in models and _STATES.fullmatch(a)}
            if both and states and not is_protected(service, code, min(both)[0]):
                name = min(both & states or both)[1]
                yield code.source.violation(node, f"`{name}` is checked, then changed")


def _columns_tested(service: Service, code: Code) -> Columns:
    """Return the columns of rows that conditions in code depend on, and states in queries."""
    found: Columns = set()
    for node in own_nodes(code.node):
        match node:
            case ast.If(test=test) | ast.IfExp(test=test) | ast.Match(subject=test):
                found |= _columns_in(service, code.source, test, depth=_DEPTH)
            case ast.MatchClass(cls=kind, kwd_attrs=names):
                symbols = service.facts.resolver.resolve_all(code.source, kind)
                found |= {(one.name, name) for one in symbols for name in names}
            case ast.Call():
                statement = executed_statements(service).get(node)
                conditions = statement.conditions() if statement else None
                found |= {
                    (_name(column.table, service), column.key)
                    for _, column in conditions or []
                    if _STATES.fullmatch(column.key) and statement and statement.kind == "select"
                }
    return found


def _columns_in(service: Service, source: Source, node: ast.AST, *, depth: int) -> Columns:
    """Return the columns of rows that an expression reads, through properties and methods too."""
    facts, found = service.facts, Columns()
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute):
            for owner in facts.resolver.resolve_all(source, part.value):
                found |= (
                    {(owner.name, part.attr)} if owner.name in models_by_name(service) else set()
                )
                read = getter(owner.node, part.attr) if owner.node else None
                if read and owner.source and depth:
                    found |= _columns_in(service, owner.source, read, depth=depth - 1)
        elif isinstance(part, ast.Name):
            value = facts.resolver.value_behind(source, part)
            calls = ast.walk(value) if isinstance(value, ast.Await) else ()
            found |= {
                c for one in calls if isinstance(one, ast.Call) for c in _columns_read(service, one)
            }
    return found


def _columns_changed(service: Service, source: Source, node: ast.AST, *, depth: int) -> Columns:
    """Return the columns that a statement changes in rows that are not new."""
    facts, found = service.facts, Columns()
    for row, attribute, _, _ in changes_of(node, own=False):
        if not is_new(facts, source, row):
            found |= {(kind.name, attribute) for kind in rows_behind(facts, source, row)}
    if isinstance(node, ast.Call):
        statement = executed_statements(service).get(node)
        if statement and statement.kind == "update":
            named = {column.key for _, column in statement.conditions() or []}
            found |= {
                column for column in _columns_set(service, statement) if column[1] not in named
            }
        for callee in _methods(facts, source, node) if depth else ():
            for part in own_nodes(callee.node):  # pyrefly: ignore[bad-argument-type] code has a node
                found |= _columns_changed(service, callee.source, part, depth=depth - 1)  # pyrefly: ignore[bad-argument-type] as above
    return found


def _columns_set(service: Service, statement: Statement) -> Columns:
    """Return the columns that an update sets, by keyword or in a dict."""
    arguments = {part for _, one in statement.arguments_of("values") for part in ast.walk(one)}
    by_key = {
        (_name(column.table, service), column.key)
        for node, column in statement.columns()
        if node in arguments
    }
    return by_key | {column for column, _ in _stored_values(statement)}


def _methods(facts: Facts, source: Source, call: ast.Call) -> list[Symbol]:
    """Return the methods of the service that a call runs at once."""
    found = facts.resolver.resolve_all(source, call.func)
    return [
        one
        for one in found
        if one.source and one.receiver and isinstance(one.node, ast.FunctionDef)
    ]


@rule("check-then-insert")
def find_checks_before_inserts(service: Service) -> Iterator[Violation]:
    """Find rows that are inserted after a look that they are absent."""
    facts = service.facts
    for code in facts.graph.codes(*_FOLDERS):
        looked: set[str] = set()
        for edge in facts.ordered_edges(code):
            if edge.runs is not Runs.HERE or isinstance(code.node, ast.Lambda):
                continue
            again = looked & _inserted(service, edge) if looked else set()
            if (
                again
                and _has_test_before(code, edge)
                and not is_protected(service, code, min(again))
            ):
                name = min(again).rpartition(".")[2]
                yield code.source.violation(edge.site, f"`{name}` is inserted after a look")
                break
            looked |= _read_models(service, edge)


def _has_test_before(code: Code, edge: Edge) -> bool:
    """Return whether what was read decides: a condition, an error, or a difference of sets."""
    nodes = [one for one in own_nodes(code.node) if getattr(one, "lineno", 0) <= edge.site.lineno]
    tests = (ast.If, ast.Match, ast.IfExp, ast.ExceptHandler)
    is_difference = any(
        isinstance(one, ast.Sub) or getattr(one, "attr", "") == "difference"
        for node in nodes
        for one in ast.walk(node)
    )
    return is_difference or any(isinstance(one, tests) for one in nodes)


def _statements_of(service: Service, edge: Edge) -> list[tuple[Source, ast.Call]]:
    """Return the calls with a session that an edge leads to, through functions of the feature."""
    found = [(edge.caller.source, edge.site)] if isinstance(edge.site, ast.Call) else []
    reached = service.facts.graph.reachable(edge.callee)[:40] if edge.callee else []
    return found + [
        (inner.caller.source, inner.site)
        for inner in reached
        if isinstance(inner.site, ast.Call) and inner.caller.source.layer == "features"
    ]


def _read_models(service: Service, edge: Edge) -> set[str]:
    statements = executed_statements(service)
    found = (statements.get(call) for _, call in _statements_of(service, edge))
    return {name for one in found if one and one.kind == "select" for name in one.model_names}


def _inserted(service: Service, edge: Edge) -> set[str]:
    """Return the models of which an edge adds rows, unless a conflict is expected."""
    facts, names = service.facts, set[str]()
    for source, call in _statements_of(service, edge):
        if method_of(call) in {"add", "add_all"} and facts.sessions.carried(source, call.func):
            found = [one for each in call.args for one in facts.resolver.resolve_all(source, each)]
            kinds = [*found, *(inner for one in found for inner in one.args)]
            names |= {one.name for one in kinds if one.name in models_by_name(service)}
        statement = executed_statements(service).get(call)
        is_insert = statement is not None and statement.kind == "insert"
        conflicts = "on_conflict_do_nothing", "on_conflict_do_update"
        if statement and is_insert and not statement.calls(*conflicts):
            names |= set(statement.model_names[:1])
    return names


RULES = (find_read_modify_writes, find_unlocked_state_changes, find_checks_before_inserts)
