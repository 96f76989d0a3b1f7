"""Tables: subscriptions of partners' hooks."""

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class HookSubscription(Owned, Base):
    """A path at a partner that is called when something happens."""

    __tablename__ = "hook_subscriptions"
    __table_args__ = (
        UniqueConstraint("owner_id", "partner", "path"),
        CheckConstraint("path ~ '^/[a-z0-9/-]*$'", name="path_form"),
    )

    id: Mapped[UuidKey]
    partner: Mapped[str] = mapped_column(String(30))
    path: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[CreatedAt]
