"""Migrations: what they do to a table that is in use, and whether they can be undone."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from alembic.util import to_tuple

from conventions.migration import Migration
from conventions.rule import Found, Severity, rule
from conventions.service import Service
from conventions.source import Function
from conventions.statements import held_by, method_of, unroll

UNDER_LOCK = {
    "create_index": ("postgresql_concurrently", "The index is built while nobody can write"),
    "create_foreign_key": ("postgresql_not_valid", "All rows are checked under a lock"),
    "create_check_constraint": ("postgresql_not_valid", "All rows are checked under a lock"),
    "create_unique_constraint": ("", "Its index is built under a lock; build that first"),
}
ENDING = {"drop_column", "drop_table", "rename_table"}
KINDS = {"add_column", "alter_column", "create_table", "drop_constraint", "drop_index", "execute"}
KINDS |= ENDING | UNDER_LOCK.keys()
REFERRING = {"sqlalchemy.ForeignKey", "sqlalchemy.ForeignKeyConstraint"}


class Operation(NamedTuple):
    """A call of `alembic.op`, its keyword arguments as text, and the table that it is about."""

    kind: str
    call: ast.Call
    options: dict[str | None, str]
    table: str


@rule(
    "irreversible-migration",
    keeps="DB-9",
    severity=Severity.BEST_PRACTICE,
    why="When a release goes wrong at night, going back is the one thing that has to work.",
    fix="Undo in `downgrade`, the last thing first, whatever `upgrade` did.",
    wrong='def downgrade() -> None:\n    """Undo `upgrade`."""',
    right='def downgrade() -> None:\n    op.drop_table("notes")',
)
def find_irreversible_migrations(service: Service) -> Iterator[Found]:
    """Yield downgrades that are empty, or leave a table."""
    for each in service.migrations:
        up, down = _operations(each, each.upgrade), _operations(each, each.downgrade)
        dropped = {one.table for one in down if one.kind == "drop_table"}
        left = {one.table for one in up if one.kind == "create_table"} - dropped
        node = each.downgrade or each.source.tree
        if up and not down:
            yield each.source.found(node, "`downgrade` does not undo `upgrade`.")
        elif left and "" not in dropped:
            yield each.source.found(node, f"`downgrade` leaves {', '.join(sorted(left))}.")


@rule(
    "locking-migration",
    keeps="DB-9",
    severity=Severity.CRITICAL,
    why="While it works nobody can write to the table, or even read it: on a large one the whole "
    "service stands still for minutes.",
    fix="An index: `postgresql_concurrently=True`, in `with op.get_context().autocommit_block():`. "
    "A constraint: `postgresql_not_valid=True`, and VALIDATE in a revision of its own. A type: a "
    "new column. Rows: in batches, by a command or a job.",
    wrong='op.create_index("ix_notes_slug", "notes", ["slug"])',
    right='op.create_index("ix_notes_slug", "notes", ["slug"], postgresql_concurrently=True)',
)
def find_locking_migrations(service: Service) -> Iterator[Found]:
    """Yield operations that hold a strong lock on a table in use for long."""
    for migration in service.migrations:
        for each in _on_live_tables(migration):
            around = [type(node) for node in migration.source.parents(each.call)]
            safe, problem = UNDER_LOCK.get(each.kind, ("", ""))
            if problem and each.options.get(safe) == "True":
                in_block = each.kind != "create_index" or ast.With in around
                problem = "" if in_block else "CONCURRENTLY cannot run in a transaction"
            elif "type_" in each.options:
                problem = "Another type rewrites every row under a lock"
            elif each.kind == "alter_column" and each.options.get("nullable") == "False":
                problem = "All rows are checked for NULL under a lock"
            elif each.kind == "execute" and not {ast.For, ast.While} & {*around}:
                problem = "All rows are changed at once" if _changes_rows(migration, each) else ""
            if problem:
                yield migration.source.found(each.call, f"{problem}: {each.table or 'by SQL'}.")


def _changes_rows(migration: Migration, each: Operation) -> bool:
    given = next(iter(each.call.args), None)
    text = given.args[0] if isinstance(given, ast.Call) and given.args else given  # of sa.text(…)
    steps = unroll(migration.source, given)
    built = (migration.source.name_of(steps[0].func) or "") if steps else _text(migration, text)
    return built.removeprefix("sqlalchemy.").lower().startswith(("update", "delete"))


@rule(
    "breaking-migration",
    keeps="DB-9",
    severity=Severity.BEST_PRACTICE,
    why="The version that runs meanwhile still reads the column, or does not fill it: its requests "
    "fail until the new version has taken over everywhere.",
    fix="In two releases: add what is new, nullable or with `server_default=`, and use it; then "
    "drop what nobody reads any more, and suppress this with the release since which that is so.",
    wrong='op.add_column("notes", sa.Column("slug", sa.String(60), nullable=False))',
    right='op.add_column("notes", sa.Column("slug", sa.String(60), nullable=True))',
)
def find_breaking_migrations(service: Service) -> Iterator[Found]:
    """Yield operations that the running version does not survive."""
    for migration in service.migrations:
        for each in _on_live_tables(migration):
            given = [each.call, *each.call.args][-1]
            column = _options(given) if each.kind == "add_column" else {}
            if each.kind in ENDING or "new_column_name" in each.options:
                message = f"The running version still needs what {each.kind} ends ({each.table})."
                yield migration.source.found(each.call, message)
            elif column.get("nullable") == "False" and "server_default" not in column:
                message = f"The running version does not fill this column of {each.table}."
                yield migration.source.found(each.call, message)


@rule(
    "migration-imports-app",
    keeps="DB-9",
    severity=Severity.CRITICAL,
    why="A migration outlives the code: once the model has changed, a new database can no longer "
    "be built from the first migration on.",
    fix="Write down what is needed: `sa.table(…)`, literal values, types of SQLAlchemy.",
    wrong="from app.features.notes.models import Note",
    right='notes = sa.table("notes", sa.column("id"), sa.column("slug"))',
)
def find_migrations_importing_app(service: Service) -> Iterator[Found]:
    """Yield imports of the service's code."""
    revisions = service.sources.under("migrations/versions")
    for source, node in revisions.nodes(ast.Import, ast.ImportFrom):
        modules = [node.module] if isinstance(node, ast.ImportFrom) else []
        for name in [*modules, *(alias.name for alias in node.names)]:
            if name and name.split(".")[0] == "app":
                yield source.found(node, f"{name} will be another one when this runs again.")


@rule(
    "migration-order",
    keeps="DB-9",
    severity=Severity.CRITICAL,
    why="Alembic may apply it before what it builds on, or cannot tell which of two comes last: a "
    "new database, or the next deployment, stops half-way.",
    fix="One base with the feature's label, one head (`alembic merge`), and `depends_on` for the "
    "revision that creates a table of another feature. `make migration` writes all of it.",
    wrong='sa.ForeignKeyConstraint(["user_id"], ["users.id"])  # depends_on = None',
    right='depends_on: str | Sequence[str] | None = "3f6a1d80c2e5"  # users',
)
def find_disordered_migrations(service: Service) -> Iterator[Found]:
    """Yield revisions outside their branch, second heads and missing `depends_on`."""
    creating = {
        one.table: each.script.revision
        for each in service.migrations
        for one in _operations(each, each.upgrade)
        if one.kind == "create_table"
    }
    heads = [_branch_of(each) for each in service.migrations if each.script.is_head]
    for each in service.migrations:
        branch = _branch_of(each)
        if branch not in each.script.branch_labels:
            node = _line_of(each, "branch_labels")
            yield each.source.found(node, f"It is not in a branch with the label {branch!r}.")
        elif each.script.is_head and heads.count(branch) > 1:
            node = _line_of(each, "down_revision")
            yield each.source.found(node, f"The branch {branch!r} has another head.")
        known = {None, *_revisions_up_to(service, each)}
        for call in each.source.calls():
            for table in _referred(call) if each.source.name_of(call.func) in REFERRING else ():
                if creating.get(table) not in known:
                    yield each.source.found(call, f"{table!r} may not be there yet: depends_on.")


def _branch_of(migration: Migration) -> str:
    return migration.source.path.split("/")[-2]


def _line_of(migration: Migration, name: str) -> ast.AST:
    lines = (node for node in migration.source.tree.body if isinstance(node, ast.AnnAssign))
    return next((node for node in lines if ast.unparse(node.target) == name), ast.Pass())


def _referred(call: ast.Call) -> set[str]:
    """Return the tables of a foreign key, whose columns are written as `users.id`."""
    texts = (str(node.value) for node in ast.walk(call) if isinstance(node, ast.Constant))
    return {text.partition(".")[0] for text in texts if "." in text}


def _revisions_up_to(service: Service, migration: Migration) -> set[str]:
    by_id = {each.script.revision: each.script for each in service.migrations}
    todo, found = [migration.script.revision], set[str]()
    while todo:
        if (one := todo.pop()) in by_id and one not in found:
            found.add(one)
            todo += to_tuple(by_id[one].down_revision, ())
            todo += to_tuple(by_id[one].dependencies, ())
    return found


def _operations(migration: Migration, function: Function | None) -> list[Operation]:
    found: list[Operation] = []
    for call in ast.walk(function) if function else ():
        if isinstance(call, ast.Call):
            name = migration.source.name_of(call.func) or f"alembic.op.{method_of(call)}"
            module, _, kind = name.rpartition(".")
            named = [k.value for k in call.keywords if k.arg in {"table_name", "source_table"}]
            places = [*call.args[kind in UNDER_LOCK :], *named]  # those are given a name first
            if module == "alembic.op" and kind in KINDS and places:
                found.append(Operation(kind, call, _options(call), _text(migration, places[0])))
    return found


def _on_live_tables(migration: Migration) -> list[Operation]:
    up = _operations(migration, migration.upgrade)
    new = {each.table for each in up if each.kind == "create_table"}
    return [each for each in up if each.table not in new]


def _options(node: ast.expr) -> dict[str | None, str]:
    keywords = node.keywords if isinstance(node, ast.Call) else ()
    return {keyword.arg: ast.unparse(keyword.value) for keyword in keywords}


def _text(migration: Migration, node: ast.expr | None) -> str:
    held = held_by(migration.source, node) if isinstance(node, ast.Name) else node
    return held.value if isinstance(held, ast.Constant) and isinstance(held.value, str) else ""


RULES = (
    find_irreversible_migrations,
    find_locking_migrations,
    find_breaking_migrations,
    find_migrations_importing_app,
    find_disordered_migrations,
)
