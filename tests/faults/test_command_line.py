"""Folders without a service, errors of the system, and any name, at the command line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from plumbline.__main__ import main
from scripts.rendering import ROOT, service_environment
from tests.faults.conftest import Small
from tests.history import git


def test_a_folder_that_is_missing_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["update", "--folder", str(tmp_path / "nowhere")]) == 2
    assert "There is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["update", "check"])
@pytest.mark.parametrize("inside", [False, True])
def test_a_bare_repository_has_no_files_to_update(
    service: Small,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    *,
    inside: bool,
) -> None:
    if inside:
        folder = service.folder / ".git"
    else:
        folder = tmp_path / "bare"
        git(service.folder, "clone", "--quiet", "--bare", ".", str(folder))
    assert main([command, "--folder", str(folder)]) == 2
    said = "This folder has no files of a service" if command == "update" else "There is no "
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "a: [", "- x\n", "_commit: 1\n", b"\xff\xfe\0"])
def test_a_check_without_answers_has_a_reason(
    service: Small, capsys: pytest.CaptureFixture[str], content: str | bytes | None
) -> None:
    path = service.folder / ".copier-answers.yml"
    path.unlink()
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert main(["check", "--folder", str(service.folder)]) == 2
    shown = capsys.readouterr()
    assert shown.out == "update-due=unknown\n"
    assert ".copier-answers.yml" in shown.err


def test_an_error_of_the_system_has_no_traceback(
    service: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    service.write(".data", "a file\n")
    before = service.state()
    assert main(["update", "--folder", str(service.folder)]) == 2
    assert ".data" in capsys.readouterr().err
    assert service.state() == before
    (service.folder / ".data").unlink()
    service.update()
    assert service.version == "2.0"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_name_can_be_printed(service: Small, encoding: str) -> None:
    name = os.fsdecode(b"\xff \xc3\xbc.md")
    service.git("mv", "AGENTS.md", name)
    service.write("app/core.py", service.read("app/core.py") + "möglich = '→'\n")
    (service.folder / "app/old.py").write_text("OLD = '→'\n", "utf-8")
    service.commit()
    for command in ("preview", "update"):
        done = subprocess.run(
            [sys.executable, "-m", "plumbline", command],
            cwd=service.folder,
            env={**service_environment(), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 1, done.stderr
        assert b"you have moved it to `" in done.stdout
    assert service.version == "2.0"
