import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.rendering import generate_service
from tests.conventions.invalid_file import INVALID_PATH, INVALID_TEXT
from tests.conventions.reviewing import ReviewedService
from tests.services import make_service
from tests.toggles import EVERYTHING_ON, NOTHING_ON

collect_ignore = ["corpus", "invalid", "valid"]  # of a service: they run there


@pytest.fixture(scope="session")
def full_service(template: Path, services_folder: Path) -> ReviewedService:
    """A service with everything on and the example; do not change it."""
    made = make_service(services_folder / "reviewed", template, **EVERYTHING_ON)
    made = made.sharing_packages()
    made.run("make setup")
    return ReviewedService(made.folder, python=made.python)


@pytest.fixture
def full_copy(full_service: ReviewedService, tmp_path: Path) -> Iterator[ReviewedService]:
    """A copy of the full service to change; it runs in the same environment."""
    with copied(full_service, tmp_path) as service:
        yield service


@pytest.fixture(scope="session")
def minimal_service(
    full_service: ReviewedService, template: Path, services_folder: Path
) -> ReviewedService:
    """A service with nothing on, which is reviewed faster; do not change it."""
    folder = services_folder / "minimal"
    generate_service(folder, template=template, answers=NOTHING_ON)
    return ReviewedService(folder, python=full_service.python)


@pytest.fixture
def service(minimal_service: ReviewedService, tmp_path: Path) -> Iterator[ReviewedService]:
    """A copy of the minimal service to change."""
    with copied(minimal_service, tmp_path) as service:
        yield service


@pytest.fixture(scope="session")
def invalid_service(
    minimal_service: ReviewedService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ReviewedService]:
    """A minimal service with a file that has many findings; do not change it."""
    with copied(minimal_service, tmp_path_factory.mktemp("invalid")) as service:
        service.write(INVALID_PATH, INVALID_TEXT)
        yield service


@contextmanager
def copied(service: ReviewedService, folder: Path) -> Iterator[ReviewedService]:
    copy = folder / "service"
    shutil.copytree(service.folder, copy, ignore=shutil.ignore_patterns(".venv", "*_cache"))
    yield ReviewedService(copy, python=service.python)
    shutil.rmtree(copy)
