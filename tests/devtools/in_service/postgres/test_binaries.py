import os
from pathlib import Path

import pytest

from devtools.postgres import PostgresUnavailable, binaries
from devtools.postgres.account import Account


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DEV_POSTGRES_BIN", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(binaries, "WHEEL", "no_such_wheel")
    monkeypatch.setattr(binaries, "SYSTEM_INSTALLATIONS", tmp_path)


def install(folder: Path, *, version: str) -> Path:
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        program.chmod(0o755)
    return folder


@pytest.mark.usefixtures("nothing_installed")
def test_the_newest_system_installation_that_runs_is_chosen(tmp_path: Path) -> None:
    install(tmp_path / "9" / "bin", version="9.6")
    expected = install(tmp_path / "16" / "bin", version="16.4")
    broken = install(tmp_path / "17" / "bin", version="17.1")
    (broken / "postgres").write_text("#!/no/such/loader\n")

    assert binaries.find_binaries() == expected
    assert binaries.read_major_version(expected) == 16


@pytest.mark.usefixtures("nothing_installed")
def test_without_any_installation_the_error_says_what_to_do() -> None:
    with pytest.raises(PostgresUnavailable, match=r"uv sync.*DEV_POSTGRES_BIN.*DATABASE_URL"):
        binaries.find_binaries()


def test_a_wrong_choice_is_refused_instead_of_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DEV_POSTGRES_BIN", str(tmp_path))

    with pytest.raises(PostgresUnavailable, match=r"DEV_POSTGRES_BIN is .*no `postgres`"):
        binaries.find_binaries()


def test_programs_out_of_reach_are_copied_once_to_where_the_account_can_run_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    private, shared = tmp_path / "private", tmp_path / "shared"
    original = install(private / "installation" / "bin", version="18.6")
    same = install(private / "another" / "installation" / "bin", version="18.6")
    private.chmod(0o700)
    shared.mkdir()
    monkeypatch.setattr(binaries, "SHARED_FOLDER", shared)
    stranger = Account(name="stranger", uid=os.geteuid() + 1, gid=os.getegid() + 1)

    copies = {binaries.make_reachable(path, account=stranger) for path in (original, same)}

    (copy,) = copies
    assert copy.is_relative_to(shared)
    assert (copy / "postgres").read_text() == (original / "postgres").read_text()
    assert len(list(shared.iterdir())) == 1
