"""Updates that are killed, committed as they lie, or whose plan is lost."""

import shutil
import signal
from pathlib import Path

import pytest

from plumbline.errors import PlumblineError, Unfinished
from plumbline.updating.commands import alone
from plumbline.updating.git import Repository
from plumbline.updating.planning import plan_path
from tests.faults.conftest import Small, run_program
from tests.history import git

STAGES = {
    "before the plan": "commands.write_plan = die",
    "after the plan": "commands.write = die",
    "before the first file": "writing._write_files = die",
    "after a removal": """
remove = writing._remove
writing._remove = lambda *arguments: (remove(*arguments), die())""",
    "before the index": "writing._write_index = die",
    "before the answers": """
write_files = writing._write_files
def until_answers(repository, plan, paths):
    if writing.ANSWERS_FILE in paths:
        die()
    write_files(repository, plan, paths)
writing._write_files = until_answers""",
    "after the answers, before their index": """
write_index = writing._write_index
def until_answers(repository, plan, files):
    if writing.ANSWERS_FILE in files:
        die()
    write_index(repository, plan, files)
writing._write_index = until_answers""",
    "after everything": "commands.Updater.outcome = die",
}
stages = pytest.mark.parametrize("patch", STAGES.values(), ids=STAGES)


def edited(service: Small) -> Small:
    lines = service.read("app/core.py")
    service.write("app/core.py", lines.replace("line_30 = 30", "line_30 = 'mine'"))
    service.write("app/own.py", "MINE = 1\n")
    service.commit()
    return service


@pytest.fixture
def undisturbed(service: Small, tmp_path: Path) -> dict[str, object]:
    """The state after an update that nothing interrupts."""
    copy = Small(Path(shutil.copytree(edited(service).folder, tmp_path / "copy", symlinks=True)))
    copy.update()
    return copy.state()


def kill(service: Small, patch: str, action: str = "updater.update(to=None)") -> None:
    killed = run_program(service, action, patch=patch)
    assert killed.returncode == -signal.SIGKILL, killed.stderr


@stages
def test_a_killed_update_is_resumed(
    service: Small, undisturbed: dict[str, object], patch: str
) -> None:
    kill(service, patch)
    service.update()
    assert service.state() == undisturbed
    assert service.git("diff", "--name-only") == ""


@stages
def test_a_killed_update_that_is_committed_is_completed_by_the_next(
    service: Small, undisturbed: dict[str, object], patch: str
) -> None:
    kill(service, patch)
    service.commit("As it lies")
    try:
        service.update()
    except Unfinished:
        service.finish()
    assert service.state() == undisturbed


@pytest.mark.parametrize("action", ["finishing.finish(updater)", "updater.update(to=None)"])
def test_a_killed_end_is_repeated(
    service: Small, undisturbed: dict[str, object], action: str
) -> None:
    kill(service, "commands.forget_plan = die")
    kill(service, "commands.forget_plan = die", action)
    service.finish()
    assert service.state() == undisturbed
    assert not plan_path(Repository(service.folder)).exists()


def test_an_edit_after_the_kill_is_not_overwritten(service: Small) -> None:
    kill(service, "commands.write = die")
    service.write("AGENTS.md", "written meanwhile\n")
    service.write("app/own.py", "own\n")
    with pytest.raises(Unfinished, match=r"AGENTS\.md"):
        service.update()
    assert service.read("AGENTS.md") == "written meanwhile\n"
    assert service.read("app/own.py") == "own\n"
    assert service.read("app/new.py") == "NEW = 1\n"


def test_git_gc_takes_nothing_of_an_update_in_progress(
    service: Small, undisturbed: dict[str, object]
) -> None:
    kill(service, "commands.write = die")
    service.git("reflog", "expire", "--expire=now", "--all")
    service.git("gc", "--quiet", "--prune=now")
    service.update()
    assert service.state() == undisturbed


def test_a_plan_that_is_lost_says_how_to_begin_again(service: Small) -> None:
    edited(service)
    kill(service, "writing._write_index = die")
    for ref in service.git("for-each-ref", "--format=%(refname)", "refs/worktree").split():
        service.git("update-ref", "-d", ref)
    service.git("gc", "--quiet", "--prune=now")
    with pytest.raises(PlumblineError, match="git stash --include-untracked"):
        service.update()
    service.git("stash", "--include-untracked", "--quiet")
    service.update()
    assert service.version == "2.0"


@pytest.mark.parametrize("content", ["", "{}", '{"old": 1}', "[]"])
def test_an_unreadable_plan_says_how_to_begin_again(service: Small, content: str) -> None:
    kill(service, "commands.write = die")
    plan_path(Repository(service.folder)).write_text(content)
    with pytest.raises(PlumblineError, match="make update"):
        service.update()
    service.update()
    assert service.version == "2.0"


def test_an_update_that_is_undone_is_forgotten(service: Small) -> None:
    edited(service)
    before = service.state()
    kill(service, "commands.Updater.outcome = die")
    service.git("restore", "--source=before-update-2.0", "--staged", "--worktree", "--", ".")
    assert service.state() == before
    service.update()
    assert service.version == "2.0"


def test_the_undo_command_touches_nothing_outside_the_service(
    service: Small, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Small(tmp_path / "monorepo")
    shutil.copytree(service.folder, whole.folder / "services/api")
    shutil.rmtree(whole.folder / "services/api/.git")
    git(whole.folder, "init", "--quiet")
    whole.write("other/file.txt", "theirs\n")
    whole.commit()
    api = Small(whole.folder / "services/api")
    before = api.state()
    api.update()
    whole.write("other/file.txt", "work of a colleague\n")
    whole.write("other/new.txt", "new\n")
    undo = capsys.readouterr().out.partition("To undo the update: ")[2].splitlines()[0]
    assert undo.startswith("git restore --source=before-update-2.0 ")
    api.git(*undo.split()[1:])
    assert api.state() == before
    assert whole.read("other/file.txt") == "work of a colleague\n"
    assert whole.read("other/new.txt") == "new\n"


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
