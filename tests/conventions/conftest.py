import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.rendering import generate_service
from tests.conventions.reviewing import Reviewed
from tests.conventions.rough import ROUGH, ROUGH_TEXT
from tests.services import make_service
from tests.toggles import EVERYTHING_ON, NOTHING_ON


@pytest.fixture(scope="session")
def reviewed(template: Path, services_folder: Path) -> Reviewed:
    """A service with everything on and the example; leave it as it is."""
    made = make_service(services_folder / "reviewed", template, **EVERYTHING_ON)
    made.run("make setup")
    return Reviewed(made.folder, python=made.folder / ".venv/bin/python")


@pytest.fixture
def copy(reviewed: Reviewed, tmp_path: Path) -> Iterator[Reviewed]:
    """A copy of that service, to break; it runs in the same environment."""
    with copied(reviewed, tmp_path) as service:
        yield service


@pytest.fixture(scope="session")
def plain(reviewed: Reviewed, template: Path, services_folder: Path) -> Reviewed:
    """A service with nothing on, which is quicker to review; leave it as it is."""
    folder = services_folder / "plain"
    generate_service(folder, template=template, answers=NOTHING_ON)
    return Reviewed(folder, python=reviewed.python)


@pytest.fixture
def service(plain: Reviewed, tmp_path: Path) -> Iterator[Reviewed]:
    """A copy of it, to break."""
    with copied(plain, tmp_path) as service:
        yield service


@pytest.fixture(scope="session")
def rough(plain: Reviewed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reviewed]:
    """A service with a file in which much is wrong; leave it as it is."""
    with copied(plain, tmp_path_factory.mktemp("rough")) as service:
        service.write(ROUGH, ROUGH_TEXT)
        yield service


@contextmanager
def copied(service: Reviewed, folder: Path) -> Iterator[Reviewed]:
    copy = folder / "service"
    shutil.copytree(service.folder, copy, ignore=shutil.ignore_patterns(".venv", "*_cache"))
    yield Reviewed(copy, python=service.python)
    shutil.rmtree(copy)
