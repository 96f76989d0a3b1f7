"""Fill the time zones of users who had preferences before.

Revision: b1904ce7d35a, after 8d27f0a6be13. Alone in its migration: each batch is a transaction.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "b1904ce7d35a"
down_revision: str | Sequence[str] | None = "8d27f0a6be13"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ZONES = {"de": "Europe/Zurich", "fr": "Europe/Paris", "en": "UTC"}
BATCH = sa.text(
    "UPDATE mail_preferences SET time_zone = :zone WHERE user_id IN ("
    " SELECT user_id FROM mail_preferences"
    " WHERE language = :language AND time_zone IS NULL LIMIT 1000)"
)


def upgrade() -> None:
    """Fill a thousand rows at a time."""
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        for language, zone in ZONES.items():
            while connection.execute(BATCH, {"language": language, "zone": zone}).rowcount:
                continue


def downgrade() -> None:
    """Keep the zones: a row that was filled looks like one that a user has chosen."""
