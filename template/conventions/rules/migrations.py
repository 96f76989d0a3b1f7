"""Migrations: locks, compatibility with the running version, order and downgrades."""

import ast
import re
from collections.abc import Iterator

from alembic.util import to_tuple

from conventions.facts.calling import own_nodes
from conventions.facts.iteration import iterated, loops_around
from conventions.facts.statements import method_of
from conventions.facts.trace import Trace
from conventions.findings import Violation
from conventions.migration import Migration
from conventions.migration_sql import RenderedSql, render, rendered_migrations, risks
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source, last_name

LOCKS = {
    "adding-field-with-default": "all rows are written again under a lock",
    "adding-foreign-key-constraint": "all rows are checked under a lock",
    "adding-not-nullable-field": "all rows are checked for NULL under a lock",
    "ban-concurrent-index-creation-in-transaction": "CONCURRENTLY cannot run in a transaction",
    "changing-column-type": "a change of type rewrites all rows under a lock",
    "constraint-missing-not-valid": "all rows are checked under a lock",
    "disallowed-unique-constraint": "its index is built under a lock; create the index first",
    "require-concurrent-index-creation": "the index is built under a lock",
    "require-concurrent-reindex": "the indexes are built again under a lock",
}
"""The findings of squawk about locks, in our words."""
BREAKS = {
    "adding-required-field": "the running version does not fill this column",
    "ban-drop-column": "the running version still uses the column",
    "ban-drop-table": "the running version still uses the table",
    "renaming-column": "the running version still uses the old name",
    "renaming-table": "the running version still uses the old name",
}
"""The findings of squawk about the version of the service that is still running."""
FOREIGN_KEYS = {"sqlalchemy.ForeignKey", "sqlalchemy.ForeignKeyConstraint"}

_LOCKING = {
    r"UPDATE\b(?!.*\bLIMIT\b)": "all rows are changed in one transaction",
    r"LOCK\b": "nothing can use the table until the migration ends",
    r"(CLUSTER|VACUUM\b.*\bFULL)\b": "all rows are written again under a lock",
    r"ALTER TABLE\b.*\bSET (UN)?LOGGED\b": "all rows are written again under a lock",
    r"ALTER TABLE\b.*\bSET (TABLESPACE|ACCESS METHOD)\b": "all rows are copied under a lock",
    r"ALTER TABLE\b.*\bDISABLE TRIGGER\b": "triggers and foreign keys are off under a lock",
    r"REFRESH MATERIALIZED VIEW (?!CONCURRENTLY)": "the view cannot be read meanwhile",
}
_CUTTING = r"(left|right|substr\w*|round|trunc|floor|ceil|split_part)"
_LOSING = {
    r"(DELETE|TRUNCATE)\b(?!.*\bLIMIT\b)": "no downgrade brings the deleted rows back",
    rf"ALTER TABLE\b.*\bTYPE\b.*\bUSING .*\b{_CUTTING}\b": "no downgrade restores the old values",
}
_KINDS = "(?:MATERIALIZED VIEW|TABLE|TYPE|DOMAIN|FUNCTION|PROCEDURE|SEQUENCE|TRIGGER|VIEW)"
_CREATED = re.compile(
    rf"CREATE (?:UNLOGGED )?{_KINDS}(?: IF NOT EXISTS)? (\S+?)(?=[ (;]|$)"
    r"|ADD COLUMN (?:IF NOT EXISTS )?(\S+)",
    re.IGNORECASE,
)
_REMOVED = re.compile(
    rf"DROP (?:{_KINDS}|COLUMN)(?: IF EXISTS)? ([^;]+)|RENAME TO (\S+)", re.IGNORECASE
)
_EXECUTING = (".execute", ".scalars", ".exec_driver_sql")
_READING = (*_EXECUTING, ".fetchall", ".all", ".mappings", ".tuples", ".yield_per")
_EXPLAINED = 8
"""The words that the reason for an empty downgrade takes, at least."""


@rule("irreversible-migration")
def find_irreversible_migrations(service: Service) -> Iterator[Violation]:
    """Find downgrades that are empty, or keep what `upgrade` created."""
    for up in rendered_migrations(service):
        each, down = up.migration, render(up.migration, "downgrade")
        node = each.downgrade or each.source.tree
        left = _names(_CREATED, up) - _names(_REMOVED, down)
        is_empty = up.statements and not down.statements
        is_refused = isinstance(down.error, NotImplementedError)
        if down.error and not is_refused:
            continue
        if is_empty and (is_refused or _names(_CREATED, up) or not _is_explained(each)):
            yield each.source.violation(node, "`downgrade` does not revert `upgrade`")
        elif left:
            yield each.source.violation(
                node, f"`downgrade` does not drop {', '.join(sorted(left))}"
            )


def _names(pattern: re.Pattern[str], sql: RenderedSql) -> set[str]:
    """Return the names of the objects in the SQL that a pattern finds."""
    found = (match for one in sql.statements for match in pattern.finditer(one.sql))
    texts = (text for match in found for text in match.groups() if text)
    return {
        re.split(r"[\s(;]", name.strip())[0].split(".")[-1].strip('"')
        for text in texts
        for name in text.split(",")
    }


def _is_explained(migration: Migration) -> bool:
    """Return whether the downgrade says why there is nothing to revert."""
    text = ast.get_docstring(migration.downgrade) if migration.downgrade else ""
    return len((text or "").split()) >= _EXPLAINED


@rule("locking-migration")
def find_locking_migrations(service: Service) -> Iterator[Violation]:
    """Find statements that hold a strong lock on an existing table for long."""
    yield from _of_squawk(service, LOCKS)
    yield from _of_patterns(service, _LOCKING)


@rule("breaking-migration")
def find_breaking_migrations(service: Service) -> Iterator[Violation]:
    """Find statements that break the version of the service that is still running."""
    yield from _of_squawk(service, BREAKS)


@rule("lossy-migration")
def find_lossy_migrations(service: Service) -> Iterator[Violation]:
    """Find statements that delete or cut values of rows."""
    yield from _of_patterns(service, _LOSING)


def _of_squawk(service: Service, messages: dict[str, str]) -> Iterator[Violation]:
    """Yield the findings of squawk with these names, each line once."""
    reported: set[tuple[str, int]] = set()
    for risk in risks(service):
        place = risk.migration.source.path, risk.line
        if risk.name in messages and place not in reported:
            reported.add(place)
            message = f"{messages[risk.name]}: {risk.sql[:60]}"
            yield Violation(path=place[0], line=risk.line, message=message)


def _of_patterns(service: Service, messages: dict[str, str]) -> Iterator[Violation]:
    """Yield the statements about existing tables that match a pattern."""
    for rendered in rendered_migrations(service):
        source, new = rendered.migration.source, _names(_CREATED, rendered)
        for line, sql in rendered.statements:
            text = " ".join(sql.split())
            problem = next((m for p, m in messages.items() if re.match(p, text, re.IGNORECASE)), "")
            if (
                problem
                and not new.intersection(re.findall(r"\w+", text))
                and not _is_in_batches(service, source, line)
            ):
                yield Violation(path=source.path, line=line, message=f"{problem}: {text[:60]}")


def _is_in_batches(service: Service, source: Source, line: int) -> bool:
    """Return whether a line repeats until no rows are left, or for parts of them."""
    return any(
        loop.lineno <= line <= (loop.end_lineno or line)
        for loop in source.nodes(ast.While, ast.For)
        if isinstance(loop, ast.While) or not service.facts.iteration.is_bounded(source, loop.iter)
    )


class _Rows(Trace):
    """Rows that were read from the database."""

    def starts_at(self, source: Source, node: ast.expr) -> str:
        names = self.resolver.names(source, getattr(node, "func", None))
        return next((name for name in names if name.endswith(_READING)), "")

    def stops_at(self, source: Source, node: ast.expr) -> bool:
        is_part = isinstance(node, ast.Call) and method_of(node) in {"partitions", "fetchmany"}
        return is_part or super().stops_at(source, node)


def _executes(names: frozenset[str]) -> bool:
    return any(name.endswith(_EXECUTING) for name in names)


@rule("row-by-row-migration")
def find_row_by_row_migrations(service: Service) -> Iterator[Violation]:
    """Find migrations that read rows and write them one by one."""
    rows = _Rows(service.facts.graph)
    for migration in service.migrations:
        source = migration.source
        for call in source.calls():
            loops = [iterated(loop) for loop in loops_around(source, call)]
            given = [one for one in call.args[1:] if not isinstance(one, ast.Dict)]  # a row alone
            changed = given if _changes_many(service, source, call) else []
            sends = _sends(service, source, call)
            if sends and any(rows.origin(source, one) for one in [*loops, *changed]):
                yield source.violation(call, f"`{last_name(call)}` runs once per row")


def _sends(service: Service, source: Source, call: ast.Call) -> bool:
    """Return whether a call sends a statement, directly or through a function of the migration."""
    if _executes(service.facts.names(source, call.func)):
        return True
    functions = (one.node for one in service.facts.resolver.resolve_all(source, call.func))
    return any(
        isinstance(part, ast.Call) and _executes(service.facts.names(source, part.func))
        for function in functions
        if isinstance(function, ast.FunctionDef) and function in source.functions()
        for part in own_nodes(function)
    )


def _changes_many(service: Service, source: Source, call: ast.Call) -> bool:
    """Return whether a call sends an UPDATE or DELETE with a list of parameters."""
    if not call.args or any(isinstance(one, ast.While) for one in source.parents(call)):
        return False
    steps = service.facts.statements.steps(source, call.args[0])
    if steps:
        return service.facts.statements.kind(*steps[0]) in {"update", "delete"}
    behind = service.facts.resolver.value_behind(source, call.args[0]) or call.args[0]
    texts = (one.value for one in ast.walk(behind) if isinstance(one, ast.Constant))
    return any(re.match(r"\s*(update|delete)\b", str(text), re.IGNORECASE) for text in texts)


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
        table: each.migration.script.revision
        for each in rendered_migrations(service)
        for table in _names(_CREATED, each)
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


RULES = (
    find_irreversible_migrations,
    find_locking_migrations,
    find_breaking_migrations,
    find_lossy_migrations,
    find_row_by_row_migrations,
    find_migrations_importing_app,
    find_disordered_migrations,
)
