"""An update of a service with code of its own preserves the user's files."""

import shutil
from pathlib import Path

import pytest

from tests.history import git, tag_all
from tests.rewriting import append, replace
from tests.updating import changed, commit, make_committed, unmerged, update

# Files of the example that no later change of the example can take from these tests.
EXAMPLE_FILES = (
    "app/features/market_data/bars.py",
    "migrations/versions/market_data/bars.py",
    "tests/features/market_data/test_bars.py",
)


@pytest.fixture
def releases(template: Path, tmp_path: Path) -> Path:
    """The template in a git repository of its own, tagged as its first release."""
    folder = tmp_path / "template"
    shutil.copytree(template, folder)
    for path in EXAMPLE_FILES:
        (folder / "template" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "template" / path).write_text('"""Bars."""\n', "utf-8")
    git(folder, "init", "--quiet")
    tag_all(folder, "1.0.0")
    return folder


@pytest.fixture
def service(releases: Path, tmp_path: Path) -> Path:
    """A service of the first release, with an example, committed."""
    return make_committed(tmp_path / "my service", releases, "1.0.0")


def release(folder: Path) -> None:
    """Change files of every owner, and tag that as the second release."""
    for path in (
        *EXAMPLE_FILES,
        "app/core/__init__.py",
        "app/features/__init__.py.jinja",
        "project.mk.jinja",
        ".github/workflows/ci.yml.jinja",
    ):
        append(folder / "template" / path, "\n# New in 2\n")
    (folder / "template/app/features/market_data/new.py").write_text('"""New."""\n', "utf-8")
    structlog = '    "structlog>='
    project = folder / "template/pyproject.toml.jinja"
    replace(project, structlog, f'    "stamina>=26.1,<27",\n{structlog}')
    tag_all(folder, "2.0.0")


def update_cleanly(service: Path, **answers: str) -> None:
    update(service, **answers)
    assert unmerged(service) == set()


def test_an_update_changes_the_template_s_files_and_none_of_the_user_s(
    releases: Path, service: Path
) -> None:
    release(releases)
    update_cleanly(service)
    assert changed(service) == {".copier-answers.yml", "app/core/__init__.py", "pyproject.toml"}


def test_an_edited_example_stays_and_a_deleted_file_of_it_does_not_come_back(
    releases: Path, service: Path
) -> None:
    edited, deleted, _ = (service / path for path in EXAMPLE_FILES)
    append(edited, "\nMINE = True\n")
    deleted.unlink()
    commit(service, "My work on the example")
    release(releases)
    update_cleanly(service)
    assert edited.read_text("utf-8") == '"""Bars."""\n\nMINE = True\n'
    assert not deleted.exists()
    assert not edited.with_name("new.py").exists()


def test_a_service_that_deleted_the_example_does_not_get_it_again(
    releases: Path, service: Path
) -> None:
    for folder in ("app/features", "tests/features", "migrations/versions"):
        shutil.rmtree(service / folder / "market_data")
    commit(service, "Without the example")
    release(releases)
    update_cleanly(service)
    assert list(service.rglob("market_data")) == []


@pytest.mark.parametrize("example", ["none", "market_data"])
def test_answering_otherwise_later_neither_adds_nor_removes_the_example(
    releases: Path, service: Path, example: str
) -> None:
    had_files = sorted((service / "app/features").rglob("*.py"))
    release(releases)
    update_cleanly(service, example=example)
    assert sorted((service / "app/features").rglob("*.py")) == had_files


def test_packages_added_by_the_user_and_by_the_template_merge(
    releases: Path, service: Path
) -> None:
    project = service / "pyproject.toml"
    text = project.read_text("utf-8")
    text = text.replace('dependencies = ["tqdm>=4.67"]', 'dependencies = ["tqdm>=4.67", "numpy"]')
    text = text.replace('dev = ["types-tqdm>=4.67"]', 'dev = ["types-tqdm>=4.67", "ipython"]')
    project.write_text(text, "utf-8")
    commit(service, "Packages of my own")
    release(releases)
    update_cleanly(service)
    merged = project.read_text("utf-8")
    assert all(f'"{name}' in merged for name in ("numpy", "ipython", "stamina"))


def test_the_user_s_own_files_are_not_changed(releases: Path, service: Path) -> None:
    own = {
        "project.mk": "# mine\n",
        ".github/workflows/ci.yml": "# mine\n",
        "app/features/__init__.py": '"""Mine."""\n',
        "app/features/notes/__init__.py": '"""Mine."""\n',
    }
    for path, text in own.items():
        (service / path).parent.mkdir(exist_ok=True)
        (service / path).write_text(text, "utf-8")
    commit(service, "My own")
    release(releases)
    update_cleanly(service)
    assert {path: (service / path).read_text("utf-8") for path in own} == own
