"""Sessions: transactions, read sessions, owners of rows, and writes of whole tables."""

import ast
from collections.abc import Iterable, Iterator

from conventions.call_graph import reachable_sites
from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.models import column_violation, columns_of_models
from conventions.service import Service
from conventions.statements import (
    OWNED,
    READ_SESSIONS,
    SessionFunction,
    argument_values,
    executed_statements,
    is_owned,
    method_of,
    opened_sessions,
    opens_session,
    reachable_session_calls,
    session_functions,
    session_parameters,
)

ABOVE_CORE = ("app/accounts", "app/features", "app/integrations")
WRITE_METHODS = {"add", "add_all", "delete", "flush", "merge"}
TRANSACTION_METHODS = {"begin", "commit", "rollback"}
ENGINES = {
    f"sqlalchemy.ext.asyncio.{name}"
    for name in ("AsyncSession", "async_sessionmaker", "create_async_engine")
}


@rule("commit-in-service")
def find_commits_in_services(service: Service) -> Iterator[Violation]:
    """Find functions that end a transaction they did not begin."""
    for each in session_functions(service, *ABOVE_CORE):
        for call in each.session_calls():
            if method_of(call) in TRANSACTION_METHODS:
                is_commit, flush = method_of(call) == "commit", f"{each.session}.flush"
                patch = each.source.replacing(call.func, flush) if is_commit else None
                message = f"`{each.function.name}` did not begin this transaction"
                yield each.source.violation(call, message, patch=patch)


@rule("session-by-hand")
def find_sessions_by_hand(service: Service) -> Iterator[Violation]:
    """Find sessions that are opened or kept besides the session of the request."""
    endpoints = {endpoint.node for endpoint in service.routes}
    steps = (step for endpoint in service.routes for step in reachable_sites(service, endpoint))
    in_requests = {step.node for step in steps if step.source.layer == "features"}
    for source in service.sources.under(*ABOVE_CORE):
        for call in source.calls():
            function = source.enclosing_function(call)
            if function in endpoints:
                continue  # see session-not-injected
            is_second = (
                function is None or session_parameters(source, function) or call in in_requests
            )
            if source.name_of(call.func) in ENGINES:
                yield source.violation(call, "creates a second engine or session factory")
            elif is_second and opens_session(source, call):
                yield source.violation(call, "opens a session besides that of the request")
        for node in source.nodes(ast.Assign):
            function = source.enclosing_function(node)
            sessions = session_parameters(source, function) if function else {}
            if isinstance(node.targets[0], ast.Attribute) and ast.unparse(node.value) in sessions:
                yield source.violation(node, "keeps a session beyond its request")


@rule("write-in-read-session")
def find_writes_in_read_sessions(service: Service) -> Iterator[Violation]:
    """Find routes with a read session that reach a write."""
    for endpoint in service.routes:
        source, argument_values = endpoint.source, endpoint.node.args
        writes = any(_writes(service, call) for call in reachable_session_calls(service, endpoint))
        for argument in (*argument_values.args, *argument_values.kwonlyargs) if writes else ():
            kind = argument.annotation
            if kind and (full := source.name_of(kind)) in READ_SESSIONS:
                module, _, other = full.replace("Read", "").rpartition(".")
                needed = f"from {module} import {other}"
                patch = source.replacing(kind, other, needs_import=needed)
                message = f"`{endpoint.name}` writes; use `{other}`"
                yield source.violation(argument, message, patch=patch)


def _writes(service: Service, call: ast.Call) -> bool:
    statement = executed_statements(service).get(call)
    changes = method_of(call) in WRITE_METHODS
    return changes or (statement is not None and statement.kind not in {"select", "get"})


@rule("missing-owner-filter")
def find_missing_owner_filters(service: Service) -> Iterator[Violation]:
    """Find statements on owned rows without an owner, or for all owners."""
    for endpoint in service.routes:
        dependencies = " ".join(getattr(call, "__qualname__", "") for call in endpoint.dependencies)
        if "get_own_" not in dependencies:
            for_user = "get_current_user" in dependencies and "require_role" not in dependencies
            yield from _unowned(
                service, reachable_session_calls(service, endpoint), for_user=for_user
            )
    for source in service.sources.under("app"):
        for function in source.functions():
            for session in opened_sessions(source, function):
                calls = SessionFunction(source, function, session).session_calls()
                yield from _unowned(service, calls, for_user=False)


def _unowned(service: Service, calls: Iterable[ast.Call], *, for_user: bool) -> Iterator[Violation]:
    for statement in filter(None, map(executed_statements(service).get, calls)):
        owned = [model.class_ for model in statement.models if is_owned(model.class_)]
        options = (getattr(option, "func", option) for option in statement.arguments_of("options"))
        option_names = {statement.source.name_of(option) for option in options}
        named = {column.name for _, column in statement.conditions() or []}
        if not owned or f"{OWNED}.owned_by" in option_names:
            continue
        node, name = statement.chain[0], owned[0].__name__
        if f"{OWNED}.ALL_OWNERS" not in option_names:
            yield statement.source.violation(node, f"the owner of {name} is not specified")
        elif for_user and "owner_id" not in named:
            yield statement.source.violation(node, f"users reach the {name} rows of all users")


@rule("unowned-model")
def find_unowned_models(service: Service) -> Iterator[Violation]:
    """Find models that are deleted with their user but are not Owned.

    A model whose primary key is its user has one row for each, which is found by the user alone.
    """
    for model, name, column in columns_of_models(service):
        source = service.source_of(model.class_)
        if source and source.layer != "accounts" and not is_owned(model.class_):
            keys = {(key.target_fullname, key.ondelete) for key in column.foreign_keys}
            is_key_alone = [*column.table.primary_key] == [column]
            if ("users.id", "CASCADE") in keys and not (column.nullable or is_key_alone):
                yield column_violation(
                    service, model, name, "refers to the owner, but the model is not Owned"
                )


@rule("write-without-where")
def find_writes_without_where(service: Service) -> Iterator[Violation]:
    """Find updates and deletes of a whole table."""
    for call, statement in executed_statements(service).items():
        of_all = len(argument_values(call)) == 1 and not statement.calls("where", "filter_by")
        if of_all and statement.kind in {"update", "delete"}:
            yield statement.source.violation(
                statement.chain[0], f"{statement.kind}s every row of the table"
            )


RULES = (
    find_commits_in_services,
    find_sessions_by_hand,
    find_writes_in_read_sessions,
    find_missing_owner_filters,
    find_unowned_models,
    find_writes_without_where,
)
