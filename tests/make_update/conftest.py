import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import services
from tests.history import PRESENT, git
from tests.make_update.program import run
from tests.next_release import NEXT, REMOVED
from tests.rewriting import append, replace, substitute
from tests.updating import changed, commit, make_committed

CHANGELOG = """\
# Changelog

## Unreleased

- Not yet.

## {next} - 2027-01-02

- A whole new thing.

## {present} - 2027-01-01

- Known already.
"""
UPGRADING = "# Upgrading\n\n## {next}\n\nRead this before you deploy.\n"


@pytest.fixture(scope="session")
def releases(next_history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history with a newest release that has notes and requires another setting."""
    folder = tmp_path_factory.mktemp("releases") / "template"
    shutil.copytree(next_history, folder)
    words = {"next": NEXT, "present": PRESENT}
    (folder / "CHANGELOG.md").write_text(CHANGELOG.format(**words), "utf-8")
    (folder / "UPGRADING.md").write_text(UPGRADING.format(**words), "utf-8")
    replace(
        folder / "template/app/settings.py", '"secret_key",', '"secret_key",\n        "log_level",'
    )
    commit(folder, "News")
    git(folder, "tag", "--force", NEXT)
    return folder


@pytest.fixture(scope="session")
def generated(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service of the present release, committed; do not change it."""
    folder = tmp_path_factory.mktemp("generated") / "service"
    return make_committed(folder, releases, PRESENT, example="none")


@pytest.fixture(scope="session")
def edited(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with edits that conflict, are removed, and are missed; do not change it."""
    folder = tmp_path_factory.mktemp("edited") / "service"
    shutil.copytree(generated, folder)
    replace(folder / ".env.example", "# LOG_LEVEL=INFO", "# LOG_LEVEL=ERROR")
    append(folder / REMOVED, "\nMINE = True\n")
    (folder / "deploy").mkdir()
    (folder / "compose.yaml").rename(folder / "deploy/compose.yaml")
    (folder / "Dockerfile").unlink()
    # `make check` of a whole service runs in one test; here it only has to be called.
    substitute(folder / "Makefile", r"(?m)^check: .*\n(\t.*\n)+", "check:\n\t@echo all is well\n")
    commit(folder, "My work")
    return folder


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """That of a terminal, where all services share their packages."""
    packages = tmp_path_factory.mktemp("packages") / "venv"
    return {**services.environment(), "UV_PROJECT_ENVIRONMENT": str(packages)}


@pytest.fixture(scope="session")
def predicted(edited: Path) -> str:
    """The output of a preview of the edited service."""
    previewed = run(edited, "preview")
    assert previewed.returncode == 1, previewed.stderr
    assert changed(edited) == set()
    return previewed.stdout


@pytest.fixture(scope="session")
def begun(edited: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The edited service with a planned update, nothing written yet; do not change it."""
    folder = Path(shutil.copytree(edited, tmp_path_factory.mktemp("begun") / "service"))
    killed = run(folder, "update", patch="commands.Updater.carry_out = die")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    return folder


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Path], Path]:
    """Copies a service into a path with a space."""
    return lambda folder: Path(shutil.copytree(folder, tmp_path / "my service"))
