"""Create meter series tables.

Revision d81446871416, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "d81446871416"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("meter_series",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "smart_meters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.String(length=30), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90", name=op.f("ck_smart_meters_latitude_range")
        ),
        sa.CheckConstraint(
            "longitude BETWEEN -180 AND 180", name=op.f("ck_smart_meters_longitude_range")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_smart_meters_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_smart_meters")),
    )
    op.create_index(op.f("ix_smart_meters_owner_id"), "smart_meters", ["owner_id"], unique=False)
    op.create_index(
        op.f("ix_smart_meters_owner_id_serial"), "smart_meters", ["owner_id", "serial"], unique=True
    )
    op.create_table(
        "smart_meter_hours",
        sa.Column("meter_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kwh", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["meter_id"],
            ["smart_meters.id"],
            name=op.f("fk_smart_meter_hours_meter_id_smart_meters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("meter_id", "hour", name=op.f("pk_smart_meter_hours")),
    )
    op.create_table(
        "smart_meter_readings",
        sa.Column("meter_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kwh", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["meter_id"],
            ["smart_meters.id"],
            name=op.f("fk_smart_meter_readings_meter_id_smart_meters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("meter_id", "read_at", name=op.f("pk_smart_meter_readings")),
    )
    op.create_index(
        op.f("ix_smart_meter_readings_read_at"),
        "smart_meter_readings",
        ["read_at"],
        unique=False,
        postgresql_using="brin",
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(
        op.f("ix_smart_meter_readings_read_at"),
        table_name="smart_meter_readings",
        postgresql_using="brin",
    )
    op.drop_table("smart_meter_readings")
    op.drop_table("smart_meter_hours")
    op.drop_index(op.f("ix_smart_meters_owner_id_serial"), table_name="smart_meters")
    op.drop_index(op.f("ix_smart_meters_owner_id"), table_name="smart_meters")
    op.drop_table("smart_meters")
