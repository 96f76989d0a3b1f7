"""Reference the depots, and require mileages.

Revision 5e7a10000003, after 5e7a10000002.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "5e7a10000003"
down_revision: str | Sequence[str] | None = "5e7a10000002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


ADD_CHECK = """
    ALTER TABLE fleet_vehicles
    ADD CONSTRAINT ck_fleet_vehicles_mileage_not_negative CHECK (mileage_km >= 0)
"""


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_foreign_key(  # breach: migration-locks
        "fk_fleet_vehicles_depot_id_fleet_depots",
        "fleet_vehicles",
        "fleet_depots",
        ["depot_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.execute(ADD_CHECK)  # breach: migration-locks
    _require("fleet_vehicles", "mileage_km", fallback="0")


def _require(table: str, column: str, *, fallback: str) -> None:
    # breach: migration-locks
    op.execute(f"UPDATE {table} SET {column} = {fallback} WHERE {column} IS NULL")
    connection = op.get_bind()
    # breach: migration-locks
    connection.exec_driver_sql(f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL")


def downgrade() -> None:
    """Undo `upgrade`; mileages that were missing stay 0."""
    op.alter_column("fleet_vehicles", "mileage_km", nullable=True)
    op.drop_constraint("ck_fleet_vehicles_mileage_not_negative", "fleet_vehicles")
    op.drop_constraint("fk_fleet_vehicles_depot_id_fleet_depots", "fleet_vehicles")
