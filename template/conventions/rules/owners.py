"""Owners of rows: statements without one, and models that are deleted with their user."""

import ast
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Column

from conventions.facts.bindings import How
from conventions.facts.facts import Facts
from conventions.facts.taint import Identifiers
from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.models import column_violation, columns_of_models, index_columns
from conventions.service import Service
from conventions.source import Source
from conventions.statements import Statement, executed_statements, is_owned, session_edges
from conventions.vocabulary import OWNED, OWNER_SESSION


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
        opened = [c for c in calls if _is_own_session(facts, source, c.func.value)]  # pyrefly: ignore[missing-attribute] attributes alone
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
        owned = [model.class_ for model in statement.models if is_owned(model.class_)]
        options: set[str] = set()
        for source, option in statement.arguments_of("options"):
            options |= facts.names(source, getattr(option, "func", option))
        is_of_all = f"{OWNED}.ALL_OWNERS" in options
        if (
            not (owned or is_of_all)
            or f"{OWNED}.owned_by" in options
            or _has_owner(facts, statement)
        ):
            continue
        name = owned[0].__name__ if owned else "these"
        if not is_of_all:
            yield _violation_at(statement, f"the owner of {name} is not specified")
        elif for_user and not _names_owner(statement) and _is_chosen(service, statement):
            yield _violation_at(statement, f"users reach the {name} rows of all users")


def _has_owner(facts: Facts, statement: Statement) -> bool:
    """Return whether a statement is executed by a session that is limited to one owner."""
    session = getattr(statement.receiver.func, "value", None)
    found = facts.resolver.resolve_all(statement.source, session)
    return any(facts.resolver.is_subclass(one, OWNER_SESSION) for one in found)


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


RULES = (find_missing_owner_filters, find_unowned_models)
