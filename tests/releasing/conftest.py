import shutil
from pathlib import Path

import pytest

from scripts.archives import ARCHIVES, CHECKSUMS, archive_of, checksum_line
from scripts.release import CHANGELOG, archive
from tests.history import git, tag_all
from tests.releasing.small_template import FILES
from tests.rewriting import replace, write
from tests.updating import commit


@pytest.fixture(scope="session")
def released_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small template that was released once and has changed since; copy it."""
    folder = tmp_path_factory.mktemp("released") / "repository"
    for path, text in FILES.items():
        write(folder / path, text)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "config", "user.name", "Somebody")
    git(folder, "config", "user.email", "somebody@example.com")
    tag_all(folder, "0.1.0")
    packed = archive(folder)
    (folder / ARCHIVES).mkdir(parents=True)
    (folder / archive_of("0.1.0")).write_bytes(packed)
    write(folder / CHECKSUMS, checksum_line("0.1.0", packed))
    replace(folder / CHANGELOG, "Unreleased\n", "Unreleased\n\n### Added\n\n- More.\n")
    commit(folder, "Work")
    return folder


@pytest.fixture
def repository(released_repository: Path, tmp_path: Path) -> Path:
    return shutil.copytree(released_repository, tmp_path / "repository")
