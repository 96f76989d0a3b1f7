"""Migrations that need those of a removed module, in a service with some of the user's own."""

import shutil
from pathlib import Path

import pytest
from alembic.util import CommandError

from devtools.data import exports, leftovers
from migrations import retiring

MIGRATION = """
from alembic import op

revision = "{revision}"
down_revision = {follows!r}
branch_labels = {labels!r}
depends_on = {depends_on!r}


def upgrade() -> None:
    op.create_table("{revision}_table")
"""
FIRST = "parcels_1"


class Migrations:
    """A copy of the service's migrations, and a branch `parcels` of the template."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.rendered = [self.write("parcels", FIRST, labels=("parcels",))]

    def write(
        self,
        folder: str,
        revision: str,
        *,
        follows: str | tuple[str, ...] | None = None,
        labels: tuple[str, ...] | None = None,
        depends_on: str | tuple[str, ...] | None = None,
    ) -> str:
        """Write a migration; return its path."""
        path = f"migrations/versions/{folder}/{revision}.py"
        (self.root / path).parent.mkdir(exist_ok=True)
        text = MIGRATION.format(
            revision=revision, follows=follows, labels=labels, depends_on=depends_on
        )
        (self.root / path).write_text(text)
        return path

    def dependants(self) -> list[str]:
        return list(leftovers._dependent_migrations(["parcels"], self.rendered))


@pytest.fixture
def migrations(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Migrations:
    copy = tmp_path / "migrations"
    shutil.copytree(retiring.MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(retiring, "MIGRATIONS", copy)
    monkeypatch.setattr(retiring, "VERSIONS", copy / "versions")
    monkeypatch.setattr(retiring, "RETIRED", copy / "retired")
    monkeypatch.setattr(leftovers, "SERVICE_ROOT", tmp_path)
    return Migrations(tmp_path)


def test_a_branch_that_nothing_needs_can_go(migrations: Migrations) -> None:
    migrations.write("own", "own_1", labels=("own",), depends_on="accounts")
    assert migrations.dependants() == []


def test_a_migration_that_follows_is_named(migrations: Migrations) -> None:
    path = migrations.write("own", "own_1", follows=FIRST)
    assert migrations.dependants() == [f"{path} depends on parcels."]


def test_a_migration_that_merges_is_named(migrations: Migrations) -> None:
    migrations.write("own", "own_1", labels=("own",))
    path = migrations.write("own", "own_2", follows=("own_1", FIRST))
    assert migrations.dependants() == [f"{path} depends on parcels."]


@pytest.mark.parametrize("depends_on", [FIRST, "parcels", ("accounts", FIRST)])
def test_a_migration_that_depends_on_it_is_named(
    migrations: Migrations, depends_on: str | tuple[str, ...]
) -> None:
    path = migrations.write("own", "own_1", labels=("own",), depends_on=depends_on)
    assert migrations.dependants() == [f"{path} depends on parcels."]


def test_an_own_migration_in_its_folder_is_named(migrations: Migrations) -> None:
    path = migrations.write("parcels", "own_1", follows=FIRST)
    assert migrations.dependants() == [f"{path} is yours, and would be removed with parcels."]


def test_a_later_migration_of_the_template_is_not_named(migrations: Migrations) -> None:
    migrations.rendered.append(migrations.write("parcels", "parcels_2", follows=FIRST))
    assert migrations.dependants() == []


def test_tables_of_migrations_that_follow_elsewhere_are_not_the_modules(
    migrations: Migrations,
) -> None:
    migrations.write("parcels", "parcels_2", follows=FIRST)
    migrations.write("own", "own_1", follows=FIRST)
    assert exports.tables_of(["parcels"]) == {"parcels_1_table", "parcels_2_table"}


def test_a_branch_may_lie_in_a_folder_of_another_name(migrations: Migrations) -> None:
    migrations.write("letters", "own_1", labels=("notes",))
    migrations.write("letters", "own_2", follows="own_1")
    assert exports.tables_of(["notes"]) == {"own_1_table", "own_2_table"}


def test_a_missing_migration_is_named(migrations: Migrations) -> None:
    migrations.write("own", "own_1", follows="parcels_0")
    with (
        pytest.warns(UserWarning, match="parcels_0"),
        pytest.raises(CommandError, match=r"parcels_0 is missing, but .*git log -S parcels_0"),
    ):
        migrations.dependants()
