"""Normalize the phone numbers of contact people.

Revision 5e7a60000003, after 5e7a60000002.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import orm

revision: str = "5e7a60000003"
down_revision: str | Sequence[str] | None = "5e7a60000002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def normalize(number: str) -> str:
    """Return a phone number without separators."""
    return "".join(part for part in number if part.isdigit() or part == "+")


def _store(session: orm.Session, person_id: str, phone: str) -> None:
    session.execute(
        sa.text("UPDATE contact_people SET phone = :phone WHERE id = :id"),
        {"phone": phone, "id": person_id},
    )


def upgrade() -> None:
    """Remove the separators of phone numbers."""
    session = orm.Session(bind=op.get_bind())
    rows = session.execute(sa.text("SELECT id, phone FROM contact_people")).fetchall()
    changed = {row.id: normalize(row.phone) for row in rows if row.phone}
    for person_id, phone in changed.items():
        _store(session, person_id, phone)  # breach: migration-row-by-row
    session.flush()


def downgrade() -> None:
    """Keep the numbers: the separators had no meaning, so there is nothing to restore."""
