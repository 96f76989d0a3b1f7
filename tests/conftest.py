import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_copie.plugin import Copie

from scripts.commands import temporary_folder
from scripts.rendering import ROOT
from tests.history import build_history
from tests.next_release import tag_next_release

Render = Callable[..., Path]

MEMORY = Path("/dev/shm")  # noqa: S108 - what is in there has a name of its own
BYTES_OF_DATABASES = 2_000_000_000
LEFT_BY_TOOLS = shutil.ignore_patterns(".*_cache", ".data", ".venv", "__pycache__", "uv.lock")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it lies, outside git: quick to render, and nothing needs a commit."""
    copy = tmp_path_factory.mktemp("template")
    shutil.copy(ROOT / "copier.yml", copy)
    for folder in ("questions", "template"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=LEFT_BY_TOOLS)
    return copy


@pytest.fixture(scope="session")
def history(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every release and the template as it lies, in a git repository; do not change it."""
    return build_history(tmp_path_factory.mktemp("history") / "template", template)


@pytest.fixture(scope="session")
def next_history(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `history` is, and a next release that is made up; do not change it either."""
    folder = tmp_path_factory.mktemp("next") / "template"
    shutil.copytree(history, folder)
    tag_next_release(folder)
    return folder


@pytest.fixture
def render(copie: Copie, template: Path) -> Render:
    """Renders a service and returns its folder; raises what Copier raises."""

    def render(**answers: object) -> Path:
        result = copie.copy(extra_answers=answers, template_dir=template)
        if result.exception is not None:
            raise result.exception
        assert result.project_dir is not None
        return result.project_dir

    return render


@pytest.fixture(scope="session")
def services_folder() -> Iterator[Path]:
    """A folder for services that run: reachable for their PostgreSQL, removed when that stopped."""
    with temporary_folder() as folder, databases_in_memory():
        yield folder


@contextmanager
def databases_in_memory() -> Iterator[None]:
    """Let the services' tests keep their databases in memory, where there is some."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < BYTES_OF_DATABASES:
        yield
        return
    with (
        tempfile.TemporaryDirectory(
            prefix="plumbline-", dir=MEMORY, ignore_cleanup_errors=True
        ) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        Path(folder).chmod(0o711)  # for the account of root's PostgreSQL
        patch.setenv("TEST_POSTGRES_DIRECTORY", folder)
        yield
