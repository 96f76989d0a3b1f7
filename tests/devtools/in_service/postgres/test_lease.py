import fcntl
import os
import pwd
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from devtools import shared_server
from devtools.locks import is_locked, open_lock
from devtools.postgres import lease, lease_postgres
from devtools.postgres.account import Account, find_server_account
from devtools.postgres.binaries import find_binaries
from tests.devtools.conftest import Client, is_running, parent_of, pause, wait_until

StartClient = Callable[..., Client]
IS_ROOT = os.geteuid() == 0


async def fetch_value(sockets: Path, query: str) -> object:
    connection = await asyncpg.connect(
        host=str(sockets), port=5432, user="postgres", database="postgres"
    )
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def folder_of(client: Client) -> Path:
    return client.sockets.parent


def slow_binaries(folder: Path, *, seconds: float) -> Path:
    """Return a folder whose server starts only after some time."""
    folder.mkdir()
    real = find_binaries()
    (folder / "initdb").symlink_to(real / "initdb")
    program = folder / "postgres"
    wait = f'[ "$1" = --version ] || sleep {seconds}'
    program.write_text(f'#!/bin/sh\n{wait}\nexec {shlex.quote(str(real / "postgres"))} "$@"\n')
    program.chmod(0o755)
    return folder


def is_locked_exclusively(path: Path) -> bool:
    lock = open_lock(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def supervisor_pid(client: Client) -> int:
    return parent_of(client.server_pid)


def test_clients_that_start_at_once_share_one_server(
    directory: Path, start_client: StartClient
) -> None:
    clients = [start_client(directory) for _ in range(4)]

    assert len({client.server_pid for client in clients}) == 1


def test_killing_the_only_client_leaves_no_process_and_no_socket(
    directory: Path, start_client: StartClient
) -> None:
    client = start_client(directory)
    server, supervisor = client.server_pid, supervisor_pid(client)

    client.kill()

    wait_until(lambda: not is_running(server) and not is_running(supervisor))
    wait_until(lambda: not client.sockets.exists())


def test_the_server_stays_while_another_client_lives(
    directory: Path, start_client: StartClient
) -> None:
    first, second = start_client(directory), start_client(directory)
    server = first.server_pid
    assert second.server_pid == server

    first.kill()

    pause(0.4)
    assert is_running(server)


def test_the_server_waits_for_a_next_client_for_the_time_of_grace(
    directory: Path, start_client: StartClient
) -> None:
    first = start_client(directory, grace_seconds=30)
    server, supervisor = first.server_pid, supervisor_pid(first)
    first.end()

    pause(0.4)
    assert is_running(server)
    assert start_client(directory).server_pid == server

    os.kill(supervisor, signal.SIGTERM)
    wait_until(lambda: not is_running(server))


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels cannot stop it at once")
def test_killing_the_supervisor_stops_the_server(
    directory: Path, start_client: StartClient
) -> None:
    client = start_client(directory)
    server = client.server_pid

    os.kill(supervisor_pid(client), signal.SIGKILL)

    wait_until(lambda: not is_running(server))
    assert start_client(directory).server_pid != server


async def test_a_client_that_arrives_while_the_server_stops_gets_a_new_one(
    directory: Path, start_client: StartClient
) -> None:
    first = start_client(directory)
    server = first.server_pid
    os.kill(server, signal.SIGSTOP)
    first.kill()
    wait_until(lambda: is_locked_exclusively(folder_of(first) / "clients.lock"))

    second = start_client(directory)
    pause(0.3)
    os.kill(server, signal.SIGCONT)

    assert await fetch_value(second.sockets, "SELECT 1") == 1
    assert second.server_pid != server


async def test_a_client_that_arrives_while_the_server_starts_waits_until_it_is_ready(
    place: Path, directory: Path, start_client: StartClient
) -> None:
    first = start_client(directory, binaries=slow_binaries(place / "slow", seconds=0.5))
    supervisor_lock = directory / f"uid-{os.geteuid()}" / "supervisor.lock"
    wait_until(lambda: supervisor_lock.exists() and is_locked(supervisor_lock))
    first.kill()

    second = start_client(directory)

    assert await fetch_value(second.sockets, "SELECT 1") == 1


async def test_a_server_that_outlives_its_supervisor_is_stopped_before_the_next_starts(
    directory: Path, start_client: StartClient
) -> None:
    first = start_client(directory)
    server = first.server_pid
    supervisor = supervisor_pid(first)
    os.kill(server, signal.SIGSTOP)
    os.kill(supervisor, signal.SIGKILL)
    first.kill()
    wait_until(lambda: not is_running(supervisor))

    second = start_client(directory)
    pause(0.3)
    os.kill(server, signal.SIGCONT)

    assert await fetch_value(second.sockets, "SELECT 1") == 1
    assert not is_running(server)


def test_a_server_starts_again_after_all_was_killed_and_its_pid_was_given_away(
    directory: Path, start_client: StartClient
) -> None:
    client = start_client(directory)
    server, supervisor = client.server_pid, supervisor_pid(client)
    os.kill(supervisor, signal.SIGSTOP)
    os.kill(server, signal.SIGKILL)
    os.kill(supervisor, signal.SIGKILL)
    client.kill()
    wait_until(lambda: not is_locked(folder_of(client) / "server.lock"))
    account = find_server_account()
    other = subprocess.Popen(["sleep", "60"], user=account.uid if account else None)  # noqa: S607 - the one on the PATH
    data = next(folder_of(client).glob("data*"))
    for stale in (data / "postmaster.pid", client.sockets / ".s.PGSQL.5432.lock"):
        lines = stale.read_text().splitlines(keepends=True)
        stale.write_text("".join([f"{other.pid}\n", *lines[1:]]))

    restarted = is_running(start_client(directory).server_pid)
    other.kill()
    other.wait()

    assert restarted


async def test_the_address_works_with_sqlalchemy_although_its_path_has_spaces(
    directory: Path, start_client: StartClient
) -> None:
    sockets = start_client(directory).sockets
    assert " " in str(sockets)
    query = {"host": str(sockets), "port": "5432"}
    engine = create_async_engine(
        URL.create("postgresql+asyncpg", "postgres", database="postgres", query=query)
    )

    async with engine.connect() as connection:
        value = await connection.scalar(text("SELECT current_user"))
    await engine.dispose()

    assert value == "postgres"


def test_a_server_that_does_not_start_is_explained_by_its_log(
    directory: Path, start_client: StartClient
) -> None:
    error = start_client(directory, settings={"no_such": "1"}).error()

    assert "PostgreSQL did not start" in error
    assert 'unrecognized configuration parameter "no_such"' in error


def test_data_of_another_major_version_are_kept_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data9").mkdir()

    cluster = lease._describe_cluster(tmp_path, tmp_path / "run", settings={})

    assert cluster.pgdata.name != "data9"
    assert "new major version" in caplog.text
    assert "data9" in caplog.text


def test_a_place_that_cannot_be_used_is_a_clear_error(
    place: Path, start_client: StartClient
) -> None:
    (place / "file").touch()

    error = start_client(place / "file" / "clusters").error()

    assert f"a server cannot run in {place / 'file' / 'clusters'}" in error
    assert "set DATABASE_URL" in error


def is_recent(python: str) -> bool:
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python, "-c", check], check=False).returncode == 0


@pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
def test_root_and_another_user_have_clusters_of_their_own_in_one_place(
    directory: Path, start_client: StartClient
) -> None:
    nobody = pwd.getpwnam("nobody")
    account = Account(name="nobody", uid=nobody.pw_uid, gid=nobody.pw_gid)
    known = [sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"]
    usable = [path for path in known if Path(path).exists() and account.can_reach(Path(path))]
    usable = [path for path in usable if is_recent(path)]
    if not usable or not account.can_reach(Path(__file__).parent):
        pytest.skip("the account nobody cannot reach a Python or this folder")
    os.chown(directory, account.uid, account.gid)
    ours = start_client(directory)

    theirs = start_client(directory, python=usable[0], user=account.uid, group=account.gid)

    root_account = find_server_account()
    assert root_account
    assert theirs.server_pid != ours.server_pid
    assert theirs.sockets.stat().st_uid == account.uid
    assert ours.sockets.stat().st_uid == root_account.uid
    theirs.end()
    wait_until(lambda: not theirs.sockets.exists())
    assert folder_of(theirs).parent == folder_of(ours).parent == directory


def test_a_lease_is_taken_once_in_a_process(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined: list[Path] = []

    def join(folder: Path, _: object) -> int:
        joined.append(folder)
        return os.open(os.devnull, os.O_RDONLY)

    leases: dict[Path, int] = {}
    monkeypatch.setattr(shared_server, "_leases", leases)
    monkeypatch.setattr(shared_server, "_join", join)

    for _ in range(2):
        lease_postgres(directory, settings={}, grace_seconds=0, inheritable=True)

    (descriptor,) = leases.values()
    assert len(joined) == 1
    assert os.get_inheritable(descriptor)
    os.close(descriptor)
