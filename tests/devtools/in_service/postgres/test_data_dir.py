import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from devtools.postgres import PostgresUnavailable
from devtools.postgres.account import Account
from devtools.postgres.data_dir import (
    SHORT_FOLDER,
    choose_socket_folder,
    make_private,
    open_data_dir,
)


@pytest.mark.parametrize("name", ["x" * 90, "a,b", "a:b", "a'b", "a%b", "ä"])
def test_a_socket_moves_where_its_address_could_not_be_written(name: str) -> None:
    home = Path("/srv") / name

    folder = choose_socket_folder(home)

    assert folder.parent == SHORT_FOLDER
    assert folder == choose_socket_folder(home)
    assert folder != choose_socket_folder(home / "other")


def test_a_socket_stays_in_a_folder_whose_path_has_spaces() -> None:
    assert choose_socket_folder(Path("/srv/my service")) == Path("/srv/my service/run")


def test_a_folder_that_another_user_created_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)

    with pytest.raises(PostgresUnavailable, match="belongs to another user"):
        make_private(tmp_path)


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path, target_is_directory=True)

    with pytest.raises(PostgresUnavailable, match="belongs to another user"):
        make_private(link)


def test_a_folder_out_of_the_accounts_reach_is_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    private, shared = tmp_path / "private", tmp_path / "shared"
    private.mkdir(mode=0o700)
    shared.mkdir()
    monkeypatch.setattr("devtools.postgres.data_dir.SHARED_FOLDER", shared)
    stranger = Account(name="stranger", uid=os.geteuid() + 1, gid=os.getegid() + 1)

    home = open_data_dir(private / "clusters", account=stranger)

    assert home.parent == shared
    assert home == open_data_dir(private / "clusters", account=stranger)
    assert open_data_dir(private / "clusters", account=None).parent == private / "clusters"


def test_processes_that_create_a_folder_at_once_get_the_same_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        for number in range(100):
            directory = tmp_path / str(number) / "clusters"
            made = [threads.submit(open_data_dir, directory, account=None) for _ in range(8)]
            assert len({future.result() for future in made}) == 1
