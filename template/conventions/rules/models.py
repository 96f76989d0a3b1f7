"""Models: what the database must know of a table."""

import ast
from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Enum,
    Float,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapper

from conventions.rule import Found, Patch, Severity, rule
from conventions.service import Service
from conventions.source import Source
from conventions.statements import is_owned, models_of

LEGACY = {"sqlalchemy.Column", "sqlalchemy.orm.mapped_column", "sqlalchemy.orm.relationship"}
SECOND_BASE = {"sqlalchemy.orm.DeclarativeBase", "sqlalchemy.orm.declarative_base"}
AMBIGUOUS = {"entries", "events", "files", "items", "keys", "logs", "records", "settings", "tokens"}
WITHOUT_S = ("children", "data", "equipment", "history", "media", "news", "people", "usage")
MONEY = {"amount", "balance", "cost", "discount", "fee", "price", "subtotal", "tax", "total"}
SECRETS = ("api_key", "password", "secret", "token")


@rule(
    "untyped-model",
    keeps="DB-1",
    severity=Severity.BEST_PRACTICE,
    why="Without `Mapped[…]` a column is `Any` to the type checker, and a wrong type is first seen "
    "in production. A second base has tables that no migration and no naming convention knows.",
    fix="Inherit from `Base` of app.core.db.models, and annotate every attribute with `Mapped[…]`.",
    wrong="title = mapped_column(String(200))",
    right="title: Mapped[str] = mapped_column(String(200))",
)
def find_untyped_models(service: Service) -> Iterator[Found]:
    """Yield attributes of models that have no type, and bases beside the service's own."""
    for source in service.sources.under("app"):
        for node in source.nodes(ast.Assign):
            kind, owner = source.name_of(getattr(node.value, "func", node)), source.parent(node)
            if kind in LEGACY and isinstance(owner, ast.ClassDef):
                name = f"{owner.name}.{ast.unparse(node.targets[0])}"
                yield source.found(node, f"`{name}` has no type for the type checker.")
        for name in source.nodes(ast.Name, ast.Attribute):
            used = isinstance(source.parent(name), ast.ClassDef | ast.Call)
            if used and source.name_of(name) in SECOND_BASE and source.layer != "core":
                yield source.found(name, "This is a second base: Alembic does not see its tables.")


@rule(
    "guessable-key",
    keeps="DB-3",
    severity=Severity.BEST_PRACTICE,
    why="A number tells outsiders how many there are and what to ask for next; a random UUID puts "
    "new rows all over the index, and inserts become slow as the table grows.",
    fix="`id: Mapped[UuidKey]` (app.core.db.models): a UUID that is ordered by time.",
    wrong="id: Mapped[int] = mapped_column(primary_key=True)",
    right="id: Mapped[UuidKey]",
)
def find_guessable_keys(service: Service) -> Iterator[Found]:
    """Yield keys that the database counts, and keys in no order."""
    for model, name, column in _columns(service):
        made_by = getattr(getattr(column.default, "arg", None), "__name__", "")
        if column is column.table.autoincrement_column:
            yield _at(service, model, name, "is a key that is counted up")
        elif column.primary_key and made_by == "uuid4":
            yield _at(service, model, name, "is a key in no order")


@rule(
    "naive-timestamp",
    keeps="DB-4",
    severity=Severity.CRITICAL,
    why="A time without its zone is another moment to whoever reads it elsewhere; and only "
    "`UtcDateTime` refuses a naive value before it is stored.",
    fix="`Mapped[datetime]` alone is a `UtcDateTime`; or `CreatedAt`, `UpdatedAt`.",
    wrong="due_at: Mapped[datetime] = mapped_column(DateTime)",
    right="due_at: Mapped[datetime]",
)
def find_naive_timestamps(service: Service) -> Iterator[Found]:
    """Yield columns of SQLAlchemy's own DateTime."""
    for model, name, column in _columns(service):
        if isinstance(column.type, DateTime):
            patch = ("sqlalchemy.DateTime", "UtcDateTime")
            yield _at(service, model, name, "takes a naive datetime", patch=patch)


@rule(
    "table-name",
    keeps="DB-5",
    severity=Severity.SUGGESTION,
    why="Whoever writes SQL at night has to guess it; and only one feature can have `events`.",
    fix="Plural, in snake_case, with the feature before a word that others may want too.",
    wrong='__tablename__ = "Event"',
    right='__tablename__ = "order_events"',
)
def find_bad_table_names(service: Service) -> Iterator[Found]:
    """Yield tables that are no plural in snake_case, or could be anybody's."""
    for model in _with_table(service):
        name = _table_of(model).name
        if name in AMBIGUOUS:
            yield _at(service, model, "__tablename__", f"is {name!r}, which others may want too")
        elif not name.islower() or not name.endswith(("s", *WITHOUT_S)):
            yield _at(service, model, "__tablename__", f"is {name!r}, no plural in snake_case")


@rule(
    "loose-column",
    keeps="DB-6",
    severity=Severity.BEST_PRACTICE,
    why="What the database does not bound, a bug fills: megabytes in a name, cents that a float "
    "rounds away, JSON that nothing can index, a default that every row shares.",
    fix="`String(200)`, `Numeric(20, 8)`, `JSONB`, `default=dict`; for an enum `String(16)` and a "
    "CheckConstraint, since ALTER TYPE cannot take a value away again.",
    wrong="price: Mapped[float]",
    right="price: Mapped[Decimal] = mapped_column(Numeric(20, 8))",
)
def find_loose_columns(service: Service) -> Iterator[Found]:
    """Yield columns whose type, or default, says too little."""
    for model, name, column in _columns(service):
        is_money = not MONEY.isdisjoint(name.split("_"))
        if isinstance(getattr(column.default, "arg", None), (dict, list, set)):
            yield _at(service, model, name, "has a default that all rows share and may change")
        match getattr(column.type, "item_type", column.type):
            case Enum(native_enum=True):
                yield _at(service, model, name, "is an enum of the database")
            case String(length=None) as kind if not isinstance(kind, Enum | Text):
                yield _at(service, model, name, "is text of any length")
            case JSON() as kind if not isinstance(kind, JSONB):
                yield _at(service, model, name, "is JSON, which has no index and no equality")
            case Float() if is_money:
                yield _at(service, model, name, "is money as a float, which rounds")
            case Numeric(precision=None) as kind if not isinstance(kind, Float):
                yield _at(service, model, name, "is a number of any size")


@rule(
    "weak-foreign-key",
    keeps="DB-7",
    severity=Severity.BEST_PRACTICE,
    why="Without an index every delete of a parent reads the whole table of children, locked; "
    "without `ondelete` a parent that has children cannot be deleted at all.",
    fix="`index=True`, or an Index that begins with it. `ondelete` is CASCADE for parts, SET NULL "
    "for references, RESTRICT for records that must stay.",
    wrong="ForeignKey(User.id)",
    right='mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)',
)
def find_weak_foreign_keys(service: Service) -> Iterator[Found]:
    """Yield foreign keys without an index, or without `ondelete`."""
    for model in _with_table(service):
        for key in _table_of(model).foreign_key_constraints:
            columns = set(key.columns)
            name = model.get_property_by_column(key.columns[0]).key
            if key.ondelete is None:
                patch = ("sqlalchemy.ForeignKey", ', ondelete="RESTRICT"')
                yield _at(service, model, name, "does not say what a delete does", patch=patch)
            if not any(columns == set(index[: len(columns)]) for index in keys_of(key.table)):
                patch = ("sqlalchemy.orm.mapped_column", ", index=True")
                yield _at(service, model, name, "is covered by no index", patch=patch)


@rule(
    "eager-relationship",
    keeps="DB-8",
    severity=Severity.PERFORMANCE,
    why="Every query for the model loads it, also those that never look at it: a list of a hundred "
    "rows carries thousands of others.",
    fix='`relationship(lazy="raise")`, and `.options(selectinload(…))` in the query that needs it.',
    wrong='owner: Mapped[User] = relationship(lazy="joined")',
    right='owner: Mapped[User] = relationship(lazy="raise")',
)
def find_eager_relationships(service: Service) -> Iterator[Found]:
    """Yield relationships that load by themselves."""
    for model in _with_table(service):
        for each in model.relationships:
            if each.parent is model and each.lazy not in {"raise", "raise_on_sql", "write_only"}:
                patch = ("sqlalchemy.orm.relationship", ', lazy="raise"')
                problem = f"is always loaded (lazy={each.lazy!r})"
                yield _at(service, model, each.key, problem, patch=patch)


@rule(
    "unowned-model",
    keeps="SEC-3",
    severity=Severity.BEST_PRACTICE,
    why="Each query has to remember whose row it is; the one that forgets it shows a user what "
    "belongs to another.",
    fix="`class Note(Owned, Base)` (app.accounts.owned), and `OwnSession` in its routes.",
    wrong='user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))',
    right="class Note(Owned, Base):",
)
def find_unowned_models(service: Service) -> Iterator[Found]:
    """Yield models that go with their user, but are not Owned."""
    for model, name, column in _columns(service):
        source = service.source_of(model.class_)
        if source and source.layer != "accounts" and not is_owned(model.class_):
            keys = {(key.target_fullname, key.ondelete) for key in column.foreign_keys}
            if ("users.id", "CASCADE") in keys and not column.nullable:
                yield _at(service, model, name, "says whose the row is, but the model is not Owned")


@rule(
    "plain-secret",
    keeps="SEC-3",
    severity=Severity.SUGGESTION,
    why="Whoever sees a backup or a replica can use it as it is.",
    fix="Keep its hash (`hash_token` of app.accounts.tokens, `PasswordHasher`) as `…_hash`.",
    wrong="token: Mapped[str] = mapped_column(String(64))",
    right="token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))",
)
def find_plain_secrets(service: Service) -> Iterator[Found]:
    """Yield columns of text that are called a secret."""
    for model, name, column in _columns(service):
        if isinstance(column.type, String) and f"_{name}".endswith(tuple(f"_{s}" for s in SECRETS)):
            yield _at(service, model, name, "is a secret that is stored as it is")


def keys_of(table: Any) -> list[tuple[Column[Any], ...]]:  # noqa: ANN401 - `Table.constraints`
    """Return the columns of each index of a table; the primary key and unique constraints too."""
    unique = (each for each in table.constraints if isinstance(each, UniqueConstraint))
    keys = [tuple(each.columns) for each in (*table.indexes, table.primary_key, *unique)]
    return [key for key in keys if key]


def _with_table(service: Service) -> list[Mapper[Any]]:
    """Return the models that have a table of their own."""
    shared = [(model, model.inherits) for model in models_of(service).values()]
    return [m for m, parent in shared if not parent or m.local_table is not parent.local_table]


def _table_of(model: Mapper[Any]) -> Table:
    return cast("Table", model.local_table)


def _columns(service: Service) -> Iterator[tuple[Mapper[Any], str, Column[Any]]]:
    for model in _with_table(service):
        for name, column in model.columns.items():
            if column.table is model.local_table:
                yield model, name, column


def _at(
    service: Service,
    model: Mapper[Any],
    name: str,
    problem: str,
    *,
    patch: tuple[str, str] = ("", ""),
) -> Found:
    """Return a finding where a model declares a name."""
    path, line = service.where(model.class_, name)
    source = service.source(path) or service.sources[0]
    lines = (node for node in ast.walk(source.tree) if getattr(node, "lineno", 0) == line)
    node = next(lines, source.tree)
    is_it = isinstance(node, ast.AnnAssign)  # and not the class, of what that inherits
    message = f"`{model.class_.__name__}.{name}` {problem}."
    return source.found(node, message, patch=_mending(source, node, *patch) if is_it else None)


def _mending(source: Source, declaration: ast.AST, old: str, new: str) -> Patch | None:
    """Return a patch that puts a type in place of another, or gives a call an argument."""
    for node in ast.walk(declaration):
        if isinstance(node, ast.expr) and source.name_of(getattr(node, "func", node)) == old:
            if not new.startswith(","):
                needed = f"from app.core.db.models import {new}"
                return source.replacing(node, new, needs_import=needed)
            name, _, value = new.removeprefix(", ").partition("=")
            for given in node.keywords if isinstance(node, ast.Call) else ():
                if given.arg == name:
                    return source.replacing(given.value, value)
            text = ast.get_source_segment(source.text, node) or ""
            return source.replacing(node, f"{text[:-1].rstrip().rstrip(',')}{new})")
    return None


RULES = (
    find_untyped_models,
    find_guessable_keys,
    find_naive_timestamps,
    find_bad_table_names,
    find_loose_columns,
    find_weak_foreign_keys,
    find_eager_relationships,
    find_unowned_models,
    find_plain_secrets,
)
