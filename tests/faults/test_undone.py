"""Updates that are undone, or whose plan is lost: each can begin again."""

import shutil
from pathlib import Path

import pytest

from plumbline.errors import PlumblineError, Unfinished
from plumbline.updating.git import Repository
from plumbline.updating.planning import plan_path
from plumbline.updating.switching import change_answers
from tests.faults.conftest import Small
from tests.faults.killing import edited, kill, stages
from tests.history import git


def test_a_plan_that_is_lost_says_how_to_begin_again(service: Small) -> None:
    edited(service)
    kill(service, "writing._write_index = die")
    for ref in service.git("for-each-ref", "--format=%(refname)", "refs/worktree").split():
        service.git("update-ref", "-d", ref)
    service.git("gc", "--quiet", "--prune=now")
    with pytest.raises(PlumblineError, match="git add --all"):
        service.update()
    put_away(service)
    service.update()
    assert service.version == "2.0"


def put_away(service: Small) -> None:
    service.git("add", "--all", ".")
    service.git("stash", "push", "--quiet", "--", ".")


def test_a_plan_that_is_lost_with_conflicts_is_put_away_in_the_service_alone(
    service: Small, tmp_path: Path
) -> None:
    service.write("app/core.py", service.read("app/core.py").replace("line_3 = 3", "line_3 = 'm'"))
    whole = Small(tmp_path / "whole")
    shutil.copytree(service.folder, whole.folder / "api", ignore=shutil.ignore_patterns(".git"))
    git(whole.folder, "init", "--quiet")
    whole.write("other/file", "theirs\n")
    whole.commit()
    api = Small(whole.folder / "api")
    with pytest.raises(Unfinished, match="In conflict"):
        api.update()
    whole.write("other/file", "work of a colleague\n")
    for ref in api.git("for-each-ref", "--format=%(refname)", "refs/worktree").split():
        api.git("update-ref", "-d", ref)
    api.git("gc", "--quiet", "--prune=now")
    with pytest.raises(PlumblineError, match="it is forgotten"):
        api.finish()
    put_away(api)
    assert whole.git("status", "--porcelain") == " M other/file\n"
    with pytest.raises(Unfinished, match="In conflict"):
        api.update()


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


@stages
def test_a_killed_update_is_undone_by_its_command(service: Small, patch: str) -> None:
    edited(service)
    before = service.state()
    kill(service, patch)
    service.git("tag", "-f", "before-update-2.0", "HEAD")  # It may not have come that far.
    service.git("restore", "--source=before-update-2.0", "--staged", "--worktree", "--", ".")
    assert service.state() == before
    assert service.git("status", "--porcelain") == ""
    with pytest.raises(PlumblineError, match="No update is in progress"):
        service.finish()
    change_answers(service.updater(), ["name=other"])
    assert service.version == "1.0"


def test_edits_after_an_undone_update_are_not_taken_for_it(service: Small) -> None:
    lines = service.read("app/core.py")
    service.write("app/core.py", lines.replace("line_3 = 3", "line_3 = 'mine'"))
    service.commit()
    with pytest.raises(Unfinished, match="In conflict"):
        service.update()
    service.git("restore", "--source=before-update-2.0", "--staged", "--worktree", "--", ".")
    service.write("app/own.py", "MINE = 1\n")
    with pytest.raises(PlumblineError, match="No update is in progress"):
        service.finish()
    with pytest.raises(PlumblineError, match=r"Commit or stash these first:\n  app/own\.py$"):
        service.update()
