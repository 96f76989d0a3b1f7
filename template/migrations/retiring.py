"""Dropping what modules that were switched off have left in a database.

`migrations/retired/LABEL/` holds the migrations of such a module. A database that has run them runs
them backwards at its next `alembic upgrade heads`; one that never did never makes the tables.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError
from asyncpg import DependentObjectsStillExistError
from sqlalchemy import DDL, Connection, MetaData, Table, exists, inspect, literal, select, table
from sqlalchemy.exc import DBAPIError

from migrations.branches import tables_created_by

MIGRATIONS = Path(__file__).parent
VERSIONS, RETIRED = MIGRATIONS / "versions", MIGRATIONS / "retired"


class RetiredTablesInUse(CommandError):
    """Tables of a module that is gone cannot be dropped; nothing was."""


def retired_labels() -> set[str]:
    """Return the branches that are retired; one that is switched on again is not."""
    return _labels_in(RETIRED) - _labels_in(VERSIONS)


def all_scripts() -> ScriptDirectory:
    """Return the migrations that there are and those that are retired."""
    retired = [RETIRED / label for label in sorted(retired_labels())]
    return ScriptDirectory(
        MIGRATIONS, version_locations=[VERSIONS, *retired], recursive_version_locations=True
    )


def drop_retired(connection: Connection, *, confirmed: Collection[str]) -> set[str]:
    """Undo the retired migrations that the database has run, all of them or none.

    Args:
        connection: One that is in no transaction.
        confirmed: The branches whose rows may go.

    Returns:
        The branches that the database had.

    Raises:
        RetiredTablesInUse: There are rows whose end nobody confirmed, or something of the database
            still refers to the tables.
    """
    scripts = all_scripts()
    with connection.begin():
        leaving = _retired_in(connection, scripts)
        _refuse_rows(connection, leaving, confirmed=confirmed)
        if leaving:
            _downgrade(connection, scripts, leaving)
    return {_label_of(script) for script in leaving}


@contextmanager
def unknown_revisions_explained(connection: Connection) -> Iterator[None]:
    """Say what to do where the database has run a migration that is not in `versions`."""
    try:
        yield
    except CommandError as error:
        scripts = all_scripts()
        if leaving := {_label_of(script) for script in _retired_in(connection, scripts)}:
            raise CommandError(
                f"The database still has what {_listed(leaving)} left behind. "
                "`alembic upgrade heads` drops it."
            ) from error
        unknown = set(_heads_of(connection)) - _revisions_of(scripts)
        if not unknown:
            raise
        raise CommandError(
            f"The database has run {_listed(unknown)}, which is no migration of this code: newer "
            "code did, or a module that was switched off by other means than `make switch`. "
            f"`git log -S {min(unknown)} -- migrations` finds the commit that took it away. Bring "
            "its folder back to migrations/versions/ to keep the tables, or move it to "
            "migrations/retired/ to have them dropped."
        ) from error


def _labels_in(folder: Path) -> set[str]:
    return {path.parent.name for path in folder.glob("*/*.py")}  # a cache alone is no branch


def _heads_of(connection: Connection) -> tuple[str, ...]:
    return MigrationContext.configure(connection).get_current_heads()


def _revisions_of(scripts: ScriptDirectory) -> set[str]:
    return {script.revision for script in scripts.walk_revisions()}


def _retired_in(connection: Connection, scripts: ScriptDirectory) -> list[Script]:
    """Return the retired migrations that the database has run, the newest first."""
    heads = tuple(set(_heads_of(connection)) & _revisions_of(scripts))
    if not heads:
        return []
    below = scripts.iterate_revisions(heads, "base")
    return [script for script in below if Path(script.path).is_relative_to(RETIRED)]


def _label_of(script: Script) -> str:
    return Path(script.path).relative_to(RETIRED).parts[0]


def _refuse_rows(
    connection: Connection, leaving: Sequence[Script], *, confirmed: Collection[str]
) -> None:
    """Hold the tables until they are dropped, so that none gets a row after this has looked."""
    there = set(inspect(connection).get_table_names())
    unconfirmed = [script for script in leaving if _label_of(script) not in confirmed]
    names = sorted(tables_created_by(unconfirmed) & there)
    for name in names:
        lock = DDL("LOCK TABLE %(fullname)s IN ACCESS EXCLUSIVE MODE")
        connection.execute(lock.against(Table(name, MetaData())))
    if filled := [name for name in names if _has_rows(connection, name)]:
        asked = [script for script in unconfirmed if tables_created_by([script]) & {*filled}]
        labels = sorted({_label_of(script) for script in asked})
        raise RetiredTablesInUse(
            f"{', '.join(labels)}: switched off, but there are rows in {', '.join(filled)}, which "
            "this upgrade would drop. Nothing was changed. Take the rows out with "
            f"{_listed(f'`make export-data module={label}`' for label in labels)}, from a checkout "
            "and with DATABASE_URL of this database; then say that they may go, for one run: "
            f"DROP_RETIRED_DATA={','.join(sorted({*confirmed, *labels}))}"
        )


def _has_rows(connection: Connection, name: str) -> bool:
    any_row = select(literal(1)).select_from(table(name))
    return bool(connection.scalar(select(exists(any_row))))


def _downgrade(connection: Connection, scripts: ScriptDirectory, leaving: Sequence[Script]) -> None:
    steps = [MigrationStep.downgrade_from_script(scripts.revision_map, one) for one in leaving]
    context = MigrationContext.configure(
        connection, opts={"script": scripts, "fn": lambda _heads, _context: steps}
    )
    try:
        with Operations.context(context):
            context.run_migrations()
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig else None
        if not isinstance(cause, DependentObjectsStillExistError):
            raise
        raise RetiredTablesInUse(
            f"Nothing was dropped: {cause}\n"
            "Drop what refers to the table first, by a migration of yours."
        ) from error


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
