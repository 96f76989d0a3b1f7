"""Races: changes that depend on what was read, without a lock, a version or one statement."""

import ast
import re
from collections.abc import Iterator

from conventions.facts.bindings import How
from conventions.facts.calling import own_nodes
from conventions.facts.facts import Facts
from conventions.facts.graph import Code, Edge, Runs
from conventions.facts.statements import argument_values, method_of
from conventions.facts.symbols import Symbol
from conventions.facts.trace import Trace
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source
from conventions.statements import executed_statements, models_by_name

_ROW = "sqlalchemy.orm.DeclarativeBase"
_LOCKS = re.compile(r"with_for_update|advisory|\block\(|\bLOCK\b|lock_\w+\(")
_VERSIONS = re.compile(r"\bversion|ExpectedVersions|IntegrityError|begin_nested|on_conflict")
_STATES = re.compile(r"(.*_)?(state|status|phase|stage)")
_FOLDERS = ("app/features",)


class _ReadValues(Trace):
    """Values of one attribute of a row, which a change is computed of."""

    def __init__(self, facts: Facts, attribute: str, kind: str) -> None:
        super().__init__(facts.graph)
        self._attribute = attribute
        self._kind = kind

    def starts_at(self, source: Source, node: ast.expr) -> str:
        if isinstance(node, ast.Attribute) and node.attr == self._attribute:
            owners = self.resolver.resolve_all(source, node.value)
            if any(one.is_object and one.name == self._kind for one in owners):
                return ast.unparse(node)
        return ""

    def stops_at(self, source: Source, node: ast.expr) -> bool:  # noqa: ARG002 - of any type
        return False

    def starts_at_parameter(
        self,
        source: Source,
        parameter: ast.arg,
        *,
        is_called: bool,  # noqa: ARG002 - either
    ) -> str | None:
        return ""


@rule("read-modify-write")
def find_read_modify_writes(service: Service) -> Iterator[Violation]:
    """Find columns that are set to a value computed of what was read, without a lock."""
    facts = service.facts
    for code in facts.graph.codes(*_FOLDERS):
        if _VERSIONS.search(ast.unparse(code.node)):
            continue
        for node in own_nodes(code.node):
            for row, attribute, value in _changes(node):
                kinds = _rows(facts, code.source, row)
                if kinds and _depends(facts, code.source, kinds[0], attribute, value, node):
                    if not _is_locked(facts, code.source, row):
                        text = f"{ast.unparse(row)}.{attribute}"
                        yield code.source.violation(node, f"`{text}` is computed of what was read")


def _changes(node: ast.AST) -> Iterator[tuple[ast.expr, str, ast.expr]]:
    """Yield the row, the attribute and the value of each change of an attribute."""
    match node:
        case ast.Assign(targets=[ast.Attribute(value=row, attr=name)], value=value):
            yield row, name, value
        case ast.AugAssign(target=ast.Attribute(value=row, attr=name), value=value):
            yield row, name, value
        case ast.Call(
            func=ast.Name(id="setattr"), args=[row, ast.Constant(value=str(name)), value]
        ):
            yield row, name, value


def _rows(facts: Facts, source: Source, node: ast.expr) -> list[Symbol]:
    found = facts.resolver.resolve_all(source, node)
    return [one for one in found if one.is_object and facts.resolver.is_subclass(one, _ROW)]


def _depends(
    facts: Facts, source: Source, kind: Symbol, attribute: str, value: ast.expr, node: ast.AST
) -> bool:
    if isinstance(node, ast.AugAssign):
        return True
    read = _ReadValues(facts, attribute, kind.name)
    is_copy = isinstance(value, ast.Constant)
    return not is_copy and bool(read.origin(source, value))


def _is_locked(facts: Facts, source: Source, row: ast.expr) -> bool:
    """Return whether a row was read with a lock, or is new; a row of unknown origin counts as such."""
    if not isinstance(row, ast.Name):
        return True
    bindings = facts.resolver.bindings(source).reaching(row, row.id)
    return all(_is_locked_binding(facts, source, one.how, one.node, one.value) for one in bindings)


def _is_locked_binding(
    facts: Facts, source: Source, how: How, node: ast.AST, value: ast.expr | None
) -> bool:
    if how is How.PARAMETER and isinstance(node, ast.arg):
        function = source.enclosing_function(node)
        callers = facts.graph.callers(facts.code(source, function)) if function else []
        given = [(edge.caller.source, _given(edge, node.arg)) for edge in callers]
        known = [(home, one) for home, one in given if one is not None]
        return not known or all(_is_locked_value(facts, home, one) for home, one in known)
    return value is None or _is_locked_value(facts, source, value)


def _given(edge: Edge, name: str) -> ast.expr | None:
    from conventions.facts.calling import arguments_by_parameter

    if edge.callee is None or not isinstance(edge.site, ast.Call):
        return None
    is_method = isinstance(edge.callee.source.parent(edge.callee.node), ast.ClassDef)
    pairs = arguments_by_parameter(edge.callee.node, edge.site, is_method=is_method)
    return next((value for one, value in pairs if one.arg == name), None)


def _is_locked_value(facts: Facts, source: Source, value: ast.expr) -> bool:
    if isinstance(value, ast.Name):
        return _is_locked(facts, source, value)
    if _LOCKS.search(ast.unparse(value)):
        return True
    calls = [one for one in ast.walk(value) if isinstance(one, ast.Call)]
    is_read = False
    for call in calls:
        if any(facts.statements.steps(source, one) for one in argument_values(call)):
            is_read = True
            steps = [
                s for one in argument_values(call) for s in facts.statements.steps(source, one)
            ]
            if any(_LOCKS.search(method_of(step.call)) for step in steps):
                return True
        if method_of(call) in {"get", "get_one"} and facts.sessions.carried(source, call.func):
            is_read = True
        for symbol in facts.resolver.resolve_all(source, call.func):
            if symbol.source and symbol.node and not isinstance(symbol.node, ast.ClassDef):
                code = facts.code(symbol.source, symbol.node)
                is_read |= facts.effects.has(code, "reads")
                reached = [code, *(e.callee for e in facts.graph.reachable(code) if e.callee)]
                if any(_LOCKS.search(ast.unparse(one.node)) for one in reached[:8]):
                    return True
    return not is_read


@rule("unlocked-state-change")
def find_unlocked_state_changes(service: Service) -> Iterator[Violation]:
    """Find states that are checked and then changed, without a lock or a condition."""
    facts = service.facts
    for code in facts.graph.codes(*_FOLDERS):
        text = ast.unparse(code.node)
        if _LOCKS.search(text) or _VERSIONS.search(text):
            continue
        tests = _tests_of_states(code)
        for node in own_nodes(code.node):
            for row, attribute, _ in _changes(node):
                is_tested = f"{ast.unparse(row)}.{attribute}" in tests
                if is_tested and _STATES.fullmatch(attribute) and _rows(facts, code.source, row):
                    if not _is_locked(facts, code.source, row):
                        message = f"`{ast.unparse(row)}.{attribute}` is checked, then changed"
                        yield code.source.violation(node, message)
        if tests:
            yield from _unconditional_updates(service, code)


def _tests_of_states(code: Code) -> set[str]:
    tests: set[str] = set()
    for node in own_nodes(code.node):
        test = node.test if isinstance(node, ast.If | ast.IfExp) else None
        test = node.subject if isinstance(node, ast.Match) else test
        for part in ast.walk(test) if test else ():
            name = getattr(part, "attr", "") or getattr(part, "id", "")
            if isinstance(part, ast.Attribute | ast.Name) and _STATES.fullmatch(name):
                tests.add(ast.unparse(part))
    return tests


def _unconditional_updates(service: Service, code: Code) -> Iterator[Violation]:
    """Yield the updates of a state whose condition does not name it."""
    statements = executed_statements(service)
    for node in own_nodes(code.node):
        statement = statements.get(node) if isinstance(node, ast.Call) else None
        if statement is None or statement.kind != "update":
            continue
        values = [
            k.arg or ""
            for step in statement.steps
            for k in step.call.keywords
            if step.method == "values"
        ]
        states = [name for name in values if _STATES.fullmatch(name)]
        named = {column.key for _, column in statement.conditions() or []}
        if states and states[0] not in named:
            yield code.source.violation(node, f"`{states[0]}` is checked, then changed")


@rule("check-then-insert")
def find_checks_before_inserts(service: Service) -> Iterator[Violation]:
    """Find rows that are inserted after a look that they are absent."""
    facts = service.facts
    for code in facts.graph.codes(*_FOLDERS):
        text = ast.unparse(code.node)
        if _LOCKS.search(text) or _VERSIONS.search(text):
            continue
        looked: set[str] = set()
        tested = False
        for edge in facts.ordered_edges(code):
            if edge.runs is not Runs.HERE:
                continue
            tested = tested or (bool(looked) and _has_test_between(code, edge))
            inserted = _inserted(service, edge)
            if looked & inserted and tested and not isinstance(code.node, ast.Lambda):
                name = min(looked & inserted).rpartition(".")[2]
                yield code.source.violation(edge.site, f"{name} is inserted after a look")
                break
            looked |= _read_models(service, edge)


def _has_test_between(code: Code, edge: Edge) -> bool:
    """Return whether a condition stands before an edge: what was read decides."""
    line = edge.site.lineno
    kinds = (ast.If, ast.Match, ast.IfExp)
    tests = [one for one in own_nodes(code.node) if isinstance(one, kinds)]
    is_difference = "difference(" in ast.unparse(code.node) or " - " in ast.unparse(code.node)
    return any(one.lineno <= line for one in tests) or is_difference


def _statements_of(service: Service, edge: Edge) -> list[tuple[Source, ast.Call]]:
    """Return the calls with a session that an edge leads to, through functions of the feature."""
    found = [(edge.caller.source, edge.site)] if isinstance(edge.site, ast.Call) else []
    if edge.callee is not None:
        for inner in service.facts.graph.reachable(edge.callee)[:40]:
            if isinstance(inner.site, ast.Call) and inner.caller.source.layer == "features":
                found.append((inner.caller.source, inner.site))
    return found


def _read_models(service: Service, edge: Edge) -> set[str]:
    statements = executed_statements(service)
    names: set[str] = set()
    for _, call in _statements_of(service, edge):
        statement = statements.get(call)
        if statement is not None and statement.kind == "select":
            names |= {f"{m.class_.__module__}.{m.class_.__qualname__}" for m in statement.models}
    return names


def _inserted(service: Service, edge: Edge) -> set[str]:
    """Return the models of which an edge adds rows, unless a conflict is expected."""
    facts, models = service.facts, models_by_name(service)
    statements, names = executed_statements(service), set[str]()
    for source, call in _statements_of(service, edge):
        if method_of(call) in {"add", "add_all"} and facts.sessions.carried(source, call.func):
            for argument in call.args:
                found = facts.resolver.resolve_all(source, argument)
                kinds = [*found, *(inner for one in found for inner in one.args)]
                names |= {one.name for one in kinds if one.name in models}
        statement = statements.get(call)
        is_insert = statement is not None and statement.kind == "insert"
        if (
            statement
            and is_insert
            and not statement.calls("on_conflict_do_nothing", "on_conflict_do_update")
        ):
            names |= {
                f"{m.class_.__module__}.{m.class_.__qualname__}" for m in statement.models[:1]
            }
    return names


RULES = (find_read_modify_writes, find_unlocked_state_changes, find_checks_before_inserts)
