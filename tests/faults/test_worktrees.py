"""Updates of several working trees, or by several processes, at once."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from plumbline.errors import PlumblineError
from plumbline.updating.commands import alone
from plumbline.updating.git import Repository
from tests.faults.conftest import Small, run_program
from tests.faults.killing import edited, kill


def test_two_worktrees_are_updated_at_once(service: Small, tmp_path: Path) -> None:
    service.git("worktree", "add", "--quiet", str(tmp_path / "second"))
    second = Small(tmp_path / "second")
    kill(service, "commands.write = die")
    second.update()
    assert second.version == "2.0"
    assert service.version == "1.0"
    service.update()
    assert service.version == "2.0"
    assert str(tmp_path / "second") in service.git("worktree", "list")


def test_two_updates_of_one_working_tree_wait_for_nobody(service: Small) -> None:
    repository = Repository(service.folder)
    with (
        alone(repository),
        pytest.raises(PlumblineError, match="Another update is running"),
        alone(repository),
    ):
        pass


def test_two_processes_update_two_worktrees_at_once(service: Small, tmp_path: Path) -> None:
    edited(service)
    folders = [service.folder, *(tmp_path / f"tree{number}" for number in range(2))]
    for folder in folders[1:]:
        service.git("worktree", "add", "--quiet", str(folder))
    patch = f"""
begin = commands.Updater.begin
def together(*arguments):
    Path({str(tmp_path)!r}, "ready-" + Path.cwd().name).touch()
    while len(list(Path({str(tmp_path)!r}).glob("ready-*"))) < {len(folders)}:
        pass
    begin(*arguments)
commands.Updater.begin = together
"""
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(partial(run_program, patch=patch), map(Small, folders)))
    assert [one.returncode for one in done] == [0] * len(folders), [one.stderr for one in done]
    states = [Small(folder).state() for folder in folders]
    assert all({**state, ".git": None} == {**states[0], ".git": None} for state in states)
    tags = service.git("tag", "--list", "before-*", "--format=%(objectname)").split()
    assert tags == [service.git("rev-parse", "HEAD").strip()]
