"""Create the tables of the fleet.

Revision 5e7a10000001, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a10000001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("fleet_vehicles",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "fleet_depots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(12), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fleet_depots")),
    )
    op.create_table(
        "fleet_vehicles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("depot_id", sa.Uuid(), nullable=True),
        sa.Column("plate", sa.String(16), nullable=False),
        sa.Column("mileage_km", sa.Integer(), nullable=True),
        sa.Column("serviced_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fleet_vehicles")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("fleet_vehicles")
    op.drop_table("fleet_depots")
