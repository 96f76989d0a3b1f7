import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_copie.plugin import Copie

from scripts.commands import temporary_folder
from scripts.rendering import ROOT
from tests.faster_copier import faster_copier
from tests.history import build_history
from tests.next_release import tag_next_release
from tests.services import ENVIRONMENTS

Render = Callable[..., Path]

MEMORY = Path("/dev/shm")  # noqa: S108 - the folders made in it have unique names
BYTES_FOR_DATABASES = 2_000_000_000
LEFT_BY_TOOLS = shutil.ignore_patterns(".*_cache", ".data", ".venv", "__pycache__", "uv.lock")


def pytest_configure(config: pytest.Config) -> None:
    """Make a folder for the environments that services share, also between xdist's workers.

    Git runs without the settings of this account: its hooks, signatures and templates.
    """
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    if ENVIRONMENTS not in os.environ:
        folder = tempfile.TemporaryDirectory(
            prefix="plumbline-environments-", ignore_cleanup_errors=True
        )
        Path(folder.name).chmod(0o711)  # PostgreSQL, which is in there, may run as another account.
        os.environ[ENVIRONMENTS] = folder.name
        config.add_cleanup(folder.cleanup)


@pytest.fixture(scope="session", autouse=True)
def quick_copier() -> Iterator[None]:
    """Let Copier, if it runs in this process, skip repeated work."""
    with faster_copier():
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the working tree's template outside git: quick to render, no commit needed."""
    copy = tmp_path_factory.mktemp("template")
    shutil.copy(ROOT / "copier.yml", copy)
    for folder in ("questions", "template"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=LEFT_BY_TOOLS)
    return copy


@pytest.fixture(scope="session")
def answers_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template without the files that no answer changes: a tenth of the time to render."""
    copy = shutil.copytree(template, tmp_path_factory.mktemp("answers") / "template")
    for path in (copy / "template").rglob("*"):
        if path.is_file() and path.suffix != ".jinja" and path.name != "ruff.toml":
            path.unlink()
    return copy


@pytest.fixture(scope="session")
def history(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with every release and the working tree's template; do not change it."""
    return build_history(tmp_path_factory.mktemp("history") / "template", template)


@pytest.fixture(scope="session")
def next_history(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same repository with a fictitious next release; do not change it."""
    folder = tmp_path_factory.mktemp("next") / "template"
    shutil.copytree(history, folder)
    tag_next_release(folder)
    return folder


@pytest.fixture(scope="session")
def render(copie_session: Copie, template: Path) -> Render:
    """Renders a service, once for the same answers; do not change it. Raises Copier's errors."""
    return _render_once(copie_session, template)


@pytest.fixture(scope="session")
def render_answers(copie_session: Copie, answers_template: Path) -> Render:
    """Renders only the files that depend on answers, and `ruff.toml`; do not change them."""
    return _render_once(copie_session, answers_template)


def _render_once(copie: Copie, template: Path) -> Render:
    rendered: dict[str, Path] = {}

    def render(**answers: object) -> Path:
        key = repr(sorted(answers.items()))
        if key not in rendered:
            result = copie.copy(extra_answers=answers, template_dir=template)
            if result.exception is not None:
                raise result.exception
            assert result.project_dir is not None
            rendered[key] = result.project_dir
        return rendered[key]

    return render


@pytest.fixture(scope="session")
def services_folder() -> Iterator[Path]:
    """A folder for running services: accessible to PostgreSQL, removed once that has stopped."""
    with temporary_folder() as folder, databases_in_memory():
        yield folder


@contextmanager
def databases_in_memory() -> Iterator[None]:
    """Keep the databases of the services' tests in memory if there is enough of it."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < BYTES_FOR_DATABASES:
        yield
        return
    with (
        tempfile.TemporaryDirectory(
            prefix="plumbline-", dir=MEMORY, ignore_cleanup_errors=True
        ) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        Path(folder).chmod(0o711)  # If root runs the tests, PostgreSQL runs as another account.
        patch.setenv("TEST_POSTGRES_DIRECTORY", folder)
        yield
