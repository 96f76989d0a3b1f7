"""Line endings, names, modes, hash functions, and files that git does not look at."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plumbline.errors import PlumblineError
from tests.faults.conftest import Small, stopped_by
from tests.history import git


def edit_core(service: Small) -> None:
    path = service.folder / "app/core.py"
    path.write_bytes(path.read_bytes().replace(b"line_30 = 30", b"line_30 = 'mine'"))


def all_crlf(service: Small) -> None:
    for path in ("app/core.py", "AGENTS.md", "app/old.py"):
        file = service.folder / path
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))


def test_files_with_crlf_keep_it_and_have_no_conflict(service: Small) -> None:
    all_crlf(service)
    edit_core(service)
    service.commit()
    service.update()
    assert not (service.folder / "app/old.py").exists()
    content = (service.folder / "app/core.py").read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") == 40
    assert b"line_30 = 'mine'\r\n" in content
    assert b"line_3 = 'new'\r\n" in content
    assert (service.folder / "AGENTS.md").read_bytes() == b"Read that.\r\n\r\nAnd this.\r\n"


@pytest.mark.parametrize("how", ["autocrlf", "attribute"])
def test_a_working_tree_with_crlf_is_updated_with_it(service: Small, how: str) -> None:
    if how == "autocrlf":
        service.git("config", "core.autocrlf", "true")
    else:
        service.write(".gitattributes", "* text=auto eol=crlf\n")
    edit_core(service)
    service.commit()
    service.git("rm", "-r", "--cached", "--quiet", ".")
    service.git("reset", "--quiet", "--hard")
    assert b"\r\n" in (service.folder / "app/core.py").read_bytes()
    service.update()
    content = (service.folder / "app/core.py").read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") == 40
    assert b"\r" not in service.git("show", ":app/core.py").encode()
    assert service.git("diff", "--name-only") == ""


@pytest.mark.parametrize("name", ["ü.txt", "u\u0308.txt", "a b.txt", 'a"b.txt', "a\nb.txt", "-x"])
def test_any_name_of_a_file_is_possible(service: Small, name: str) -> None:
    service.write(name, "mine\n")
    service.write(f"app/{name}/core.py", "mine\n")
    service.commit()
    service.update()
    assert service.read(name) == "mine\n"
    assert service.git("diff", "--name-only") == ""


def test_a_name_that_is_not_utf8_is_possible(service: Small) -> None:
    name = os.fsencode(service.folder) + b"/\xff.txt"
    Path(os.fsdecode(name)).write_text("mine\n")
    service.commit()
    service.update()
    assert Path(os.fsdecode(name)).read_text() == "mine\n"


def test_a_name_like_a_pathspec_is_a_name(service: Small) -> None:
    service.write(":(exclude)app", "mine\n")
    service.write("*", "mine\n")
    service.commit()
    service.update()
    assert service.version == "2.0"


def test_modes_are_merged(service: Small) -> None:
    (service.folder / "AGENTS.md").chmod(0o755)
    (service.folder / "devtools/run.sh").chmod(0o644)
    service.commit()
    service.update()
    assert (service.folder / "AGENTS.md").stat().st_mode & 0o100
    assert not (service.folder / "devtools/run.sh").stat().st_mode & 0o100
    assert service.read("AGENTS.md").startswith("Read that.")


def test_the_executable_bit_stays_where_git_ignores_it(service: Small) -> None:
    service.git("config", "core.fileMode", "false")
    service.git("update-index", "--chmod=+x", "AGENTS.md")
    service.git("commit", "--quiet", "--message", "Mode")
    service.update()
    assert service.git("ls-files", "--stage", "AGENTS.md").startswith("100755")
    assert service.git("ls-files", "--stage", "devtools/run.sh").startswith("100755")


def test_a_repository_with_sha256_is_updated(service: Small) -> None:
    shutil.rmtree(service.folder / ".git")
    git(service.folder, "init", "--quiet", "--object-format=sha256")
    edit_core(service)
    service.commit()
    service.update("app/core.py")
    assert service.version == "2.0"
    assert "line_3 = 'new'" in service.read("app/core.py")


def mark_skipped(service: Small) -> None:
    service.git("update-index", "--skip-worktree", "AGENTS.md")
    service.write("AGENTS.md", "local\n")


def mark_unchanged(service: Small) -> None:
    service.git("update-index", "--assume-unchanged", "AGENTS.md")
    service.write("AGENTS.md", "local\n")


def make_sparse(service: Small) -> None:
    service.git("status")
    service.git("sparse-checkout", "set", "--no-cone", "/*", "!/AGENTS.md")


@pytest.mark.parametrize("hide", [mark_skipped, mark_unchanged, make_sparse])
def test_a_hidden_file_that_changes_stops_the_update(
    service: Small, hide: Callable[[Small], None]
) -> None:
    hide(service)
    before = service.state()
    with pytest.raises(PlumblineError, match=r"git is told to ignore them:\n  AGENTS\.md"):
        service.update()
    assert service.state() == before
    if hide is make_sparse:
        service.git("sparse-checkout", "disable")
    else:
        options = ("--no-skip-worktree", "--no-assume-unchanged")
        for option in options:
            service.git("update-index", option, "AGENTS.md")
        service.git("checkout", "--", "AGENTS.md")
    service.update()
    assert service.version == "2.0"


def test_a_file_outside_of_a_sparse_checkout_that_is_there_is_updated(service: Small) -> None:
    service.write("AGENTS.md", service.read("AGENTS.md") + "\nMine.\n\nMine.\n")
    service.git("sparse-checkout", "set", "--no-cone", "/*", "!/AGENTS.md")
    service.git("-c", "core.sparseCheckout=false", "add", "--all")
    service.git("commit", "--quiet", "--message", "Mine")
    service.update()
    assert service.read("AGENTS.md") == "Read that.\n\nAnd this.\n\nMine.\n\nMine.\n"


def test_a_hidden_file_that_stays_the_same_is_no_matter(service: Small) -> None:
    service.git("update-index", "--skip-worktree", "devtools/run.sh")
    service.write("devtools/run.sh", "local\n")
    service.update()
    assert service.read("devtools/run.sh") == "local\n"


def test_a_submodule_of_the_user_stays(service: Small, tmp_path: Path) -> None:
    other = Small(tmp_path / "other")
    other.write("file", "x\n")
    git(other.folder, "init", "--quiet")
    other.commit()
    allow = ("-c", "protocol.file.allow=always")
    service.git(*allow, "submodule", "--quiet", "add", str(other.folder), "app/vendored")
    service.commit()
    service.update()
    assert service.read("app/vendored/file") == "x\n"
    assert service.git("status", "--porcelain", "app/vendored", ".gitmodules") == ""


@pytest.mark.parametrize("lf_lines", [[0], [12, 13, 30], [39]])
def test_a_few_lines_without_cr_cause_no_conflict(service: Small, lf_lines: list[int]) -> None:
    edit_core(service)
    path = service.folder / "app/core.py"
    lines = path.read_bytes().splitlines()
    ends = [b"\n" if number in lf_lines else b"\r\n" for number in range(len(lines))]
    path.write_bytes(b"".join(map(bytes.__add__, lines, ends)))
    service.commit()
    service.update()
    merged = path.read_bytes().splitlines(keepends=True)
    assert merged[3] == b"line_3 = 'new'\r\n"
    assert [n for n, line in enumerate(merged) if not line.endswith(b"\r\n")] == lf_lines
    assert merged[30] == b"line_30 = 'mine'" + ends[30]


def test_a_conflict_in_a_file_with_crlf_is_of_its_lines_alone(service: Small) -> None:
    all_crlf(service)
    path = service.folder / "app/core.py"
    path.write_bytes(path.read_bytes().replace(b"line_3 = 3", b"line_3 = 'mine'"))
    service.commit()
    with stopped_by("app/core.py"):
        service.update()
    content = path.read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") == 44
    assert b"=======\r\nline_3 = 'new'\r\n>>>>>>> after updating\r\n" in content


def test_a_release_that_changes_line_endings_has_no_conflict(
    service: Small, release: Callable[..., None], template: Small
) -> None:
    edit_core(service)
    service.commit()
    path = template.folder / "template/app/core.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    release("3.0", {})
    service.update()
    content = (service.folder / "app/core.py").read_bytes()
    assert b"line_30 = 'mine'" in content
    assert b"line_3 = 'new'" in content


def linked_folder(service: Small) -> Small:
    link = service.folder.parent / "link"
    link.symlink_to(service.folder)
    return Small(link)


def separate_folder_of_git(service: Small) -> Small:
    service.git("init", "--quiet", "--separate-git-dir", str(service.folder.parent / "elsewhere"))
    return service


def worktree_of_a_bare_repository(service: Small) -> Small:
    bare = service.folder.parent / "bare"
    git(service.folder, "clone", "--quiet", "--bare", ".", str(bare))
    git(bare, "worktree", "add", "--quiet", str(service.folder.parent / "tree"))
    return Small(service.folder.parent / "tree")


def submodule(service: Small) -> Small:
    whole = Small(service.folder.parent / "whole")
    whole.folder.mkdir()
    whole.git("init", "--quiet")
    allow = ("-c", "protocol.file.allow=always")
    whole.git(*allow, "submodule", "--quiet", "add", str(service.folder), "a service")
    return Small(whole.folder / "a service")


def folder_with_odd_name(service: Small) -> Small:
    whole = Small(service.folder.parent / "whole")
    folder = whole.folder / 'dienste/für "alle" *'
    shutil.copytree(service.folder, folder, ignore=shutil.ignore_patterns(".git"))
    whole.git("init", "--quiet")
    whole.commit()
    return Small(folder)


def shallow_clone(service: Small) -> Small:
    folder = service.folder.parent / "shallow"
    git(service.folder, "clone", "--quiet", "--depth=1", f"file://{service.folder}", str(folder))
    return Small(folder)


@pytest.mark.parametrize(
    "arrange",
    [
        linked_folder,
        separate_folder_of_git,
        worktree_of_a_bare_repository,
        submodule,
        folder_with_odd_name,
        shallow_clone,
    ],
)
def test_a_repository_may_be_arranged_otherwise(
    service: Small, arrange: Callable[[Small], Small]
) -> None:
    edit_core(service)
    service.commit()
    arranged = arrange(service)
    arranged.update()
    assert arranged.version == "2.0"
    assert "line_30 = 'mine'" in arranged.read("app/core.py")
    assert arranged.git("diff", "--name-only") == ""


def test_names_that_differ_in_their_case_are_different(service: Small) -> None:
    service.write("app/NEW.py", "MINE = 1\n")
    service.commit()
    service.update()
    assert service.read("app/NEW.py") == "MINE = 1\n"
    assert service.read("app/new.py") == "NEW = 1\n"
    assert service.git("ls-files", "app/NEW.py", "app/new.py") == "app/NEW.py\napp/new.py\n"
