"""Migrations: locks, compatibility with the running version, order and downgrades."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from alembic.util import to_tuple

from conventions.findings import Violation
from conventions.migration import Migration
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Function
from conventions.facts.statements import method_of

LOCKING = {
    "create_index": (
        "postgresql_concurrently",
        "the index is built under a lock",
    ),
    "create_foreign_key": ("postgresql_not_valid", "all rows are checked under a lock"),
    "create_check_constraint": ("postgresql_not_valid", "all rows are checked under a lock"),
    "create_unique_constraint": ("", "its index is built under a lock; create the index first"),
}
REMOVING = {"drop_column", "drop_table", "rename_table"}
KINDS = {"add_column", "alter_column", "create_table", "drop_constraint", "drop_index", "execute"}
KINDS |= REMOVING | LOCKING.keys()
FOREIGN_KEYS = {"sqlalchemy.ForeignKey", "sqlalchemy.ForeignKeyConstraint"}


class Operation(NamedTuple):
    """A call of `alembic.op`, with its keyword arguments as text and its table."""

    kind: str
    call: ast.Call
    options: dict[str | None, str]
    table: str


@rule("irreversible-migration")
def find_irreversible_migrations(service: Service) -> Iterator[Violation]:
    """Find downgrades that are empty or keep a table that `upgrade` created."""
    for each in service.migrations:
        up, down = (
            _operations(service, each, each.upgrade),
            _operations(service, each, each.downgrade),
        )
        dropped = {one.table for one in down if one.kind == "drop_table"}
        left = {one.table for one in up if one.kind == "create_table"} - dropped
        node = each.downgrade or each.source.tree
        if up and not down:
            yield each.source.violation(node, "`downgrade` does not revert `upgrade`")
        elif left and "" not in dropped:
            yield each.source.violation(
                node, f"`downgrade` does not drop {', '.join(sorted(left))}"
            )


@rule("locking-migration")
def find_locking_migrations(service: Service) -> Iterator[Violation]:
    """Find operations that hold a strong lock on an existing table for long."""
    for migration in service.migrations:
        for each in _on_live_tables(service, migration):
            ancestors = [type(node) for node in migration.source.parents(each.call)]
            safe, problem = LOCKING.get(each.kind, ("", ""))
            if problem and each.options.get(safe) == "True":
                in_block = each.kind != "create_index" or ast.With in ancestors
                problem = "" if in_block else "CONCURRENTLY cannot run in a transaction"
            elif "type_" in each.options:
                problem = "a change of type rewrites all rows under a lock"
            elif each.kind == "alter_column" and each.options.get("nullable") == "False":
                problem = "all rows are checked for NULL under a lock"
            elif each.kind == "execute" and not {ast.For, ast.While} & {*ancestors}:
                problem = (
                    "all rows are changed in one transaction"
                    if _changes_rows(service, migration, each)
                    else ""
                )
            if problem:
                yield migration.source.violation(each.call, f"{problem}: {each.table or 'raw SQL'}")


def _changes_rows(service: Service, migration: Migration, each: Operation) -> bool:
    argument = next(iter(each.call.args), None)
    text = (
        argument.args[0] if isinstance(argument, ast.Call) and argument.args else argument
    )  # of sa.text(…)
    reader = service.facts.statements
    steps = reader.steps(migration.source, argument) if argument else ()
    built = reader.kind(*steps[0]) if steps else _string_value(service, migration, text)
    return built.lower().startswith(("update", "delete"))


@rule("breaking-migration")
def find_breaking_migrations(service: Service) -> Iterator[Violation]:
    """Find operations that break the version of the service that is still running."""
    for migration in service.migrations:
        for each in _on_live_tables(service, migration):
            argument = [each.call, *each.call.args][-1]
            column = _options(argument) if each.kind == "add_column" else {}
            if each.kind in REMOVING or "new_column_name" in each.options:
                message = f"the running version still uses {each.table}: {each.kind}"
                yield migration.source.violation(each.call, message)
            elif column.get("nullable") == "False" and "server_default" not in column:
                message = f"the running version does not fill this column of {each.table}"
                yield migration.source.violation(each.call, message)


@rule("migration-imports-app")
def find_migrations_importing_app(service: Service) -> Iterator[Violation]:
    """Find migrations that import the code of the service."""
    revisions = service.sources.under("migrations/versions")
    for source, node in revisions.nodes(ast.Import, ast.ImportFrom):
        modules = [node.module] if isinstance(node, ast.ImportFrom) else []
        for name in [*modules, *(alias.name for alias in node.names)]:
            if name and name.split(".")[0] == "app":
                yield source.violation(node, f"imports {name}, which changes after this migration")


@rule("migration-order")
def find_disordered_migrations(service: Service) -> Iterator[Violation]:
    """Find revisions outside the branch of their feature, second heads, missing `depends_on`."""
    creating = {
        one.table: each.script.revision
        for each in service.migrations
        for one in _operations(service, each, each.upgrade)
        if one.kind == "create_table"
    }
    heads = [_branch_of(each) for each in service.migrations if each.script.is_head]
    for each in service.migrations:
        branch = _branch_of(each)
        if branch not in each.script.branch_labels:
            node = _assignment_of(each, "branch_labels")
            yield each.source.violation(node, f"the revision is not in the branch {branch!r}")
        elif each.script.is_head and heads.count(branch) > 1:
            node = _assignment_of(each, "down_revision")
            yield each.source.violation(
                node,
                f"the branch {branch!r} has a second head: run "
                f'`make migration feature={branch} m="join heads"`',
            )
        known = {None, *_ancestors(service, each)}
        for call in each.source.calls():
            for table in (
                _referenced_tables(call)
                if service.facts.names(each.source, call.func) & FOREIGN_KEYS
                else ()
            ):
                if creating.get(table) not in known:
                    yield each.source.violation(
                        call, f"{table!r} may not exist yet: add depends_on"
                    )


def _branch_of(migration: Migration) -> str:
    return migration.source.path.split("/")[-2]


def _assignment_of(migration: Migration, name: str) -> ast.AST:
    lines = (node for node in migration.source.tree.body if isinstance(node, ast.AnnAssign))
    return next((node for node in lines if ast.unparse(node.target) == name), ast.Pass())


def _referenced_tables(call: ast.Call) -> set[str]:
    """Return the tables in a foreign key; its columns are written as `users.id`."""
    texts = (str(node.value) for node in ast.walk(call) if isinstance(node, ast.Constant))
    return {text.partition(".")[0] for text in texts if "." in text}


def _ancestors(service: Service, migration: Migration) -> set[str]:
    by_id = {each.script.revision: each.script for each in service.migrations}
    todo, found = [migration.script.revision], set[str]()
    while todo:
        if (one := todo.pop()) in by_id and one not in found:
            found.add(one)
            todo += to_tuple(by_id[one].down_revision, ())
            todo += to_tuple(by_id[one].dependencies, ())
    return found


def _operations(
    service: Service, migration: Migration, function: Function | None
) -> list[Operation]:
    found: list[Operation] = []
    for call in ast.walk(function) if function else ():
        if isinstance(call, ast.Call):
            names = service.facts.names(migration.source, call.func)
            known = next((one for one in names if one.startswith("alembic.op.")), "")
            name = known or f"alembic.op.{method_of(call)}"
            module, _, kind = name.rpartition(".")
            named = [k.value for k in call.keywords if k.arg in {"table_name", "source_table"}]
            places = [
                *call.args[kind in LOCKING :],
                *named,
            ]  # after the name
            if module == "alembic.op" and kind in KINDS and places:
                found.append(
                    Operation(
                        kind, call, _options(call), _string_value(service, migration, places[0])
                    )
                )
    return found


def _on_live_tables(service: Service, migration: Migration) -> list[Operation]:
    up = _operations(service, migration, migration.upgrade)
    new = {each.table for each in up if each.kind == "create_table"}
    return [each for each in up if each.table not in new]


def _options(node: ast.expr) -> dict[str | None, str]:
    keywords = node.keywords if isinstance(node, ast.Call) else ()
    return {keyword.arg: ast.unparse(keyword.value) for keyword in keywords}


def _string_value(service: Service, migration: Migration, node: ast.expr | None) -> str:
    found = service.facts.resolver.resolve_all(migration.source, node)
    return next((one.value for one in found if isinstance(one.value, str)), "")


RULES = (
    find_irreversible_migrations,
    find_locking_migrations,
    find_breaking_migrations,
    find_migrations_importing_app,
    find_disordered_migrations,
)
