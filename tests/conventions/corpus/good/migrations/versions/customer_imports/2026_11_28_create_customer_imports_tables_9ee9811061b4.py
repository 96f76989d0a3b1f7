"""Create customer imports tables.

Revision 9ee9811061b4, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "9ee9811061b4"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("customer_imports",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "customer_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'rejected')", name=op.f("ck_customer_imports_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_customer_imports_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_imports")),
        sa.UniqueConstraint(
            "owner_id", "checksum", name=op.f("uq_customer_imports_owner_id_checksum")
        ),
    )
    op.create_index(
        op.f("ix_customer_imports_owner_id"), "customer_imports", ["owner_id"], unique=False
    )
    op.create_index(
        op.f("ix_customer_imports_owner_id_created_at_id"),
        "customer_imports",
        ["owner_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "imported_customers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["customer_imports.id"],
            name=op.f("fk_imported_customers_import_id_customer_imports"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_imported_customers_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_customers")),
        sa.UniqueConstraint(
            "owner_id", "number", name=op.f("uq_imported_customers_owner_id_number")
        ),
    )
    op.create_index(
        op.f("ix_imported_customers_import_id"), "imported_customers", ["import_id"], unique=False
    )
    op.create_index(
        op.f("ix_imported_customers_owner_id"), "imported_customers", ["owner_id"], unique=False
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_imported_customers_owner_id"), table_name="imported_customers")
    op.drop_index(op.f("ix_imported_customers_import_id"), table_name="imported_customers")
    op.drop_table("imported_customers")
    op.drop_index(op.f("ix_customer_imports_owner_id_created_at_id"), table_name="customer_imports")
    op.drop_index(op.f("ix_customer_imports_owner_id"), table_name="customer_imports")
    op.drop_table("customer_imports")
