"""Updates that are killed, committed as they lie, or whose plan is lost."""

import errno
import os
import shutil
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from plumbline.errors import PlumblineError, Unfinished
from plumbline.updating import writing
from plumbline.updating.commands import alone
from plumbline.updating.git import Repository
from plumbline.updating.planning import plan_path
from plumbline.updating.switching import change_answers
from tests.faults.conftest import Small, run_program
from tests.history import git

STAGES = {
    "before the plan": "commands.write_plan = die",
    "after the plan": "commands.write = die",
    "before the first file": "writing._write_files = die",
    "within the files": """
move = writing._move
def until_the_third(file, target, moved=[]):
    moved.append(target)
    die() if len(moved) == 3 else move(file, target)
writing._move = until_the_third""",
    "within a process of git": """
run = planning.Repository.git_in_worktree
def until_files(repository, *arguments, **options):
    if arguments[0] == "checkout-index":
        Path(repository.own_path("plumbline-files"), "app").mkdir(parents=True)
        Path(repository.own_path("plumbline-files"), "app/core.py").write_text("half")
        die()
    return run(repository, *arguments, **options)
planning.Repository.git_in_worktree = until_files""",
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


def put_folder(service: Small) -> Path:
    service.write("app/new.py/mine", "mine\n")
    return service.folder / "app/new.py/mine"


def put_link(service: Small) -> Path:
    elsewhere = service.folder.parent / "elsewhere"
    elsewhere.mkdir()
    (service.folder / ".claude/helpers").symlink_to(elsewhere)
    return service.folder / ".claude/helpers"


def put_link_at_changed_file(service: Small) -> Path:
    (service.folder / "AGENTS.md").unlink()
    (service.folder / "AGENTS.md").symlink_to("README.md")
    return service.folder / "AGENTS.md"


def put_link_above_changed_file(service: Small) -> Path:
    (service.folder / "app").rename(service.folder.parent / "elsewhere")
    (service.folder / "app").symlink_to(service.folder.parent / "elsewhere")
    return service.folder / "app"


def put_repository(service: Small) -> Path:
    git(service.folder / "app", "init", "--quiet", "new.py")
    return service.folder / "app/new.py/.git/HEAD"


def delete_changed_file(service: Small) -> Path:
    (service.folder / "AGENTS.md").unlink()
    return service.folder / "README.md"


@pytest.mark.parametrize(
    "put",
    [
        put_folder,
        put_link,
        put_link_at_changed_file,
        put_link_above_changed_file,
        put_repository,
        delete_changed_file,
    ],
)
def test_what_is_put_in_the_way_after_a_kill_stays_and_is_named(
    service: Small, put: Callable[[Small], Path]
) -> None:
    kill(service, "commands.write = die")
    path = put(service)
    before = (path.lstat(), path.readlink() if path.is_symlink() else path.read_bytes())
    with pytest.raises(Unfinished, match="Changes are missing in the result"):
        service.update()
    after = (path.lstat(), path.readlink() if path.is_symlink() else path.read_bytes())
    assert after[1] == before[1]
    assert after[0].st_ino == before[0].st_ino
    if put is put_link:
        assert not list(path.iterdir())
    service.finish()
    assert service.version == "2.0"


@pytest.mark.parametrize("how", ["kill", "no kill"])
def test_line_endings_that_git_would_change_are_not_taken_for_an_edit(
    service: Small, how: str
) -> None:
    path = service.folder / "AGENTS.md"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    os.utime(path, (0, 0))  # Git trusts no file that is as new as its index.
    service.commit()
    service.write(".gitattributes", "*.md text\n")
    service.git("add", ".gitattributes")
    service.git("commit", "--quiet", "--message", "Attributes, without renormalizing")
    assert service.git("status", "--porcelain") == ""
    if how == "kill":
        kill(service, "writing._write_index = die")
    service.update()
    assert path.read_bytes() == b"Read that.\r\n\r\nAnd this.\r\n"
    assert Repository(service.folder).content(":AGENTS.md") == path.read_bytes()


@pytest.mark.parametrize("setting", ["core.fileMode", "core.symlinks"])
def test_modes_that_the_file_system_lacks_survive_a_kill(
    service: Small, template: Small, release: Callable[..., None], setting: str
) -> None:
    template.write("copier.yml", template.read("copier.yml") + "_preserve_symlinks: true\n")
    template.write("template/bin/tool", "#!/bin/sh\n")
    (template.folder / "template/bin/tool").chmod(0o755)
    (template.folder / "template/link").symlink_to("AGENTS.md")
    release("3.0", {})
    service.git("config", setting, "false")
    kill(service, "writing._write_index = lambda *a: die() if len(a[2]) > 6 else None")
    assert (service.folder / "bin/tool").exists()
    service.update()
    assert service.git("ls-files", "--stage", "bin/tool").startswith("100755")
    assert service.git("ls-files", "--stage", "link").startswith("120000")


@pytest.mark.parametrize("patch", list(STAGES.values())[1:], ids=list(STAGES)[1:])
@pytest.mark.parametrize("resume", ["update", "finish"])
def test_a_killed_change_of_an_answer_is_resumed(
    service: Small, tmp_path: Path, patch: str, resume: str
) -> None:
    edited(service)
    copy = Small(Path(shutil.copytree(service.folder, tmp_path / "copy", symlinks=True)))
    change_answers(copy.updater(), ["name=other"])
    if not is_killed(service, patch, "switching.change_answers(updater, ['name=other'])"):
        assert service.state() == copy.state()
        return
    if service.git("status", "--porcelain"):
        getattr(service, resume)()
    else:
        change_answers(service.updater(), ["name=other"])
    assert service.state() == copy.state()


def is_killed(service: Small, patch: str, action: str) -> bool:
    """Run an action that is killed, unless it has no such stage."""
    killed = run_program(service, action, patch=patch)
    assert killed.returncode in {-signal.SIGKILL, 0}, killed.stderr
    return killed.returncode != 0


@stages
@pytest.mark.parametrize("name", ["--on", "--off"])
def test_a_killed_switch_is_resumed(
    make: Callable[..., Small], tmp_path: Path, patch: str, name: str
) -> None:
    service = edited(make(search=name == "--off"))
    copy = Small(Path(shutil.copytree(service.folder, tmp_path / "copy", symlinks=True)))
    action = f"switch(updater, {name!r})"
    assert run_program(copy, action, patch=SWITCH).returncode == 0
    is_finished = not is_killed(service, SWITCH + patch, action)
    if service.git("status", "--porcelain") and not is_finished:
        service.finish()
    elif not is_finished:
        assert run_program(service, action, patch=SWITCH).returncode == 0
    assert service.state() == copy.state()


SWITCH = """
import json
switching._ServiceData._run = lambda self, *arguments, is_shown: json.dumps({"labels": ["search"]})
def switch(updater, name):
    if name == "--on":
        switching.switch_on(updater, "search")
    else:
        switching.switch_off(updater, "search", data=switching.Data.DROP)
"""


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


def test_a_locked_index_stops_the_update_which_is_then_resumed(
    service: Small, undisturbed: dict[str, object]
) -> None:
    lock = service.folder / ".git/index.lock"
    patch = "writing._decide = lambda *a, d=writing._decide: (d(*a), lock.touch())[0]"
    stopped = run_program(service, patch=f"lock = Path({str(lock)!r})\n{patch}")
    assert stopped.returncode == 2
    assert "index.lock" in stopped.stderr
    lock.unlink()
    service.update()
    assert service.state() == undisturbed


def test_git_may_keep_its_folder_on_another_disk(
    service: Small, undisturbed: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace(_: Path, __: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    shutil.rmtree(service.folder / ".git/plumbline-files", ignore_errors=True)
    with monkeypatch.context() as patch:
        patch.setattr(writing, "_rename", replace)
        service.update()
    assert service.state() == undisturbed
