"""Reorganize the tables of the fleet.

Revision 5e7a10000004, after 5e7a10000003.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a10000004"
down_revision: str | Sequence[str] | None = "5e7a10000003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


STATEMENTS = (
    "LOCK TABLE fleet_depots IN ACCESS EXCLUSIVE MODE",
    "create unique index uq_fleet_depots_code on fleet_depots (code)",
)
vehicles = sa.table("fleet_vehicles", sa.column("mileage_km"), sa.column("serviced_on"))


def upgrade() -> None:
    """Apply the changes of the models."""
    for statement in STATEMENTS:
        op.execute(sa.text(statement))  # breach: migration-locks
    op.execute(  # breach: migration-locks
        vehicles.update().values(mileage_km=vehicles.c.mileage_km * 1000)
    )
    op.execute("REINDEX TABLE fleet_vehicles")  # breach: migration-locks
    op.execute(  # breach: migration-locks
        "ALTER TABLE fleet_depots ADD CONSTRAINT ex_fleet_depots_code "
        "EXCLUDE USING btree (code WITH =)"
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_constraint("ex_fleet_depots_code", "fleet_depots")
    op.drop_index("uq_fleet_depots_code", "fleet_depots")
    with op.get_context().autocommit_block():
        op.execute(vehicles.update().values(mileage_km=vehicles.c.mileage_km / 1000))
