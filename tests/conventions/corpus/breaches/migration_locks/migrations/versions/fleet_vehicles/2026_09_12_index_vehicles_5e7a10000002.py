"""Index the vehicles of the fleet.

Revision 5e7a10000002, after 5e7a10000001.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a10000002"
down_revision: str | Sequence[str] | None = "5e7a10000001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


VEHICLES = "fleet_vehicles"


def _index(table: str, *columns: str) -> sa.Index:
    copy = sa.Table(table, sa.MetaData(), *(sa.Column(name) for name in columns))
    return sa.Index(f"ix_{table}_{'_'.join(columns)}", *copy.columns)


def upgrade() -> None:
    """Apply the changes of the models."""
    with op.batch_alter_table(VEHICLES) as vehicles:
        vehicles.create_index("ix_fleet_vehicles_plate", ["plate"])  # breach: migration-locks
        # breach: migration-locks
        vehicles.create_unique_constraint("uq_fleet_vehicles_plate", ["plate"])
    _index(VEHICLES, "serviced_on").create(op.get_bind())  # breach: migration-locks
    # breach: migration-locks
    op.execute(sa.schema.CreateIndex(_index(VEHICLES, "depot_id", "serviced_on")))


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index("ix_fleet_vehicles_depot_id_serviced_on", VEHICLES)
    op.drop_index("ix_fleet_vehicles_serviced_on", VEHICLES)
    op.drop_constraint("uq_fleet_vehicles_plate", VEHICLES)
    op.drop_index("ix_fleet_vehicles_plate", VEHICLES)
