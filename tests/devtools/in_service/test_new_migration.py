"""`make migration` joins two heads of a branch."""

import shutil
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from devtools import new_migration

SERVICE_ROOT = new_migration.SERVICE_ROOT
MIGRATION = """\
revision = "{revision}"
down_revision = {after!r}
branch_labels = {label!r}
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
"""


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations of a service in which a branch has two heads."""
    for name in ("alembic.ini", "ruff.toml", "pyproject.toml"):
        shutil.copy(SERVICE_ROOT / name, tmp_path)
    ignored = shutil.ignore_patterns("versions", "__pycache__")
    shutil.copytree(SERVICE_ROOT / "migrations", tmp_path / "migrations", ignore=ignored)
    folder = tmp_path / "migrations/versions/accounts"
    folder.mkdir(parents=True)
    for revision, after, label in (
        ("first", None, "accounts"),
        ("mine", "first", None),
        ("theirs", "first", None),
    ):
        text = MIGRATION.format(revision=revision, after=after, label=label)
        (folder / f"{revision}.py").write_text(text)
    monkeypatch.setattr(new_migration, "SERVICE_ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    return folder


def test_two_heads_are_joined_in_the_folder_of_their_branch(
    versions: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["new_migration", "accounts", "join two heads"]
    monkeypatch.setattr("sys.argv", arguments)
    new_migration.main()
    assert "which joins mine and theirs." in capsys.readouterr().out
    [path] = versions.glob("*join_two_heads*.py")
    assert "after mine and theirs.\n" in path.read_text()
    config = Config(versions.parents[2] / "alembic.ini")
    [head] = ScriptDirectory.from_config(config).get_heads()
    assert head in path.name
