"""Autogenerate finds every difference between definitions, and reverts what it does."""

from textwrap import dedent
from typing import Any

import pytest
import sqlalchemy
from alembic import op
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.operations import Operations
from alembic.operations.ops import AddColumnOp, DowngradeOps, MigrationScript, UpgradeOps
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Connection,
    Enum,
    Index,
    Integer,
    Interval,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, CITEXT, JSONB, ExcludeConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.core.db import UtcDateTime
from app.core.db.models import NAMING_CONVENTION
from migrations.autogenerate import PLUGINS, render_type

Items = list[Any]


def check(expression: str) -> Items:
    return [CheckConstraint(expression, name="known")]


def index(**options: Any) -> Items:
    return [Index("ix_probe_parcels_weight", "weight", **options)]


def exclusion(operator: str) -> Items:
    return [ExcludeConstraint(("weight", operator), using="btree", name="ex_probe_parcels_weight")]


def unique(**options: Any) -> Items:
    return [UniqueConstraint("weight", **options)]


def colours(*members: str) -> Items:
    kind = Enum(*members, name="probe_colour")
    plain = Column("colour", kind, server_default="red")
    return [plain, Column("colours", ARRAY(kind), server_default="{red}")]


CHANGES: dict[str, tuple[Items | None, Items]] = {
    "a new check": ([], check("weight > 0")),
    "a check that goes": (check("weight > 0"), []),
    "an expression": (check("weight IN (1, 2)"), check("weight IN (1, 2, 3)")),
    "an expression of odd signs": (
        check("weight > 1"),
        check(r"""weight % 2 = 0 AND "on" ~ '^[[:alpha:]]\:b\d' AND "on" <> 'a \:b'"""),
    ),
    "a check of a column": (
        [],
        [Column("size", Integer, CheckConstraint("size > 0", name="positive"))],
    ),
    "a check of a type": (
        [Column("kind", Enum("a", "b", name="kind", native_enum=False, create_constraint=True))],
        [Column("kind", Enum("a", "c", name="kind", native_enum=False, create_constraint=True))],
    ),
    "a column that goes with its check": (
        [Column("size", Integer), CheckConstraint("size > weight", name="large")],
        [],
    ),
    "a column that is renamed with its check": (
        [Column("size", Integer), *check("size > 0")],
        [Column("length", Integer), *check("length > 0")],
    ),
    "a new predicate": (index(), index(postgresql_where=text("weight > 5"))),
    "a predicate": (
        index(postgresql_where=text("weight > 5")),
        index(postgresql_where=text("weight > 6")),
    ),
    "an included column": (index(), index(postgresql_include=["id"])),
    "an access method": (index(), index(postgresql_using="hash")),
    "an exclusion": (exclusion("="), []),
    "an operator": ([], exclusion("=")),
    "a unique constraint": (unique(), unique(deferrable=True)),
    "a table with an enum": (None, colours("red")),
    "columns of an enum": ([], colours("red")),
    "a member that goes": (colours("red", "green", "blue"), colours("blue", "red")),
}


def parcels(items: Items | None, **options: Any) -> MetaData:
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    if items is None:
        return metadata
    key, weight = Column("id", Integer, primary_key=True), Column("weight", Integer)
    Table("probe_parcels", metadata, key, weight, Column("on", Text), *items, **options)
    return metadata


def context_of(connection: Connection) -> MigrationContext:
    def include(_: object, name: str | None, kind: str, *_more: object) -> bool:
        return kind != "table" or name == "probe_parcels"

    options = {
        "autogenerate_plugins": PLUGINS,
        "compare_server_default": True,
        "include_object": include,
        "render_item": render_type,
    }
    return MigrationContext.configure(connection, opts=options)


def run(connection: Connection, container: UpgradeOps | DowngradeOps) -> None:
    """Run the operations as they are written into a migration."""
    context = context_of(connection)
    code = render_python_code(container, render_item=render_type, migration_context=context)
    with Operations.context(context):
        exec(dedent(f"    {code}"), {"op": op, "sa": sqlalchemy, "postgresql": postgresql})  # noqa: S102 - Alembic's


def require_equal(connection: Connection, wanted: MetaData) -> None:
    assert compare_metadata(context_of(connection), wanted) == []


def change(connection: Connection, old: MetaData, new: MetaData) -> MigrationScript:
    old.create_all(connection)
    require_equal(connection, old)
    script = produce_migrations(context_of(connection), new)
    assert script.upgrade_ops is not None
    run(connection, script.upgrade_ops)
    require_equal(connection, new)
    return script


@pytest.mark.parametrize(("old", "new"), CHANGES.values(), ids=CHANGES)
async def test_a_change_is_found_and_reverted(
    database: AsyncConnection, old: Items | None, new: Items
) -> None:
    before, after = parcels(old), parcels(new)
    script = await database.run_sync(change, before, after)
    assert script.downgrade_ops is not None
    await database.run_sync(run, script.downgrade_ops)
    await database.run_sync(require_equal, before)
    assert script.upgrade_ops is not None
    await database.run_sync(run, script.upgrade_ops)
    await database.run_sync(require_equal, after)


class Settings(TypeDecorator[dict[str, Any]]):
    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSONB())


class Name(TypeDecorator[str]):
    impl = CITEXT
    cache_ok = True


class Names(TypeDecorator[list[str]]):
    impl = ARRAY(Name)
    cache_ok = True


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Interval(), "sa.Interval()"),
        (UtcDateTime(), "sa.DateTime(timezone=True)"),
        (Settings(), "postgresql.JSONB(astext_type=sa.Text())"),
        (Name(), "postgresql.CITEXT()"),
        (Names(), "postgresql.ARRAY(postgresql.CITEXT())"),
    ],
    ids=str,
)
async def test_a_type_is_rendered_as_the_one_of_the_database(
    database: AsyncConnection, kind: TypeEngine[Any], expected: str
) -> None:
    column = AddColumnOp("probe_parcels", Column("one", kind))

    def render(connection: Connection) -> str:
        context = context_of(connection)
        return render_python_code(
            UpgradeOps([column]), render_item=render_type, migration_context=context
        )

    code = await database.run_sync(render)
    assert f"sa.Column('one', {expected}, nullable=True)" in code


async def test_a_model_that_postgresql_refuses_is_an_error(database: AsyncConnection) -> None:
    wanted = parcels(check("no_such_function(weight)"))
    await database.run_sync(parcels([]).create_all)
    with pytest.raises(CommandError, match=r"probe_parcels of the models: .*no_such_function"):
        await database.run_sync(require_equal, wanted)


async def test_a_constraint_that_is_not_valid_yet_is_no_difference(
    database: AsyncConnection,
) -> None:
    await database.run_sync(parcels([]).create_all)
    constraint = "ck_probe_parcels_known CHECK (weight > 0) NOT VALID"
    await database.execute(text(f"ALTER TABLE probe_parcels ADD CONSTRAINT {constraint}"))
    await database.run_sync(require_equal, parcels(check("weight > 0")))


async def test_ways_to_create_a_table_and_an_index_are_no_difference(
    database: AsyncConnection,
) -> None:
    await database.run_sync(parcels(index()).create_all)
    wanted = parcels(index(postgresql_concurrently=True), prefixes=["UNLOGGED"])
    await database.run_sync(require_equal, wanted)


async def test_a_new_member_stays_after_a_downgrade(database: AsyncConnection) -> None:
    old, new = ("red", "b"), ("a' :c", "red", "c", "b")
    before, after = (parcels(colours(*members)) for members in (old, new))
    script = await database.run_sync(change, before, after)
    assert script.downgrade_ops is not None
    await database.run_sync(run, script.downgrade_ops)
    await database.run_sync(require_equal, after)
    assert script.upgrade_ops is not None
    await database.run_sync(run, script.upgrade_ops)
