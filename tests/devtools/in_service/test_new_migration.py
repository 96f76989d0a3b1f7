"""A branch with two heads: `make migration` writes the migration that joins them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from tests.devtools.conftest import SERVICE_ROOT

BRANCH = "accounts"
MIGRATION = """
revision = "{revision}"
down_revision = "{below}"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
"""


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """The service with migrations of its own: two of them follow the same one."""
    for name in ("app", "devtools", "alembic.ini", "pyproject.toml", "ruff.toml"):
        (tmp_path / name).symlink_to(SERVICE_ROOT / name)
    shutil.copytree(SERVICE_ROOT / "migrations", tmp_path / "migrations")
    below = scripts_in(tmp_path).get_revision(f"{BRANCH}@head").revision
    for revision in ("one_1", "two_2"):
        text = MIGRATION.format(revision=revision, below=below)
        (tmp_path / f"migrations/versions/{BRANCH}/{revision}.py").write_text(text)
    return tmp_path


def scripts_in(service: Path) -> ScriptDirectory:
    versions = service / "migrations/versions"
    return ScriptDirectory(
        service / "migrations", version_locations=[versions], recursive_version_locations=True
    )


def test_two_heads_are_joined_in_the_folder_of_their_branch(service: Path) -> None:
    command = [sys.executable, "-m", "devtools.new_migration", BRANCH, "join heads"]
    done = subprocess.run(command, cwd=service, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "had 2 heads: one_1, two_2" in done.stdout
    script = scripts_in(service).get_revision(f"{BRANCH}@head")
    assert set(script.down_revision) == {"one_1", "two_2"}
    assert Path(script.path).parent.name == BRANCH
    assert Path(script.path).relative_to(service).as_posix() in done.stdout
    assert "after one_1 and two_2" in Path(script.path).read_text()
