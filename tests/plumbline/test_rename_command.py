"""`plumbline rename` brings a service's own code to the names of a newer release."""

import os
from pathlib import Path

import pytest

from plumbline.__main__ import main
from tests.history import git
from tests.rewriting import write
from tests.updating import changed, commit

OLD = "from app.core.envelope import Answer\n\nx: Answer[int]\n"
NEW = "from app.core.api import DataResponse\n\nx: DataResponse[int]\n"


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A committed folder with code of 0.1.0, and files that no rename may touch."""
    folder = tmp_path / "my service"
    write(folder / "app/features/notes/service.py", OLD)
    write(folder / "README.md", "Ask for `not_signed_in`.\n")
    write(folder / "migrations/versions/notes/one.py", "x = 'quota_reached'\n")
    write(folder / ".copier-answers.yml", "project_name: GiveUp\n")
    write(folder / ".gitignore", "/ignored.py\n")
    write(folder / "ignored.py", OLD)
    git(tmp_path, "init", "--quiet", str(folder))
    commit(folder, "All")
    return folder


def test_the_command_renames_in_a_service_once(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rename", str(service)]) == 0
    printed = capsys.readouterr().out
    assert changed(service) == {"README.md", "app/features/notes/service.py"}
    assert "Renamed in app/features/notes/service.py\n" in printed
    assert "then run `make format`" in printed
    assert (service / "app/features/notes/service.py").read_text("utf-8") == NEW
    commit(service, "Rename")
    assert main(["rename", str(service)]) == 0
    assert capsys.readouterr().out == "Nothing to rename.\n"
    assert changed(service) == set()


def test_a_check_changes_nothing_and_fails_while_there_is_something_to_rename(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rename", str(service), "--check"]) == 1
    assert "Would rename in README.md\n" in capsys.readouterr().out
    assert changed(service) == set()
    main(["rename", str(service)])
    assert main(["rename", str(service), "--check"]) == 0


def test_changes_that_are_not_staged_are_refused_and_staged_ones_are_not(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(service / "Ümläut.py", OLD)
    assert main(["rename", str(service)]) == 2
    refused = capsys.readouterr().err
    assert "not staged:\n  Ümläut.py\nCommit them, or run `git add --all`" in refused
    assert (service / "Ümläut.py").read_text("utf-8") == OLD
    git(service, "add", "--all")
    assert main(["rename", str(service)]) == 0
    assert (service / "Ümläut.py").read_text("utf-8") == NEW
    git(service, "restore", ".")
    assert (service / "Ümläut.py").read_text("utf-8") == OLD


def test_a_folder_without_git_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rename", str(tmp_path)]) == 2
    assert "is not in a git repository" in capsys.readouterr().err
    assert main(["rename", str(tmp_path / "nowhere")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_files_that_are_no_plain_text_are_skipped_and_named(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (service / "latin.py").write_bytes(b"# Gr\xfc\xdfe\n" + OLD.encode())
    (service / "mixed.py").write_bytes(b"# mixed\r\n" + OLD.encode())
    (service / "broken.py").write_text(f"{OLD}def\n", "utf-8")
    (service / "link.py").symlink_to("app/features/notes/service.py")
    commit(service, "More")
    before = {path: path.read_bytes() for path in service.glob("[bm]*.py")}
    assert main(["rename", str(service)]) == 0
    printed = capsys.readouterr().out
    assert "Skipped latin.py: not in UTF-8.\n" in printed
    assert "Skipped mixed.py: its line endings are mixed.\n" in printed
    assert "Skipped broken.py: not valid Python: " in printed
    assert "Skipped link.py: a symbolic link.\n" in printed
    assert {path: path.read_bytes() for path in before} == before
    assert (service / "link.py").is_symlink()


def test_line_endings_modes_and_a_missing_last_newline_are_kept(service: Path) -> None:
    windows = service / "windows.py"
    windows.write_bytes(OLD.replace("\n", "\r\n").encode().removesuffix(b"\r\n"))
    windows.chmod(0o755)
    git(service, "config", "core.autocrlf", "false")
    commit(service, "More")
    assert main(["rename", str(service)]) == 0
    assert windows.read_bytes() == NEW.replace("\n", "\r\n").encode().removesuffix(b"\r\n")
    assert os.access(windows, os.X_OK)
