import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools import with_database
from devtools.locks import is_locked
from devtools.postgres import PostgresUnavailable, locate_data
from tests.devtools.conftest import SERVICE_ROOT, parent_of, pause, wait_until

MANAGED = (
    *("DATABASE_URL", "MIGRATION_DATABASE_URL", "DIRECT_DATABASE_URL", "ENVIRONMENT"),
    *("PGHOST", "PGPORT", "PGUSER", "PGDATABASE"),
)
SHOW_USE = """
import asyncio, os, sys
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
async def main():
    engine = create_async_engine(os.environ["DATABASE_URL"])
    async with engine.connect() as connection:
        print(os.environ["ENVIRONMENT"], await connection.scalar(text("SELECT current_database()")))
    await engine.dispose()
asyncio.run(main())
print(sys.argv[1:])
sys.exit(7)
"""


@pytest.fixture(scope="session")
def service(place: Path) -> Iterator[Path]:
    """The service with another database folder, so that no real data are touched."""
    root = place / "a service"
    root.mkdir()
    for name in ("app", "devtools", "migrations", "alembic.ini"):
        (root / name).symlink_to(SERVICE_ROOT / name)
    yield root
    stop_supervisor(root / ".data" / "postgres" / f"uid-{os.geteuid()}")


def stop_supervisor(home: Path) -> None:
    """End the server without waiting for the time of grace."""
    if pid_file := next(home.glob("data*/postmaster.pid"), None):
        server = int(pid_file.read_text().split()[0])
        os.kill(parent_of(server), signal.SIGTERM)
    wait_until(lambda: not is_locked(home / "supervisor.lock"))


def start(service: Path, *command: str, **variables: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if name not in MANAGED}
    return subprocess.Popen(
        [sys.executable, "-m", "devtools.with_database", *command],
        cwd=service,
        env=clean | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_gets_its_arguments_a_migrated_database_and_its_exit_code(
    service: Path,
) -> None:
    process = start(service, sys.executable, "-c", SHOW_USE, "two  words", "--help", PGPORT="1")

    output, errors = process.communicate()

    assert output.splitlines() == ["development app", "['two  words', '--help']"], errors
    assert process.returncode == 7
    assert "created the database app" in errors
    assert "Applied accounts/" in errors
    _, errors = start(service, "true").communicate()
    assert "migrate" not in errors  # nor does Alembic find out that there is nothing to do


def test_the_command_holds_the_server_until_it_is_killed(service: Path) -> None:
    process = start(service, "--no-migrate", "sh", "-c", 'echo "$$ $PGHOST"; read _')
    assert process.stdout
    pid, host = process.stdout.readline().strip().split(maxsplit=1)
    clients_lock = Path(host).parent / "clients.lock"

    assert int(pid) == process.pid
    pause(0.2)
    assert is_locked(clients_lock)

    process.kill()
    process.communicate()
    wait_until(lambda: not is_locked(clients_lock))


class Replaced(Exception):
    """Raised where the process would have become the command."""


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder with nothing configured, where no command really runs."""

    def replace(_: str, command: list[str]) -> None:
        raise Replaced(command)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.execvp", replace)
    monkeypatch.setattr(with_database, "lease_postgres", refuse_lease)
    for name in MANAGED:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def lease_elsewhere(*_: object, **__: object) -> Path:
    return Path("/nowhere/run")


def refuse_lease(*_: object, **__: object) -> None:
    raise PostgresUnavailable("here is none.")


@pytest.mark.usefixtures("folder")
def test_a_configured_database_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")

    with pytest.raises(Replaced):
        with_database.run_with_database(["true"], migrate=True)

    assert os.environ["DATABASE_URL"] == "postgresql://elsewhere/x"
    assert "ENVIRONMENT" not in os.environ


@pytest.mark.usefixtures("folder")
def test_psql_goes_past_the_pooler_of_neon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://ep-a-pooler.aws.neon.tech/x")

    with pytest.raises(Replaced):
        with_database.run_with_database(["true"], migrate=True)

    assert os.environ["DIRECT_DATABASE_URL"] == "postgresql://ep-a.aws.neon.tech/x"


def test_a_database_of_the_env_file_counts_although_the_variable_is_empty(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text('DATABASE_URL="postgresql://elsewhere/x"\n')
    monkeypatch.setenv("DATABASE_URL", "")

    with pytest.raises(Replaced):
        with_database.run_with_database(["true"], migrate=True)

    assert os.environ["DATABASE_URL"] == "postgresql://elsewhere/x"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("wanted", [True, False])
def test_other_servers_run_for_a_command_that_needs_them(
    monkeypatch: pytest.MonkeyPatch, *, wanted: bool
) -> None:
    provided: list[object] = []
    monkeypatch.setattr(with_database, "PROVIDERS", [provided.append])
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")

    with pytest.raises(Replaced):
        with_database.run_with_database(["true"], migrate=True, with_servers=wanted)

    assert bool(provided) is wanted


def test_an_empty_address_counts_as_none(folder: Path) -> None:
    (folder / ".env").write_text("DATABASE_URL=\n")

    with pytest.raises(SystemExit, match="DATABASE_URL is not set, and here is none"):
        with_database.run_with_database(["true"], migrate=True)


def test_the_folder_of_the_data_is_printed_although_the_socket_is_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(with_database, "DIRECTORY", folder / "data")
    monkeypatch.setattr(with_database, "lease_postgres", lease_elsewhere)
    monkeypatch.setattr("devtools.postgres.data_dir.SHARED_FOLDER", folder)

    with pytest.raises(SystemExit, match="could not be prepared"):
        with_database.run_with_database(["true"], migrate=True)

    assert f"PostgreSQL in {locate_data(folder / 'data')}\n" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["environment", "file"])
def test_production_gets_no_embedded_database(
    place: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place == "environment":
        monkeypatch.setenv("ENVIRONMENT", "production")
    else:
        (folder / ".env").write_text("ENVIRONMENT=production\n")

    with pytest.raises(SystemExit, match="Set DATABASE_URL, or unset ENVIRONMENT"):
        with_database.run_with_database(["true"], migrate=True)


@pytest.mark.usefixtures("folder")
def test_an_environment_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "staging")

    with pytest.raises(SystemExit, match=r"ENVIRONMENT: .*'production'"):
        with_database.run_with_database(["true"], migrate=True)


def test_a_command_that_does_not_exist_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")

    with pytest.raises(SystemExit) as ended:
        with_database.run_with_database(["no-such-program"], migrate=True)

    assert ended.value.code == 127
    assert "there is no program named no-such-program" in capsys.readouterr().err
