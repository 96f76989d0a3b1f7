import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conventions.reviewing import Reviewed
from tests.services import make_service
from tests.toggles import EVERYTHING_ON


@pytest.fixture(scope="session")
def reviewed(template: Path, services_folder: Path) -> Reviewed:
    """A service with everything on and the example; leave it as it is."""
    made = make_service(services_folder / "reviewed", template, **EVERYTHING_ON)
    made.run("make setup")
    return Reviewed(made.folder, python=made.folder / ".venv/bin/python")


@pytest.fixture
def copy(reviewed: Reviewed, tmp_path: Path) -> Iterator[Reviewed]:
    """A copy of that service, to break; it runs in the same environment."""
    folder = tmp_path / "service"
    shutil.copytree(reviewed.folder, folder, ignore=shutil.ignore_patterns(".venv", "*_cache"))
    yield Reviewed(folder, python=reviewed.python)
    shutil.rmtree(folder)
