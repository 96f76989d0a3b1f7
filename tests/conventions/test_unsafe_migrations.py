"""Risks of migrations that squawk finds are reported, and accepted, like any other finding."""

import pytest

from tests.conventions.reviewing import ReviewedService, places

pytestmark = pytest.mark.xdist_group("conventions")

PATH = "migrations/versions/ponds/change_ponds_b2.py"
MIGRATION = '''"""{summary}."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "{revision}"
down_revision: str | Sequence[str] | None = {after!r}
branch_labels: str | Sequence[str] | None = {label!r}
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
{upgrade}


def downgrade() -> None:
    """Undo `upgrade`."""
    {downgrade}
'''
READING = """\
    ponds = sa.table("ponds", sa.column("id"), sa.column("depth"))
    for (pond_id,) in op.get_bind().execute(sa.select(ponds.c.id)):
        op.execute(sa.update(ponds).where(ponds.c.id == pond_id).values(depth=1))
    depths = op.get_bind().scalars(sa.select(ponds.c.depth)).all()
    if not depths:
        op.alter_column("ponds", "depth", type_=sa.BigInteger())"""


@pytest.fixture
def ponds(service: ReviewedService) -> ReviewedService:
    """A service with a table of migrations alone."""
    table = '    op.create_table("ponds", sa.Column("id", sa.Uuid(), primary_key=True))'
    text = MIGRATION.format(
        summary="Create", revision="b1", after=None, label="ponds", upgrade=table,
        downgrade='op.drop_table("ponds")',
    )  # fmt: skip
    service.write("migrations/versions/ponds/create_ponds_b1.py", text)
    return service


def findings(service: ReviewedService, upgrade: str) -> list[tuple[int, str, str]]:
    """Return the findings about a migration: line, rule and message."""
    text = MIGRATION.format(
        summary="Change", revision="b2", after="b1", label=None, upgrade=upgrade,
        downgrade='op.execute("SELECT 1")',
    )  # fmt: skip
    service.write(PATH, text)
    found = service.review("--format", "json", "--fail-on", "never").document["findings"]
    return [
        (each["line"], each["rule"], each["message"])
        for each in found
        if each["path"] == PATH and not each["rule"].startswith("lint")
    ]


def test_a_risk_is_reported_at_its_line_and_accepted_by_a_comment(ponds: ReviewedService) -> None:
    drop = '    op.execute("SELECT 1")\n    op.drop_constraint("depth", "ponds")'
    [(line, rule, message)] = findings(ponds, drop)
    assert (line, rule) == (17, "unsafe-migration")
    assert message.startswith("ban-drop-constraint: Dropping a constraint")
    assert findings(ponds, f"{drop}  # conventions: ignore[unsafe-migration] it is unused") == []


def test_a_migration_that_reads_rows_is_checked_too(ponds: ReviewedService) -> None:
    assert {(line, rule) for line, rule, _ in findings(ponds, READING)} == {
        (18, "row-by-row-migration"),
        (21, "locking-migration"),  # Squawk reports this line as well, which is not repeated.
    }
    dropping = READING.replace("type_=sa.BigInteger()", "nullable=True")
    assert {(line, rule) for line, rule, _ in findings(ponds, dropping)} == {
        (18, "row-by-row-migration"),
        (21, "unsafe-migration"),
    }


def test_a_migration_that_needs_a_database_is_named(ponds: ReviewedService) -> None:
    [(line, rule, message)] = findings(ponds, "    sa.inspect(op.get_bind()).get_table_names()")
    assert (line, rule) == (14, "unsafe-migration")
    assert message.startswith("squawk has not seen this migration, which needs a database (NoInsp")


def test_check_reports_other_tools_and_migrations_alone(ponds: ReviewedService) -> None:
    findings(
        ponds, '    op.create_index("ix", "ponds", ["id"])\n    op.drop_constraint("a", "ponds")'
    )
    ponds.write("app/features/market_data/untidy.py", 'size: int = "3"\n')
    result = ponds.review("check")
    assert result.status == 1
    for rule in ("types", "lint-docstring", "locking-migration", "unsafe-migration"):
        assert f"[{rule}]" in result.stdout
    ponds.write("app/features/market_data/untidy.py", "def broken(:\n")
    assert ponds.review("check").stdout.startswith("The review is incomplete: files that cannot")


def test_each_tool_runs_once_for_the_same_files(ponds: ReviewedService) -> None:
    findings(ponds, '    op.drop_constraint("depth", "ponds")')
    kept = [ponds.folder / ".data/tools" / f"{name}.json" for name in ("ruff", "pyrefly", "squawk")]
    before = [path.stat().st_mtime_ns for path in kept]
    assert ponds.review("check").status == 1
    ponds.review()
    assert [path.stat().st_mtime_ns for path in kept] == before
    ponds.write("app/features/market_data/untidy.py", 'size: int = "3"\n')
    assert ("app/features/market_data/untidy.py", 1, "types") in places(
        ponds.review("--format", "json")
    )
