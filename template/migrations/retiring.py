"""Removal of the tables of disabled modules from a database.

`migrations/retired/LABEL/` contains the migrations of a disabled module. `alembic upgrade heads`
downgrades them in a database that has run them; in any other database they are never run.
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

from migrations.branches import require_complete, tables_created_by

MIGRATIONS = Path(__file__).parent
VERSIONS, RETIRED = MIGRATIONS / "versions", MIGRATIONS / "retired"


class RetiredTablesInUse(CommandError):
    """The tables of a disabled module cannot be dropped; nothing was changed."""


def retired_labels() -> set[str]:
    """Return the retired branches, except for those that were enabled again."""
    return _labels_in(RETIRED) - _labels_in(VERSIONS)


def all_scripts() -> ScriptDirectory:
    """Return the migrations of the service together with the retired ones.

    Raises:
        CommandError: One that others need is missing.
    """
    retired = [RETIRED / label for label in sorted(retired_labels())]
    scripts = ScriptDirectory(
        MIGRATIONS, version_locations=[VERSIONS, *retired], recursive_version_locations=True
    )
    return require_complete(scripts)


def drop_retired(connection: Connection, *, confirmed: Collection[str]) -> set[str]:
    """Downgrade the retired migrations that the database has run, all of them or none.

    Args:
        connection: A connection without a transaction.
        confirmed: The branches that may be dropped with their rows.

    Returns:
        The branches that were dropped.

    Raises:
        RetiredTablesInUse: Tables have rows and their branch is not confirmed, or other objects of
            the database depend on a table.
    """
    scripts = all_scripts()
    with connection.begin():
        retired = _retired_in(connection, scripts)
        _require_no_rows(connection, retired, confirmed=confirmed)
        if retired:
            _downgrade(connection, scripts, retired)
    return {_label_of(script) for script in retired}


@contextmanager
def unknown_revisions_explained(connection: Connection) -> Iterator[None]:
    """Explain the error for a database that has run a migration that is not in `versions`."""
    try:
        yield
    except CommandError as error:
        scripts = all_scripts()
        if labels := {_label_of(script) for script in _retired_in(connection, scripts)}:
            raise CommandError(
                f"The database still has the tables of disabled modules: {_join(labels)}. "
                "Run `alembic upgrade heads` to drop them."
            ) from error
        unknown = set(_heads_of(connection)) - _revisions_of(scripts)
        if not unknown:
            raise
        raise CommandError(
            f"The database has run {_join(unknown)}, which is not a migration of this code. Either "
            "newer code has run it, or a module was disabled without `make switch`. Find the "
            f"commit that removed it with `git log -S {min(unknown)} -- migrations`, then restore "
            "its folder in migrations/versions/ to keep the tables, or in migrations/retired/ to "
            "drop them."
        ) from error


def _labels_in(folder: Path) -> set[str]:
    # By its files: a folder may remain with nothing but a cache of bytecode.
    return {path.parent.name for path in folder.glob("*/*.py")}


def _heads_of(connection: Connection) -> tuple[str, ...]:
    return MigrationContext.configure(connection).get_current_heads()


def _revisions_of(scripts: ScriptDirectory) -> set[str]:
    return {script.revision for script in scripts.walk_revisions()}


def _retired_in(connection: Connection, scripts: ScriptDirectory) -> list[Script]:
    """Return the retired migrations that the database has run, newest first."""
    heads = tuple(set(_heads_of(connection)) & _revisions_of(scripts))
    if not heads:
        return []
    applied = scripts.iterate_revisions(heads, "base")
    return [script for script in applied if Path(script.path).is_relative_to(RETIRED)]


def _label_of(script: Script) -> str:
    return Path(script.path).relative_to(RETIRED).parts[0]


def _require_no_rows(
    connection: Connection, retired: Sequence[Script], *, confirmed: Collection[str]
) -> None:
    """Raise if a table of an unconfirmed branch has rows."""
    existing = set(inspect(connection).get_table_names())
    unconfirmed = [script for script in retired if _label_of(script) not in confirmed]
    names = sorted(tables_created_by(unconfirmed) & existing)
    # The lock holds until the tables are dropped, so that no row is inserted after the check. The
    # sorted order keeps two upgrades at once from a deadlock.
    for name in names:
        lock = DDL("LOCK TABLE %(fullname)s IN ACCESS EXCLUSIVE MODE")
        connection.execute(lock.against(Table(name, MetaData())))
    if filled := [name for name in names if _has_rows(connection, name)]:
        owners = [script for script in unconfirmed if tables_created_by([script]) & {*filled}]
        labels = sorted({_label_of(script) for script in owners})
        raise RetiredTablesInUse(
            f"This upgrade would drop the tables of disabled modules ({', '.join(labels)}), but "
            f"there are rows in {', '.join(filled)}. Nothing was changed. Export the rows with "
            f"{_join(f'`make export-data module={label}`' for label in labels)}, from a checkout "
            "and with DATABASE_URL of this database. Then allow the loss for one run with "
            f"DROP_RETIRED_DATA={','.join(sorted({*confirmed, *labels}))}"
        )


def _has_rows(connection: Connection, name: str) -> bool:
    any_row = select(literal(1)).select_from(table(name))
    return bool(connection.scalar(select(exists(any_row))))


def _downgrade(connection: Connection, scripts: ScriptDirectory, retired: Sequence[Script]) -> None:
    # A context of its own runs the steps in the caller's transaction; the command `downgrade` would
    # load env.py again and commit for itself.
    steps = [MigrationStep.downgrade_from_script(scripts.revision_map, one) for one in retired]
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
            "First remove the references to the table with a migration of your own."
        ) from error


def _join(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
