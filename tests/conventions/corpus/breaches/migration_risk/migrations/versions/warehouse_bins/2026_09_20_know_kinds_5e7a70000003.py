"""Let the database know the kinds of bins.

Revision 5e7a70000003, after 5e7a70000002.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "5e7a70000003"
down_revision: str | Sequence[str] | None = "5e7a70000002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


DOMAIN = "CREATE DOMAIN bin_level AS integer CHECK (VALUE BETWEEN 0 AND 40)"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.alter_column("warehouse_bins", "level", nullable=True)  # breach: migration-risk
    op.execute(DOMAIN)  # breach: migration-risk
    op.execute(  # breach: migration-risk
        "ALTER DOMAIN bin_level ADD CONSTRAINT bin_level_even CHECK (VALUE % 2 = 0)"
    )
    op.execute("ALTER TYPE bin_kind ADD VALUE 'cage'")  # breach: migration-risk
    # breach: migration-risk
    op.execute("ALTER TABLE warehouse_bins ADD COLUMN number serial")


def downgrade() -> None:
    """Undo `upgrade`; a value of an enum cannot be removed."""
    op.drop_column("warehouse_bins", "number")
    op.execute("DROP DOMAIN bin_level")
    op.execute("UPDATE warehouse_bins SET level = 0 WHERE level IS NULL")
    op.alter_column("warehouse_bins", "level", nullable=False)
