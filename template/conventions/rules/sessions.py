"""Sessions: transactions, read sessions, owners of rows, and writes of whole tables."""

import ast
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Column

from conventions.facts.bindings import How
from conventions.facts.calling import own_nodes
from conventions.facts.facts import Facts
from conventions.facts.graph import Runs
from conventions.facts.members import attributes_set
from conventions.facts.statements import argument_values
from conventions.facts.symbols import Kind
from conventions.facts.taint import Identifiers
from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.models import column_violation, columns_of_models, index_columns
from conventions.service import Service
from conventions.source import Source
from conventions.statements import Statement, executed_statements, is_owned, session_edges
from conventions.vocabulary import OWNED, OWNER_SESSION, READ_ALIASES

ABOVE_CORE = ("app/accounts", "app/features", "app/integrations")
_ENGINES = {
    f"sqlalchemy.ext.asyncio.{name}"
    for name in ("AsyncSession", "async_sessionmaker", "create_async_engine")
}
_CACHES = {"functools.cache", "functools.lru_cache"}


@rule("commit-in-service")
def find_commits_in_services(service: Service) -> Iterator[Violation]:
    """Find functions that end a transaction they did not begin."""
    facts = service.facts
    for source in service.sources.under(*ABOVE_CORE):
        for call in source.calls():
            if "commits" not in facts.effects.words_of(facts.names(source, call.func)):
                continue
            method = _method_behind(facts, source, call.func)
            if isinstance(method, ast.Attribute) and not _is_opened_here(
                facts, source, method.value
            ):
                function = source.enclosing_function(call)
                name = f"`{function.name}`" if function else "The module"
                yield source.violation(call, f"{name} did not begin this transaction")


def _method_behind(facts: Facts, source: Source, node: ast.expr) -> ast.expr:
    """Return the method that a variable holds, as in `finish = session.commit`."""
    if isinstance(node, ast.Name):
        for binding in facts.resolver.bindings(source).reaching(node, node.id):
            if isinstance(binding.value, ast.Attribute):
                return binding.value
    return node


def _is_opened_here(facts: Facts, source: Source, session: ast.expr) -> bool:
    """Return whether the function, or the class, opened a session or a transaction itself."""
    if isinstance(session, ast.Call):
        return facts.sessions.opens(source, session)
    if isinstance(session, ast.Name):
        bindings = facts.resolver.bindings(source).reaching(session, session.id)
        return bool(bindings) and all(
            binding.value is not None
            and (binding.how is How.ENTERED or facts.sessions.opens(source, binding.value))
            for binding in bindings
        )
    owner = source.enclosing_class(session)
    if isinstance(session, ast.Attribute) and owner:
        kept = attributes_set(source, owner).get(session.attr, [])
        opened = (one.value for one in kept if one.value is not None)
        return any(_opens(facts, source, one) for one in opened)
    return False


def _opens(facts: Facts, source: Source, node: ast.expr) -> bool:
    return any(facts.sessions.opens(source, part) for part in ast.walk(node))


@rule("session-by-hand")
def find_sessions_by_hand(service: Service) -> Iterator[Violation]:
    """Find sessions that are opened or kept besides the session of the request."""
    facts = service.facts
    endpoints = {endpoint.node for endpoint in service.routes}
    in_requests = _reached_by_requests(service)
    for source in service.sources.under(*ABOVE_CORE):
        for call in source.calls():
            function = source.enclosing_function(call)
            if function in endpoints:
                continue  # see session-not-injected
            if _makes_engine(facts, source, call):
                yield source.violation(call, "creates a second engine or session factory")
            elif facts.sessions.opens(source, call) and (
                call in in_requests or _is_second(facts, source, call)
            ):
                yield source.violation(call, "opens a session besides that of the request")
        yield from _kept_sessions(facts, source)


def _makes_engine(facts: Facts, source: Source, call: ast.Call) -> bool:
    """Return whether a call makes an engine, a session class or a factory, not a session of it."""
    found = facts.resolver.resolve_all(source, call.func)
    makers = [one for one in found if one.kind in {Kind.CLASS, Kind.FUNCTION}]
    return any(one.receiver is None and _ENGINES.intersection(one.names) for one in makers)


def _reached_by_requests(service: Service) -> set[ast.AST]:
    facts = service.facts
    reached: set[ast.AST] = set()
    for endpoint in service.routes:
        start = facts.code(endpoint.source, endpoint.node)
        edges = facts.graph.reachable(
            start, except_runs=frozenset({Runs.JOB, Runs.LATER, Runs.TASK})
        )
        reached |= {e.site for e in edges if e.caller.source.layer == "features"}
    return reached


def _is_second(facts: Facts, source: Source, call: ast.Call) -> bool:
    """Return whether a function that has a session opens another; a stream needs its own."""
    function = source.enclosing_function(call)
    if function is None:
        return True
    if any(isinstance(node, ast.Yield) for node in own_nodes(function)):
        return False
    parameters = [one for one in ast.walk(function.args) if isinstance(one, ast.arg)]
    return any(
        facts.sessions.is_session_symbol(symbol)
        for parameter in parameters
        for symbol in facts.resolver.instances(source, parameter.annotation)
    )


def _kept_sessions(facts: Facts, source: Source) -> Iterator[Violation]:
    """Yield the places that keep a session longer than a request."""
    for node in source.nodes(ast.Assign, ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if not isinstance(target, ast.Attribute) or node.value is None:
            continue
        function = source.enclosing_function(node)
        is_initial = function is not None and function.name in {
            "__init__",
            "__aenter__",
            "__post_init__",
        }
        is_own = getattr(target.value, "id", "") == "self"
        is_session = facts.sessions.is_session(source, node.value) or _opens(
            facts, source, node.value
        )
        is_opened = (
            function is not None
            and function.name == "__init__"
            and _opens(facts, source, node.value)
        )
        if is_session and (not (is_own and is_initial) or is_opened):
            yield source.violation(node, "keeps a session beyond its request")
    for function in source.functions():
        marks = [name for mark in function.decorator_list for name in _names(facts, source, mark)]
        if _CACHES & set(marks):
            for node in own_nodes(function):
                if (
                    isinstance(node, ast.Return)
                    and node.value
                    and _opens(facts, source, node.value)
                ):
                    yield source.violation(node, "keeps a session beyond its request")


def _names(facts: Facts, source: Source, mark: ast.expr) -> frozenset[str]:
    return facts.names(source, mark.func if isinstance(mark, ast.Call) else mark)


@rule("write-in-read-session")
def find_writes_in_read_sessions(service: Service) -> Iterator[Violation]:
    """Find routes with a read session that reach a write."""
    facts = service.facts
    for endpoint in service.routes:
        source, arguments = endpoint.source, endpoint.node.args
        kinds = {
            effect.kind
            for edge in session_edges(service, endpoint)
            for effect in facts.effects.own_effects(edge)
        }
        for argument in (*arguments.args, *arguments.kwonlyargs):
            read = facts.names(source, argument.annotation) & READ_ALIASES
            if read and argument.annotation and kinds & {"adds", "writes"}:
                module, _, other = min(read).replace("Read", "").rpartition(".")
                needed = f"from {module} import {other}"
                patch = source.replacing(argument.annotation, other, needs_import=needed)
                message = f"`{endpoint.name}` writes; use `{other}`"
                yield source.violation(argument, message, patch=patch)


@rule("missing-owner-filter")
def find_missing_owner_filters(service: Service) -> Iterator[Violation]:
    """Find statements on owned rows without an owner, or for all owners."""
    for endpoint in service.routes:
        dependencies = " ".join(getattr(call, "__qualname__", "") for call in endpoint.dependencies)
        if "get_own_" not in dependencies:
            for_user = "get_current_user" in dependencies and "require_role" not in dependencies
            calls = [edge.site for edge in session_edges(service, endpoint)]
            yield from _unowned(service, calls, for_user=for_user)
    facts = service.facts
    for source in service.sources.under("app"):
        calls = [call for call in source.calls() if isinstance(call.func, ast.Attribute)]
        opened = [c for c in calls if _is_own_session(facts, source, c.func.value)]  # pyrefly: ignore
        yield from _unowned(service, opened, for_user=False)


def _is_own_session(facts: Facts, source: Source, node: ast.expr) -> bool:
    if not isinstance(node, ast.Name):
        return False
    bindings = facts.resolver.bindings(source).reaching(node, node.id)
    entered = [one.value for one in bindings if one.how is How.ENTERED and one.value is not None]
    return any(facts.sessions.opens(source, value) for value in entered)


def _unowned(service: Service, calls: Iterable[ast.AST], *, for_user: bool) -> Iterator[Violation]:
    facts, statements = service.facts, executed_statements(service)
    found = (statements.get(call) for call in calls if isinstance(call, ast.Call))
    for statement in filter(None, found):
        receiver = getattr(statement.receiver.func, "value", None)
        if OWNER_SESSION in facts.names(statement.source, receiver):
            continue
        owned = [model.class_ for model in statement.models if is_owned(model.class_)]
        options: set[str] = set()
        for source, option in statement.arguments_of("options"):
            options |= facts.names(source, getattr(option, "func", option))
        is_of_all = f"{OWNED}.ALL_OWNERS" in options
        if not (owned or is_of_all) or f"{OWNED}.owned_by" in options:
            continue
        name = owned[0].__name__ if owned else "these"
        if not is_of_all:
            yield _violation_at(statement, f"the owner of {name} is not specified")
        elif for_user and not _names_owner(statement) and _is_chosen(service, statement):
            yield _violation_at(statement, f"users reach the {name} rows of all users")


def _violation_at(statement: Statement, message: str) -> Violation:
    """Return a violation where the statement begins, unless that is a function for many."""
    source, first = statement.source, statement.steps[0]
    function = source.enclosing_function(statement.receiver)
    is_here = first.source is source and source.enclosing_function(first.call) is function
    return source.violation(first.call if is_here else statement.receiver, message)


def _names_owner(statement: Statement) -> bool:
    arguments = statement.arguments_of("where", "filter", "filter_by")
    return any("owner_id" in ast.unparse(one) for _, one in arguments)


def _is_chosen(service: Service, statement: Statement) -> bool:
    """Return whether a client chooses the rows: not if their keys are those of rows read before."""
    keys = [node for node, column in statement.conditions() or [] if column.primary_key]
    identifiers = Identifiers(service.facts.graph)
    for key in keys:
        source = next(one for one in service.sources if one.parent(key) is not None)
        compared = source.parent(key)
        others = compared.comparators if isinstance(compared, ast.Compare) else []
        if others and not any(identifiers.origin(source, one) for one in others):
            return False
    return True


@rule("unowned-model")
def find_unowned_models(service: Service) -> Iterator[Violation]:
    """Find models that are deleted with their user but are not Owned.

    A model whose primary key is its user has one row for each, which is found by the user alone.
    A row that links the user to a row of another table, as a member to a group, belongs to both.
    """
    for model, name, column in columns_of_models(service):
        source = service.source_of(model.class_)
        if source and source.layer != "accounts" and not is_owned(model.class_):
            keys = {(key.target_fullname, key.ondelete) for key in column.foreign_keys}
            is_known = column.nullable or [*column.table.primary_key] == [column]
            if ("users.id", "CASCADE") in keys and not (is_known or _links_to_another(column)):
                yield column_violation(
                    service, model, name, "refers to the owner, but the model is not Owned"
                )


def _links_to_another(column: Column[Any]) -> bool:
    """Return whether a row is identified by its user together with a row of another table."""
    for key in index_columns(column.table):
        targets = {one.column.table for part in key for one in part.foreign_keys}
        if column in key and all(part.foreign_keys for part in key) and len(targets) > 1:
            return True
    return False


@rule("write-without-where")
def find_writes_without_where(service: Service) -> Iterator[Violation]:
    """Find updates and deletes of a whole table."""
    for call, statement in executed_statements(service).items():
        of_all = len(argument_values(call)) == 1 and not statement.calls("where", "filter_by")
        if of_all and statement.models and statement.kind in {"update", "delete"}:
            first = statement.steps[0]
            yield first.source.violation(first.call, f"{statement.kind}s every row of the table")


RULES = (
    find_commits_in_services,
    find_sessions_by_hand,
    find_writes_in_read_sessions,
    find_missing_owner_filters,
    find_unowned_models,
    find_writes_without_where,
)
