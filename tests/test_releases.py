"""The releases of this repository are unchanged, and removals since are documented."""

import re
import shutil
from pathlib import Path

import pytest
from packaging.version import Version

from scripts.archives import (
    ARCHIVES,
    CHECKSUMS,
    archive_of,
    checksum_line,
    released_versions,
    unpack_release,
)
from scripts.notes import has_entries, sections
from scripts.paths import ShippedTemplate
from scripts.release import (
    CHANGELOG,
    PROJECT,
    UPGRADING,
    next_version,
    release,
    unexplained_changes,
)
from scripts.rendering import ROOT
from tests.conftest import Render
from tests.history import git
from tests.releasing.small_template import TODAY
from tests.rewriting import replace
from tests.services import tree
from tests.toggles import EVERYTHING_ON, NOTHING_ON, TOGGLES
from tests.updating import commit


def test_every_removal_since_a_release_has_a_note() -> None:
    missing = [f"Since {since}, {change}" for since, change in unexplained_changes(ROOT)]
    assert missing == [], "restore it, or describe the manual step in UPGRADING.md"


def test_the_archives_are_those_that_were_released() -> None:
    lines = (ROOT / CHECKSUMS).read_text("utf-8")
    archives = ((version, ROOT / archive_of(version)) for version in released_versions())
    assert "".join(checksum_line(version, path.read_bytes()) for version, path in archives) == lines


def test_every_release_has_its_notes_and_the_version_is_no_older() -> None:
    dated = (ROOT / CHANGELOG).read_text("utf-8")
    changelog, upgrading = sections(dated), sections((ROOT / UPGRADING).read_text("utf-8"))
    assert "Unreleased" in changelog
    assert "Unreleased" in upgrading
    for version in released_versions():
        assert has_entries(changelog[version])
        assert re.search(rf"^## {version} - 20\d\d-\d\d-\d\d$", dated, re.MULTILINE)
        assert upgrading[version]
        assert Version(version) <= Version(next_version(ROOT))


def test_the_present_template_can_be_released(template: Path, tmp_path: Path) -> None:
    repository = shutil.copytree(template, tmp_path / "repository")
    for path in (PROJECT, CHANGELOG, UPGRADING):
        shutil.copy(ROOT / path, repository)
    shutil.copytree(ROOT / ARCHIVES, repository / ARCHIVES)
    replace(repository / CHANGELOG, "## Unreleased\n", "## Unreleased\n\n- Something.\n")
    git(repository, "init", "--quiet")
    git(repository, "config", "user.name", "Somebody")
    git(repository, "config", "user.email", "somebody@example.com")
    commit(repository, "All of it")
    release(repository, "99.0.0", today=TODAY)
    unpack_release("99.0.0", tmp_path / "unpacked", root=repository)
    present = {p: t for p, t in tree(template).items() if not p.endswith((".pyc", "/"))}
    assert {p: t for p, t in tree(tmp_path / "unpacked").items() if not p.endswith("/")} == present


@pytest.mark.parametrize(
    "answers",
    [
        {"example": "none", **NOTHING_ON},
        *({"example": "none", **NOTHING_ON, toggle: True} for toggle in TOGGLES),
        {"example": "market_data", **EVERYTHING_ON},
    ],
    ids=str,
)
def test_the_paths_of_a_rendering_are_known_without_rendering_it(
    render: Render, template: Path, answers: dict[str, object]
) -> None:
    rendered = {path for path in tree(render(**answers)) if not path.endswith("/")}
    assert ShippedTemplate(template).paths(answers) == rendered
