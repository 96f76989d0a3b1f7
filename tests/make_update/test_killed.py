"""A killed update is resumed, with edits in the meantime preserved."""

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.history import git
from tests.make_update.program import run
from tests.next_release import NEXT
from tests.rewriting import append
from tests.updating import changed

pytestmark = pytest.mark.xdist_group("make update")  # They share a service and its environment.


KILLED_AT = {
    "before a file is written": "writing._write_files = die",
    "between files": "writing._remove = die",
    "before the index is written": "writing._write_index = die",
    "before the plan is marked as written": "commands.replace = die",
    "before it looks for conflicts": "commands.preflight.unmerged_files = die",
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
    done = run(folder, "update")
    assert done.returncode == 1
    assert "- `ruff.toml`: it has changed since the update began. `git diff " in done.stdout
    assert "Changes are missing in the result, see above:\n" in done.stderr
    assert "  ruff.toml\n" in done.stderr
    assert (folder / "ruff.toml").read_text("utf-8").endswith("# Mine\n")


def test_a_killed_preview_leaves_nothing_behind(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(generated)
    before = everything(folder)
    killed = run(folder, "preview", patch="planning.Planner.merge = die")
    assert killed.returncode == -signal.SIGKILL
    assert everything(folder) == before


def everything(folder: Path) -> tuple[set[str], str, str]:
    """Return the changed files, the working trees and the refs of a repository."""
    return changed(folder), git(folder, "worktree", "list"), git(folder, "for-each-ref")
