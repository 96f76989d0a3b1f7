"""Additions to Alembic's autogenerate: more differences, and the types of the app.

Alembic does not compare checks, exclusions, the predicates of indexes and the members of enums.
PostgreSQL rewrites the expressions of a definition, so the text of a model never equals the one of
the database. The tables of the models are therefore created once more, as temporary ones, and the
definitions of both are read from the catalog.
"""

import re
import sys
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, Self

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import _repr_type
from alembic.operations.ops import (
    AddConstraintOp,
    CreateCheckConstraintOp,
    CreateIndexOp,
    DropConstraintOp,
    DropIndexOp,
    ExecuteSQLOp,
    MigrateOperation,
    ModifyTableOps,
    UpgradeOps,
)
from alembic.runtime.plugins import Plugin
from alembic.util import CommandError, DispatchPriority, PriorityDispatchResult
from alembic.util.sqla_compat import all_table_check_constraints
from sqlalchemy import (
    Connection,
    Enum,
    Index,
    MetaData,
    Table,
    TypeDecorator,
    inspect,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ENUM, CreateEnumType
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.elements import conv

_preparer = PGDialect().identifier_preparer
PLUGINS = ("alembic.autogenerate.*", "migrations.autogenerate")
CHECK, INDEX = "c", "i"
_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?![:\w]))")
_DEFINITIONS = text("""
    SELECT conname, contype::text,
        regexp_replace(pg_get_constraintdef(oid), ' NOT VALID$', ''),
        pg_get_expr(conbin, conrelid)
    FROM pg_constraint
    WHERE conrelid = to_regclass(:table) AND contype IN ('c', 'p', 'u', 'x')
    UNION ALL
    SELECT class.relname, 'i',
        regexp_replace(pg_get_indexdef(class.oid), ' ON .*? USING ', ' ON ' || :table || ' USING '),
        NULL
    FROM pg_index JOIN pg_class AS class ON class.oid = indexrelid
    WHERE indrelid = to_regclass(:table)
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
""")
_TEMPORARY_FIRST = text("""
    SELECT set_config('search_path', 'pg_temp, ' || current_setting('search_path'), TRUE)
""")
_MEMBERS = text("""
    SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype(:name) ORDER BY enumsortorder
""")
_CONVERSIONS = text("""
    SELECT concat_ws(', ',
        format('ALTER TABLE %s ALTER %I DROP DEFAULT', attrelid::regclass, attname),
        format('ALTER %1$I TYPE %2$s USING %1$I::text::%2$s', attname, atttypid::regtype),
        format('ALTER %I SET DEFAULT ', attname) || pg_get_expr(adbin, adrelid)
    )
    FROM pg_type JOIN pg_attribute ON atttypid IN (pg_type.oid, typarray)
        JOIN pg_class ON pg_class.oid = attrelid AND relkind IN ('r', 'p')
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE pg_type.oid = to_regtype(:name)
""")


class Definition(NamedTuple):
    """The definition of a constraint or an index in the catalog.

    Attributes:
        name: Its name.
        kind: `INDEX`, or the `contype` of a constraint.
        sql: The definition, as PostgreSQL writes it.
        expression: The expression of a check.
    """

    name: str
    kind: str
    sql: str
    expression: str | None


class ReversibleSql(ExecuteSQLOp):
    """A statement together with the one that reverts it."""

    def __init__(self, sql: str, reverting: str) -> None:
        """Create the operation; `reverting` is the statement of the downgrade."""
        super().__init__(_escape(sql))
        self._reverting, self._sql = reverting, sql

    def reverse(self) -> Self:
        """Return the operation of the downgrade."""
        return type(self)(self._reverting, self._sql)


def render_type(kind: str, item: object, context: AutogenContext) -> str | Literal[False]:
    """Render the type of the database for one of the app, which may change after the migration."""
    if kind == "type" and isinstance(item, Enum) and item.native_enum:
        # The type is created by an operation of its own: `add_column` would not create it, and
        # `drop_table` would not drop it.
        enum = ENUM(*item.enums, name=item.name, create_type=False)
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return f"postgresql.{enum!r}"
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    if type(item).__module__.startswith("sqlalchemy."):  # such as Interval
        return False
    return _repr_type(item.load_dialect_impl(PGDialect()), context)


def compare(context: AutogenContext, upgrade: UpgradeOps) -> PriorityDispatchResult:
    """Add the operations for definitions that differ to those that Alembic found."""
    connection, metadata = context.connection, context.metadata
    if connection is None or not isinstance(metadata, MetaData):
        return PriorityDispatchResult.CONTINUE
    found, existing = list(upgrade.ops), set(inspect(connection).get_table_names())
    tables = [
        table
        for table in metadata.sorted_tables
        if context.run_object_filters(table, table.name, "table", reflected=False, compare_to=None)
    ]
    for table in (table for table in tables if table.name in existing):
        known = [one for one in found if getattr(one, "table_name", None) == table.name]
        drops, creations = _compare_table(connection, table, known)
        # A constraint on a column that goes is dropped first; one on a new column comes last.
        upgrade.ops[:0] = drops
        upgrade.ops += creations
    upgrade.ops[:0] = list(_compare_enums(connection, tables))
    return PriorityDispatchResult.CONTINUE


def _compare_table(
    connection: Connection, table: Table, known: Collection[MigrateOperation]
) -> tuple[list[MigrateOperation], list[MigrateOperation]]:
    """Return the operations that drop old definitions, and those that create new ones."""
    ours = _read(connection, table)
    try:
        theirs = _read_temporary(connection, table, ours)
    except DBAPIError as error:
        if known:  # such as a column of a type that this migration will create
            message = (
                f"The constraints and indexes of {table.name} were not compared: {error.orig}. "
                "Complete this migration, then run the command again."
            )
            warnings.warn(message, stacklevel=2)
            return [], []
        message = f"PostgreSQL does not accept the table {table.name} of the models: {error.orig}"
        raise CommandError(message) from error
    names = {str(name) for operation in known for name in _names_in(operation)}
    every = (ours.keys() | theirs.keys()) - names
    changed = {name for name in every if ours.get(name) != theirs.get(name)}
    drops = [_drop(connection, table, ours[name]) for name in sorted(changed & ours.keys())]
    creations = [_create(table, theirs[name]) for name in sorted(changed & theirs.keys())]
    return drops, creations


def _names_in(operation: MigrateOperation) -> Iterator[object]:
    """Return the constraints and indexes that an operation of Alembic creates or drops."""
    for one in operation.ops if isinstance(operation, ModifyTableOps) else [operation]:
        if isinstance(one, CreateIndexOp | DropIndexOp):
            yield one.index_name
        elif isinstance(one, AddConstraintOp | DropConstraintOp):
            yield one.to_constraint().name


def _read(connection: Connection, table: Table) -> Mapping[str, Definition]:
    rows = connection.execute(_DEFINITIONS, {"table": _quote(table.name)})
    return {row[0]: Definition(*row) for row in rows}


def _read_temporary(
    connection: Connection, table: Table, ours: Mapping[str, Definition]
) -> Mapping[str, Definition]:
    """Return the definitions of a model, from a temporary table that is rolled back.

    Args:
        connection: A connection with a transaction.
        table: The table of the model.
        ours: The definitions of the database; one that means the same is returned in its place.
    """
    with connection.begin_nested() as savepoint:
        # A name without a schema is created in the first one of the path, and found there first.
        connection.execute(_TEMPORARY_FIRST)
        for enum in {enum.name: enum for enum in _enums_of(connection, [table])}.values():
            connection.execute(CreateEnumType(enum))
        creations = [CreateTable(table, include_foreign_key_constraints=[])]
        for creation in (*creations, *map(CreateIndex, table.indexes)):
            sql = str(creation.compile(dialect=connection.dialect))
            # Neither word fits a temporary table in a transaction, and neither is a difference.
            sql = sql.replace("CREATE UNLOGGED", "CREATE", 1).replace("CONCURRENTLY ", "", 1)
            connection.exec_driver_sql(sql)
        theirs = dict(_read(connection, table))
        for name in theirs.keys() & ours.keys():
            if _same(connection, table, ours[name], theirs[name]):
                theirs[name] = ours[name]
        savepoint.rollback()
    return theirs


def _same(connection: Connection, table: Table, one: Definition, other: Definition) -> bool:
    """Return whether two definitions are equal, or become so when PostgreSQL reads its own text."""
    # It writes `a IN ('x')` as an ANY with casts, and that text, as in a downgrade, as another.
    if one == other or one.kind != other.kind:
        return one == other
    try:
        return _written_again(connection, table, one) == _written_again(connection, table, other)
    except DBAPIError:  # such as a check of a column that the model no longer has
        return False


def _written_again(connection: Connection, table: Table, given: Definition) -> Definition:
    for _ in range(2):
        with connection.begin_nested() as savepoint:
            for statement in _recreate(table, given):
                connection.exec_driver_sql(statement)
            given = _read(connection, table)[given.name]
            savepoint.rollback()
    return given


def _recreate(table: Table, given: Definition) -> tuple[str, str]:
    if given.kind == INDEX:
        return f"DROP INDEX {_quote(given.name)}", given.sql
    return _removal(table, given.name), _addition(table, given)


def _drop(connection: Connection, table: Table, old: Definition) -> MigrateOperation:
    if old.kind == INDEX:
        reflected = Table(table.name, MetaData(), autoload_with=connection, resolve_fks=False)
        return DropIndexOp.from_index(_index_of(reflected, old.name))
    if old.kind == CHECK:
        return _creation_of_check(table, old.name, str(old.expression)).reverse()
    return _constraint(table, old).reverse()


def _create(table: Table, new: Definition) -> MigrateOperation:
    if new.kind == INDEX:
        return CreateIndexOp.from_index(_index_of(table, new.name))
    if new.kind == CHECK:
        return _creation_of_check(table, new.name, _expression_of_model(table, new.name))
    return _constraint(table, new)


def _index_of(table: Table, name: str) -> Index:
    # A long name is shortened in the database.
    return next(one for one in table.indexes if _preparer.format_index(one) == _quote(name))


def _expression_of_model(table: Table, name: str) -> str:
    checks = {_preparer.format_constraint(one): one for one in all_table_check_constraints(table)}
    options = {"literal_binds": True, "include_table": False}
    expression = checks[_quote(name)].sqltext
    return str(expression.compile(dialect=PGDialect(paramstyle="named"), compile_kwargs=options))


def _creation_of_check(table: Table, name: str, expression: str) -> CreateCheckConstraintOp:
    # conv: the name is complete, so that it does not get the prefix of the naming convention.
    return CreateCheckConstraintOp(conv(name), table.name, literal_column(_escape(expression)))


def _constraint(table: Table, new: Definition) -> ReversibleSql:
    return ReversibleSql(_addition(table, new), _removal(table, new.name))


def _addition(table: Table, new: Definition) -> str:
    return f"ALTER TABLE {_quote(table.name)} ADD CONSTRAINT {_quote(new.name)} {new.sql}"


def _removal(table: Table, name: str) -> str:
    return f"ALTER TABLE {_quote(table.name)} DROP CONSTRAINT {_quote(name)}"


def _compare_enums(connection: Connection, tables: Iterable[Table]) -> Iterator[MigrateOperation]:
    """Yield the operations for enum types that are new, or whose members differ."""
    for name, new in {str(enum.name): enum.enums for enum in _enums_of(connection, tables)}.items():
        kind = {"name": _quote(name)}
        old = list(connection.scalars(_MEMBERS, kind))
        if not old:
            yield ReversibleSql(_creation(name, new), f"DROP TYPE {_quote(name)}")
        elif old == [one for one in new if one in old]:
            yield from _additions(name, old, new)
        else:
            columns = list(connection.scalars(_CONVERSIONS, kind))
            up, down = _replacing(name, new, columns), _replacing(name, old, columns)
            yield from map(ReversibleSql, up, reversed(down))


def _enums_of(connection: Connection, tables: Iterable[Table]) -> Iterator[ENUM]:
    """Yield the enum types of PostgreSQL that columns have."""
    for column in (column for table in tables for column in table.columns):
        kind = column.type
        while isinstance(kind, TypeDecorator):
            kind = kind.load_dialect_impl(connection.dialect)
        item = kind.item_type if isinstance(kind, ARRAY) else kind
        if isinstance(enum := item.dialect_impl(connection.dialect), ENUM):
            yield enum


def _additions(name: str, old: Sequence[str], new: Sequence[str]) -> Iterator[ReversibleSql]:
    kept = "-- PostgreSQL cannot remove a member; the upgrade adds it IF NOT EXISTS"
    for before, member in pairwise(["", *new]):
        if member not in old:
            place = f"AFTER {_literal(before)}" if before else f"BEFORE {_literal(old[0])}"
            addition = f"ADD VALUE IF NOT EXISTS {_literal(member)} {place}"
            yield ReversibleSql(f"ALTER TYPE {_quote(name)} {addition}", kept)


def _replacing(name: str, members: Iterable[str], conversions: Iterable[str]) -> list[str]:
    """Return the statements that replace an enum type, since its members cannot be removed."""
    old = _quote(f"{name}_old")
    renaming = f"ALTER TYPE {_quote(name)} RENAME TO {old}"
    return [renaming, _creation(name, members), *conversions, f"DROP TYPE {old}"]


def _creation(name: str, members: Iterable[str]) -> str:
    return f"CREATE TYPE {_quote(name)} AS ENUM ({', '.join(map(_literal, members))})"


def _escape(sql: str) -> str:
    # A migration passes it to `text`, for which a word after a colon is a parameter.
    return _PARAMETER.sub(r"\\:", sql)


def _quote(name: str) -> str:
    return _preparer.quote(name)


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def setup(plugin: Plugin) -> None:
    """Register the comparison, after those of Alembic."""
    plugin.add_autogenerate_comparator(compare, "autogenerate", priority=DispatchPriority.LAST)


Plugin.setup_plugin_from_module(sys.modules[__name__], PLUGINS[-1])
