"""Updates that are killed or stopped, and resumed or committed as they lie."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plumbline.errors import Unfinished
from plumbline.updating import writing
from plumbline.updating.git import Repository
from plumbline.updating.planning import plan_path
from tests.faults.conftest import Small, run_program
from tests.faults.killing import edited, kill, stages
from tests.history import git


@pytest.fixture
def undisturbed(service: Small, tmp_path: Path) -> dict[str, object]:
    """The state after an update that nothing interrupts."""
    copy = Small(Path(shutil.copytree(edited(service).folder, tmp_path / "copy", symlinks=True)))
    copy.update()
    return copy.state()


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
