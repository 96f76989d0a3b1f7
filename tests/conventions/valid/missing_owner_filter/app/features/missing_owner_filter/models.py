"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, UuidKey


class Wish(Owned, Base):
    """A wish of a user."""

    __tablename__ = "missing_owner_filter_wishes"

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(200))
