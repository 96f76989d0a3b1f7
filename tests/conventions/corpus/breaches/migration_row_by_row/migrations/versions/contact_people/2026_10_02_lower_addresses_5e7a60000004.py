"""Lower the addresses of contact people.

Revision 5e7a60000004, after 5e7a60000003.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a60000004"
down_revision: str | Sequence[str] | None = "5e7a60000003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


UPDATE = sa.text("UPDATE contact_people SET email = :email WHERE id = :id")


def upgrade() -> None:
    """Write all addresses in lower case."""
    read = op.get_bind().execute
    rows = read(sa.text("SELECT id, email FROM contact_people WHERE email IS NOT NULL"))
    values = [{"id": row["id"], "email": row["email"].lower()} for row in rows.mappings()]
    if values:
        op.get_bind().execute(UPDATE, values)  # breach: migration-row-by-row


def downgrade() -> None:
    """Keep the addresses: the case had no meaning, so there is nothing to restore."""
