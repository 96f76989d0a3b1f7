"""Files that git ignores, links, and own files at the paths of new ones."""

from collections.abc import Callable

import pytest

from plumbline.errors import PlumblineError
from tests.faults.conftest import Small, stopped_by
from tests.history import git


def test_an_ignored_file_of_a_removed_path_stays(service: Small) -> None:
    service.git("rm", "--quiet", "--cached", "AGENTS.md")
    service.write(".gitignore", service.read(".gitignore") + "AGENTS.md\n")
    service.commit()
    service.write("AGENTS.md", "my own\n")
    with stopped_by("AGENTS.md"):
        service.update()
    service.finish()
    assert service.read("AGENTS.md") == "my own\n"
    assert service.version == "2.0"


def ignore_file(service: Small) -> str:
    service.write("app/new.py", "mine\n")
    return "app/new.py"


def ignore_folder(service: Small) -> str:
    service.write("app/new.py/mine", "mine\n")
    return "app/new.py"


def ignore_parent(service: Small) -> str:
    service.write(".claude/helpers", "a file\n")
    return ".claude/helpers"


def link_parent(service: Small) -> str:
    elsewhere = service.folder.parent / "elsewhere"
    elsewhere.mkdir()
    (service.folder / ".claude/helpers").symlink_to(elsewhere)
    return ".claude/helpers"


def dangling_link(service: Small) -> str:
    (service.folder / "app/new.py").symlink_to("nowhere")
    return "app/new.py"


@pytest.mark.parametrize(
    "place", [ignore_file, ignore_folder, ignore_parent, link_parent, dangling_link]
)
def test_what_is_in_the_way_stops_the_update_before_it_begins(
    service: Small, place: Callable[[Small], str]
) -> None:
    service.write(".gitignore", "app/new.py\n.claude/helpers\n.data\n")
    service.commit()
    path, before = place(service), service.state()
    with pytest.raises(PlumblineError, match=f"(?m)^  {path}$"):
        service.update()
    assert service.state() == before
    assert service.git("tag", "--list", "before-*") == ""


def test_a_linked_folder_above_a_changed_file_stops_the_update(service: Small) -> None:
    """Git follows the link: the files in it look unchanged."""
    elsewhere = service.folder.parent / "elsewhere"
    (service.folder / "app").rename(elsewhere)
    (service.folder / "app").symlink_to(elsewhere)
    before = service.state()
    with pytest.raises(PlumblineError):
        service.update()
    assert service.state() == before
    assert "line_3 = 3\n" in (elsewhere / "core.py").read_text()


def test_an_own_file_stays_and_the_templates_is_beside_it(service: Small) -> None:
    service.write("app/new.py", "MINE = 1\n")
    service.commit()
    with stopped_by("app/new.py"):
        service.update()
    assert service.read("app/new.py") == "MINE = 1\n"
    assert service.read("app/new.py.from-template") == "NEW = 1\n"
    service.finish()
    assert service.git("diff", "--name-only", "--diff-filter=U") == ""


def test_an_own_file_that_is_accepted_does_not_stop_the_update(service: Small) -> None:
    service.write("app/new.py", "MINE = 1\n")
    service.commit()
    service.update("app/new.py")
    assert service.read("app/new.py") == "MINE = 1\n"


def test_the_same_file_of_both_is_no_collision(service: Small) -> None:
    service.write("app/new.py", "NEW = 1\n")
    service.commit()
    service.update()
    assert not (service.folder / "app/new.py.from-template").exists()


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_a_link_or_a_folder_in_place_of_a_changed_file_stays(service: Small, kind: str) -> None:
    path = service.folder / "app/core.py"
    path.unlink()
    if kind == "link":
        path.symlink_to("main.py")
    else:
        service.write("app/core.py/__init__.py", "mine\n")
    service.commit()
    with stopped_by("app/core.py"):
        service.update()
    service.finish()
    assert path.is_symlink() if kind == "link" else path.is_dir()
    assert service.version == "2.0"


def test_a_link_in_place_of_a_folder_stays(service: Small) -> None:
    folder = service.folder / ".claude"
    (folder / "agents.md").unlink()
    folder.rmdir()
    folder.symlink_to("app")
    service.commit()
    with stopped_by(".claude/helpers/new.md"):
        service.update()
    service.finish()
    assert folder.is_symlink()
    assert not (service.folder / "app/helpers").exists()


def test_files_that_the_user_has_removed_stay_removed_and_are_named(service: Small) -> None:
    service.git("rm", "--quiet", "app/core.py", "project.mk")
    service.commit()
    with stopped_by("app/core.py"):
        service.update()
    assert not (service.folder / "app/core.py").exists()
    assert (service.folder / "project.mk").exists()


def test_an_edited_file_that_the_release_removes_fails_until_accepted(
    service: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    service.write("app/old.py", "OLD = 2\n")
    service.commit()
    with stopped_by("app/old.py"):
        service.update()
    assert "git checkout before-update-2.0 -- app/old.py" in capsys.readouterr().out
    service.finish()
    assert not (service.folder / "app/old.py").exists()


@pytest.fixture
def collided(service: Small, template: Small) -> Small:
    """A service that has kept its own file at a new path of the second release."""
    del template
    service.write("app/new.py", "MINE = 1\n")
    service.commit()
    with stopped_by("app/new.py"):
        service.update()
    service.finish()
    service.commit("Update")
    return service


def test_the_next_change_of_a_file_beside_an_own_one_goes_beside_it(
    collided: Small, release: Callable[..., None]
) -> None:
    release("3.0", {"app/new.py": "NEW = 2\n"})
    with stopped_by("app/new.py"):
        collided.update()
    collided.finish()
    assert collided.read("app/new.py") == "MINE = 1\n"
    assert collided.read("app/new.py.from-template") == "NEW = 2\n"


def test_a_file_beside_an_own_one_is_removed_with_the_templates(
    collided: Small, release: Callable[..., None]
) -> None:
    release("3.0", {"app/new.py": None})
    collided.update()
    assert collided.read("app/new.py") == "MINE = 1\n"
    assert not (collided.folder / "app/new.py.from-template").exists()


def test_an_own_file_that_has_taken_the_templates_over_is_merged(
    collided: Small, release: Callable[..., None]
) -> None:
    collided.git("mv", "-f", "app/new.py.from-template", "app/new.py")
    collided.write("app/new.py", "NEW = 1\n\nMINE = 1\n")
    collided.commit("Take over")
    release("3.0", {"app/new.py": "NEW = 2\n"})
    with stopped_by("app/new.py"):
        collided.update()
    assert "<<<<<<<" in collided.read("app/new.py")


def test_an_edited_file_beside_an_own_one_is_not_overwritten(service: Small) -> None:
    service.write("app/new.py", "MINE = 1\n")
    service.write("app/new.py.from-template", "MINE TOO = 1\n")
    service.commit()
    with stopped_by("app/new.py"):
        service.update()
    service.finish()
    assert service.read("app/new.py.from-template") == "MINE TOO = 1\n"


def test_a_file_beside_a_binary_one_is_not_overwritten(service: Small) -> None:
    (service.folder / "app/core.py").write_bytes(b"line_1 = 1\0\n")
    service.write("app/core.py.from-template", "MINE = 1\n")
    service.commit()
    with stopped_by("app/core.py"):
        service.update()
    service.finish()
    assert service.read("app/core.py.from-template") == "MINE = 1\n"


@pytest.mark.parametrize("edited", [False, True])
def test_a_file_that_is_written_once_stays_when_a_release_drops_it(
    service: Small, release: Callable[..., None], *, edited: bool
) -> None:
    if edited:
        service.write("project.mk", "# mine\n")
        service.commit()
    release("3.0", {"project.mk": None})
    service.update()
    assert service.read("project.mk") == ("# mine\n" if edited else "# yours\n")


def test_a_repository_of_the_user_in_an_ignored_folder_is_not_entered(service: Small) -> None:
    service.write(".gitignore", ".data\n.claude/helpers\n")
    service.commit()
    git(service.folder, "init", "--quiet", ".claude/helpers")
    before = service.state()
    with pytest.raises(PlumblineError, match=r"(?m)^  \.claude/helpers$"):
        service.update()
    assert service.state() == before


def test_a_submodule_in_place_of_a_folder_is_not_entered(service: Small) -> None:
    other = Small(service.folder.parent / "other")
    other.write("file", "x\n")
    git(other.folder, "init", "--quiet")
    other.commit()
    allow = ("-c", "protocol.file.allow=always")
    service.git(*allow, "submodule", "--quiet", "add", str(other.folder), ".claude/helpers")
    service.commit()
    with stopped_by(".claude/helpers/new.md"):
        service.update()
    service.finish()
    assert not (service.folder / ".claude/helpers/new.md").exists()
    assert service.git("status", "--porcelain", ".claude", ".gitmodules") == ""
