"""A killed update is resumed, with edits in the meantime preserved."""

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.history import git
from tests.make_update.program import STOPPED, run
from tests.next_release import NEXT
from tests.rewriting import append
from tests.updating import changed

pytestmark = pytest.mark.xdist_group("make update")  # They share a service and its environment.


KILLED_AT = {
    "before a file is written": "writing._write_files = die",
    "between files": "writing._remove = die",
    "before the index is written": "writing._write_index = die",
    "before the plan is marked as written": "program.replace = die",
    "before it looks for conflicts": "program.preflight.unfinished = die",
}


@pytest.mark.parametrize("patch", KILLED_AT.values(), ids=KILLED_AT)
def test_a_killed_update_is_resumed(
    begun: Path, copied: Callable[[Path], Path], patch: str, undisturbed: dict[str, str]
) -> None:
    folder = copied(begun)
    assert run(folder, "update", patch=patch).returncode == -signal.SIGKILL
    again = run(folder, "update")
    assert "In conflict:\n  .env.example\n" in again.stderr
    assert written(folder) == undisturbed
    assert git(folder, "tag").split() == [f"before-update-{NEXT}"]


@pytest.fixture(scope="session")
def undisturbed(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files that an undisturbed update writes."""
    folder = Path(shutil.copytree(begun, tmp_path_factory.mktemp("undisturbed") / "service"))
    run(folder, "update")
    return written(folder)


def written(folder: Path) -> dict[str, str]:
    """Return the content and the entry in git's index of every path that differs, by path."""
    return {
        path: git(folder, "ls-files", "--stage", "--", path)
        + ((folder / path).read_text("utf-8") if (folder / path).exists() else "")
        for path in changed(folder)
    }


def test_a_file_edited_after_the_kill_is_not_overwritten(
    begun: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(begun)
    append(folder / "ruff.toml", "# Mine\n")
    said = run(folder, "update").stdout
    assert "ruff.toml has changed since the update began: it is not updated." in said
    assert (folder / "ruff.toml").read_text("utf-8").endswith("# Mine\n")


def test_the_worktree_of_a_killed_update_is_removed_by_the_next_one(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(generated)
    killed = run(folder, "preview", patch="planning.run_copier_update = die")
    assert killed.returncode == -signal.SIGKILL
    assert git(folder, "worktree", "list").count("\n") == 2
    stopped = run(folder, "preview", patch=STOPPED)
    assert stopped.stderr == "stopped\n"
    assert git(folder, "worktree", "list").count("\n") == 1
