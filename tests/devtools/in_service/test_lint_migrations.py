"""The migration linter finds risks for live tables."""

import shutil
from pathlib import Path

import pytest

from devtools.lint_migrations import SERVICE_ROOT, find_risks

MIGRATION = '''"""A migration for the test."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {after}
branch_labels = None
depends_on = None
{risks}

def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    pass
'''
TABLE = 'op.create_table("probes", sa.Column("id", sa.Uuid(), primary_key=True))'


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A service that has no migration but those a test writes."""
    for name in ("alembic.ini", ".squawk.toml"):
        shutil.copy(SERVICE_ROOT / name, tmp_path)
    shutil.copytree(
        SERVICE_ROOT / "migrations",
        tmp_path / "migrations",
        ignore=shutil.ignore_patterns("versions", "__pycache__"),
    )
    (tmp_path / "migrations" / "versions" / "probes").mkdir(parents=True)
    write(tmp_path, "probe1", TABLE)
    return tmp_path


def write(service: Path, revision: str, upgrade: str, *, after: str = "", risks: str = "") -> None:
    path = service / "migrations" / "versions" / "probes" / f"{revision}.py"
    source = MIGRATION.format(
        revision=revision, after=repr(after or None), upgrade=upgrade, risks=risks
    )
    path.write_text(source, encoding="utf-8")


def rules_of(service: Path) -> list[str]:
    return sorted(risk.rule for risk in find_risks(service))


def test_a_new_table_is_no_risk(service: Path) -> None:
    assert rules_of(service) == []


@pytest.mark.parametrize(
    ("upgrade", "rule"),
    [
        ('op.create_index("ix_probes", "probes", ["id"])', "require-concurrent-index-creation"),
        (
            'op.add_column("probes", sa.Column("n", sa.Integer(), nullable=False))',
            "adding-required-field",
        ),
        ('op.alter_column("probes", "id", type_=sa.Text())', "changing-column-type"),
        ('op.alter_column("probes", "id", nullable=False)', "adding-not-nullable-field"),
    ],
)
def test_a_change_that_locks_a_live_table_is_found(service: Path, upgrade: str, rule: str) -> None:
    write(service, "probe2", upgrade, after="probe1")
    assert rules_of(service) == [rule]


def test_a_risk_names_its_migration(service: Path) -> None:
    write(service, "probe2", 'op.create_index("ix", "probes", ["id"])', after="probe1")
    assert "versions/probes/probe2.py: require-concurrent" in str(find_risks(service)[0])


def test_an_index_made_concurrently_is_no_risk(service: Path) -> None:
    upgrade = (
        "with op.get_context().autocommit_block():\n"
        '        op.create_index("ix", "probes", ["id"], postgresql_concurrently=True)'
    )
    write(service, "probe2", upgrade, after="probe1")
    assert rules_of(service) == []


def test_a_risk_is_accepted_with_a_reason_and_only_with_one(service: Path) -> None:
    index = 'op.create_index("ix", "probes", ["id"])'
    rule = "require-concurrent-index-creation"
    write(service, "probe2", index, after="probe1", risks=f"accepted_risks = {{'{rule}': 'tiny'}}")
    assert rules_of(service) == []
    write(service, "probe2", index, after="probe1", risks=f"accepted_risks = {{'{rule}': ''}}")
    assert rules_of(service) == [rule]
