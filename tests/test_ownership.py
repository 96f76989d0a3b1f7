"""`docs/ownership.md` lists owners and the treatment of edits; each row about an edit is a test.

One service is edited in all of these ways and then updated once.
"""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from scripts.paths import ShippedTemplate
from scripts.rendering import ROOT
from tests.conftest import Render
from tests.history import git, tag_all
from tests.rewriting import append, replace
from tests.services import tree
from tests.test_toggle_flips import OF_THE_USER
from tests.toggles import EVERYTHING_ON
from tests.updating import commit, make_committed, unmerged, update

DOCUMENT = (ROOT / "docs/ownership.md").read_text("utf-8")
OWNERS = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", DOCUMENT, re.MULTILINE))
EXAMPLE = "app/features/market_data"


def rows(owner: str) -> set[str]:
    return {path for path, text in OWNERS.items() if text.startswith(owner)}


def row_of(path: str) -> str | None:
    """Return the row that has the owner of a path."""
    above = [f"{folder}/" for folder in Path(path).parents]
    return next((row for row in (path, *above) if row in OWNERS), None)


def test_every_path_has_an_owner_and_every_row_a_path(render: Render) -> None:
    files = {path for path in tree(render(**EVERYTHING_ON)) if not path.endswith("/")}
    assert {path for path in files if row_of(path) is None} == set()
    assert {row_of(path) for path in files} == set(OWNERS)


def test_files_written_or_copied_once_are_those_in_copier_yml(template: Path) -> None:
    settings = ShippedTemplate(template).settings
    assert rows("you: written once") == set(settings["_skip_if_exists"])
    kept_out = [row for row in settings["_exclude"] if "_copier_operation == 'update'" in row]
    folders = {re.sub(r"{%.*?%}", "", row).strip("/") + "/" for row in kept_out}
    assert rows("you: copied once") == folders
    assert rows("you: ") == set(OF_THE_USER)


def test_every_row_about_an_edit_names_a_test_of_this_file() -> None:
    named = re.findall(r"`(test_\w+)` \|$", DOCUMENT, re.MULTILINE)
    about_edits = DOCUMENT.partition("## How an update treats an edit")[2]
    assert len(named) == about_edits.count("\n| ") - 2
    assert [name for name in named if name not in globals()] == []


def read(service: Path, path: str) -> str:
    return (service / path).read_text("utf-8")


def edit(service: Path) -> None:
    """Edit the service in the way of each row."""
    (service / "project.mk").write_text("# mine\n", "utf-8")
    (service / ".github/workflows/ci.yml").unlink()
    append(service / EXAMPLE / "intervals.py", "\nMINE = True\n")
    (service / EXAMPLE / "schemas.py").unlink()
    (service / "app/core/mine.py").write_text("MINE = True\n", "utf-8")
    replace(service / "pyproject.toml", '["tqdm>=4.67"]', '["tqdm>=4.67", "numpy"]')
    append(service / "README.md", "\nMine.\n")
    append(service / "app/core/api/etag.py", "\nMINE = True\n")
    replace(service / "app/core/timing.py", '"""', '"""Mine. ')
    second_line = read(service, "ruff.toml").splitlines()[1]
    replace(service / "ruff.toml", second_line, f"{second_line} # Mine")
    (service / "app/core/api/batch.py").unlink()
    (service / "app/core/signing.py").rename(service / "app/core/signatures.py")
    append(service / "devtools/serve.py", "\nMINE = True\n")
    append(service / "app/integrations/redis/locks.py", "\nMINE = True\n")
    commit(service, "My work")


def release(folder: Path) -> None:
    """Change each of those files in the template, too, and release it."""
    template = folder / "template"
    for path in (
        f"{EXAMPLE}/intervals.py",
        f"{EXAMPLE}/schemas.py",
        "app/core/api/batch.py",
        "app/core/signing.py",
        "project.mk.jinja",
    ):
        append(template / path, "\n# New in 2\n")
    replace(
        template / "pyproject.toml.jinja", '    "structlog>=', '    "new-in-2",\n    "structlog>='
    )
    replace(template / "README.md.jinja", "## First run", "## First run, new in 2")
    replace(template / "app/core/api/etag.py", '"""', '"""New in 2. ')
    replace(template / "app/core/timing.py", '"""', '"""New in 2. ')
    first_line = read(template, "ruff.toml").splitlines()[0]
    replace(template / "ruff.toml", first_line, f"{first_line} # New in 2")
    (template / "devtools/serve.py").unlink()
    tag_all(folder, "2.0.0")


@pytest.fixture(scope="module")
def updated(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service with all of the edits, after the update; not to be changed."""
    folder = tmp_path_factory.mktemp("ownership")
    releases = shutil.copytree(template, folder / "template")
    git(releases, "init", "--quiet")
    tag_all(releases, "1.0.0")
    service = make_committed(folder / "service", releases, "1.0.0", redis=True)
    edit(service)
    release(releases)
    update(service, redis=False)
    return service


def test_a_file_of_yours_stays_as_you_wrote_it(updated: Path) -> None:
    assert read(updated, "project.mk") == "# mine\n"


def test_a_file_that_is_written_once_comes_back_when_it_is_deleted(updated: Path) -> None:
    assert read(updated, ".github/workflows/ci.yml").startswith("# Yours")


def test_the_example_stays_as_you_left_it(updated: Path) -> None:
    assert read(updated, f"{EXAMPLE}/intervals.py").endswith("\nMINE = True\n")
    assert "New in 2" not in read(updated, f"{EXAMPLE}/intervals.py")
    assert not (updated / EXAMPLE / "schemas.py").exists()


def test_files_that_you_added_stay(updated: Path) -> None:
    assert read(updated, "app/core/mine.py") == "MINE = True\n"


def test_packages_of_both_owners_merge(updated: Path) -> None:
    project = tomllib.loads(read(updated, "pyproject.toml"))
    assert "numpy" in project["project"]["dependencies"]
    assert "new-in-2" in project["dependency-groups"]["platform"]


def test_edits_apart_from_each_other_merge(updated: Path) -> None:
    readme, etag = read(updated, "README.md"), read(updated, "app/core/api/etag.py")
    assert "## First run, new in 2" in readme
    assert readme.endswith("\nMine.\n")
    assert etag.startswith('"""New in 2. ')
    assert etag.endswith("\nMINE = True\n")


def test_edits_of_the_same_line_are_a_conflict(updated: Path) -> None:
    assert unmerged(updated) == {"app/core/timing.py", "ruff.toml"}
    timing = read(updated, "app/core/timing.py")
    assert '"""Mine. ' in timing
    assert '"""New in 2. ' in timing


def test_a_file_of_the_template_that_you_deleted_stays_deleted(updated: Path) -> None:
    assert not (updated / "app/core/api/batch.py").exists()


def test_a_file_that_you_renamed_gets_no_more_changes(updated: Path) -> None:
    assert "New in 2" not in read(updated, "app/core/signatures.py")
    assert not (updated / "app/core/signing.py").exists()


def test_a_file_that_the_template_removes_goes_with_your_edit(updated: Path) -> None:
    for path in ("devtools/serve.py", "app/integrations/redis/locks.py"):
        assert not (updated / path).exists()
        assert "MINE = True" in git(updated, "show", f"HEAD:{path}")
