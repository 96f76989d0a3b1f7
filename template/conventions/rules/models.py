"""Models: columns, keys, foreign keys, relationships and table names."""

import ast
from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Enum,
    Float,
    ForeignKeyConstraint,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapper

from conventions.findings import Patch, Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source, constants_in
from conventions.statements import models_by_name

UNTYPED = {"sqlalchemy.Column", "sqlalchemy.orm.mapped_column", "sqlalchemy.orm.relationship"}
OTHER_BASES = {"sqlalchemy.orm.DeclarativeBase", "sqlalchemy.orm.declarative_base"}
AMBIGUOUS = {"entries", "events", "files", "items", "keys", "logs", "records", "settings", "tokens"}
IRREGULAR_PLURALS = ("children", "data", "equipment", "history", "media", "news", "people", "usage")
_UNINDEXED = "has no index"


@rule("untyped-model")
def find_untyped_models(service: Service) -> Iterator[Violation]:
    """Find model attributes without `Mapped[…]`, and declarative bases besides `Base`."""
    facts = service.facts
    for source in service.sources.under("app"):
        for node in source.nodes(ast.Assign):
            names, owner = (
                facts.names(source, getattr(node.value, "func", node)),
                source.parent(node),
            )
            if names & UNTYPED and isinstance(owner, ast.ClassDef):
                name = f"{owner.name}.{ast.unparse(node.targets[0])}"
                yield source.violation(node, f"`{name}` has no `Mapped[…]` type")
        for name in source.nodes(ast.Name, ast.Attribute):
            used = isinstance(source.parent(name), ast.ClassDef | ast.Call)
            if used and source.layer != "core" and facts.names(source, name) & OTHER_BASES:
                yield source.violation(
                    name, "a second declarative base: Alembic does not see its tables"
                )


@rule("guessable-key")
def find_guessable_keys(service: Service) -> Iterator[Violation]:
    """Find auto-incremented and random primary keys."""
    for model, name, column in columns_of_models(service):
        generator = getattr(getattr(column.default, "arg", None), "__name__", "")
        if column is column.table.autoincrement_column:
            yield column_violation(service, model, name, "is an auto-incremented key")
        elif column.primary_key and generator == "uuid4":
            yield column_violation(service, model, name, "is a random key")


@rule("naive-timestamp")
def find_naive_timestamps(service: Service) -> Iterator[Violation]:
    """Find columns whose timestamps have no time zone."""
    for model, name, column in columns_of_models(service):
        if isinstance(column.type, DateTime) and not column.type.timezone:
            patch = ("sqlalchemy.DateTime", "UtcDateTime")
            yield column_violation(service, model, name, "accepts naive datetimes", patch=patch)


@rule("table-name")
def find_bad_table_names(service: Service) -> Iterator[Violation]:
    """Find table names that are not plural snake_case, or are ambiguous."""
    words = service.configuration.words_for
    ambiguous = AMBIGUOUS | words("ambiguous-tables")
    endings = ("s", *IRREGULAR_PLURALS, *words("plurals"))
    for model in _models_with_table(service):
        name = _table_of(model).name
        if name in ambiguous:
            yield column_violation(
                service, model, "__tablename__", f"is {name!r}, which is ambiguous"
            )
        elif not name.islower() or not name.endswith(endings):
            yield column_violation(
                service, model, "__tablename__", f"is {name!r}, not plural snake_case"
            )


@rule("loose-column")
def find_loose_columns(service: Service) -> Iterator[Violation]:
    """Find column types and defaults that are too permissive."""
    for model, name, column in columns_of_models(service):
        if isinstance(getattr(column.default, "arg", None), (dict, list, set)):
            yield column_violation(
                service, model, name, "has a mutable default that all rows share"
            )
        match getattr(column.type, "item_type", column.type):
            case Enum(native_enum=True):
                yield column_violation(service, model, name, "is a database enum")
            case String(length=None) as kind if not isinstance(kind, Enum | Text):
                yield column_violation(service, model, name, "has no maximum length")
            case JSON() as kind if not isinstance(kind, JSONB):
                yield column_violation(
                    service, model, name, "is JSON, which cannot be indexed or compared"
                )
            case Numeric(precision=None) as kind if not isinstance(kind, Float):
                yield column_violation(service, model, name, "has no precision")


@rule("weak-foreign-key")
def find_weak_foreign_keys(service: Service) -> Iterator[Violation]:
    """Find foreign keys without an index or without `ondelete`, of tables without a model too."""
    mapped = [_table_of(model) for model in _models_with_table(service)]
    for model in _models_with_table(service):
        for key, problem in _weak_keys(_table_of(model)):
            name = model.get_property_by_column(key.columns[0]).key
            patch = ("sqlalchemy.ForeignKey", ', ondelete="RESTRICT"')
            if problem == _UNINDEXED:
                is_one = len(key.columns) == 1
                patch = ("sqlalchemy.orm.mapped_column", ", index=True") if is_one else ("", "")
            yield column_violation(service, model, name, problem, patch=patch)
    for table in service.metadata.tables.values():
        for key, problem in _weak_keys(table) if table not in mapped else ():
            yield from _table_violations(service, table, key.columns[0].name, problem)


def _weak_keys(table: Table) -> Iterator[tuple[ForeignKeyConstraint, str]]:
    for key in table.foreign_key_constraints:
        columns = set(key.columns)
        if key.ondelete is None:
            yield key, "has no `ondelete`"
        if not any(columns == set(index[: len(columns)]) for index in index_columns(table)):
            yield key, _UNINDEXED


def _table_violations(
    service: Service, table: Table, column: str, problem: str
) -> Iterator[Violation]:
    """Yield a violation at the column of a table that no model has, or where the table is made."""
    for source in service.sources.under("app"):
        for call in source.calls():
            if any(isinstance(o, ast.Constant) and o.value == table.name for o in call.args[:1]):
                parts = (one for one in ast.walk(call) if isinstance(one, ast.Call))
                named = (
                    one
                    for one in parts
                    if constants_in(one.args[0] if one.args else one) == {column}
                )
                message = f"`{table.name}.{column}` {problem}"
                yield source.violation(next(named, call), message)
                return


@rule("eager-relationship")
def find_eager_relationships(service: Service) -> Iterator[Violation]:
    """Find relationships that are loaded implicitly."""
    for model in _models_with_table(service):
        for each in model.relationships:
            if each.parent is model and each.lazy not in {"raise", "raise_on_sql", "write_only"}:
                patch = ("sqlalchemy.orm.relationship", ', lazy="raise"')
                problem = f"is loaded implicitly (lazy={each.lazy!r})"
                yield column_violation(service, model, each.key, problem, patch=patch)


def index_columns(table: Any) -> list[tuple[Column[Any], ...]]:  # noqa: ANN401 - `Table.constraints`
    """Return the columns of each index of a table; the primary key and unique constraints too."""
    unique = (each for each in table.constraints if isinstance(each, UniqueConstraint))
    keys = [tuple(each.columns) for each in (*table.indexes, table.primary_key, *unique)]
    return [key for key in keys if key]


def _models_with_table(service: Service) -> list[Mapper[Any]]:
    """Return the models with a table of their own."""
    shared = [(model, model.inherits) for model in models_by_name(service).values()]
    return [m for m, parent in shared if not parent or m.local_table is not parent.local_table]


def _table_of(model: Mapper[Any]) -> Table:
    return cast("Table", model.local_table)


def columns_of_models(service: Service) -> Iterator[tuple[Mapper[Any], str, Column[Any]]]:
    """Yield the columns of all models: the model, the attribute and the column."""
    for model in _models_with_table(service):
        for name, column in model.columns.items():
            if column.table is model.local_table:
                yield model, name, column


def column_violation(
    service: Service,
    model: Mapper[Any],
    name: str,
    problem: str,
    *,
    patch: tuple[str, str] = ("", ""),
) -> Violation:
    """Return a violation at the declaration of an attribute of a model."""
    path, line = service.location_of(model.class_, name)
    source = service.source(path) or service.sources[0]
    lines = (node for node in ast.walk(source.tree) if getattr(node, "lineno", 0) == line)
    node = next(lines, source.tree)
    is_declaration = isinstance(node, ast.AnnAssign)  # an inherited attribute has none
    message = f"`{model.class_.__name__}.{name}` {problem}"
    return source.violation(
        node, message, patch=_replacement(service, source, node, *patch) if is_declaration else None
    )


def _replacement(
    service: Service, source: Source, declaration: ast.AST, old: str, new: str
) -> Patch | None:
    """Return a patch that replaces a type, or adds an argument (`, name=value`) to a call.

    An index is safe: the service does the same with it, and the next migration creates it.
    """
    is_safe = new == ", index=True"
    for node in ast.walk(declaration):
        called = getattr(node, "func", node)
        if isinstance(node, ast.expr) and old in service.facts.names(source, called):
            if not new.startswith(","):
                needed = f"from app.core.db import {new}"
                return source.replacing(node, new, needs_import=needed)
            name, _, value = new.removeprefix(", ").partition("=")
            for argument in node.keywords if isinstance(node, ast.Call) else ():
                if argument.arg == name:
                    return source.replacing(argument.value, value, is_safe=is_safe)
            text = ast.get_source_segment(source.text, node) or ""
            revised = f"{text[:-1].rstrip().rstrip(',')}{new})"
            return source.replacing(node, revised, is_safe=is_safe)
    return None


RULES = (
    find_untyped_models,
    find_guessable_keys,
    find_naive_timestamps,
    find_bad_table_names,
    find_loose_columns,
    find_weak_foreign_keys,
    find_eager_relationships,
)
