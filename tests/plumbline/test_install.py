"""The package installs from a clone with nothing but pip, and brings all that its command needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.rendering import service_environment
from tests.history import copy_package, git
from tests.rewriting import write
from tests.updating import changed, commit


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed command, in an environment that has nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    clone = folder / "clone"
    clone.mkdir()
    copy_package(clone)
    git(clone, "init", "--quiet")
    commit(clone, "All")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    address = f"git+{clone.as_uri()}"
    pip = [folder / "venv/bin/python", "-m", "pip", "install", "--quiet", address]
    subprocess.run(pip, check=True, cwd=folder, env=service_environment())
    return folder / "venv/bin/plumbline"


def run(program: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, *arguments], cwd="/", capture_output=True, text=True, check=False
    )


def test_without_a_command_it_lists_the_commands(program: Path) -> None:
    listed = run(program)
    assert listed.returncode == 0
    assert "rename " in listed.stdout
    assert run(program, "--version").stdout.startswith("0.")


def test_it_renames_with_the_table_that_it_brings(program: Path, tmp_path: Path) -> None:
    write(tmp_path / "app/features/notes.py", "from app.core.envelope import Answer\n")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path, "All")
    assert run(program, "rename", tmp_path).returncode == 0
    assert changed(tmp_path) == {"app/features/notes.py"}


def test_a_refusal_is_a_sentence_and_status_2(program: Path) -> None:
    refused = run(program, "rename", "/no/where")
    assert refused.returncode == 2
    assert refused.stderr.startswith("/no/where cannot be read")
