"""A table; the example is a column."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, LargeBinary, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, UuidKey


class Thing(Base):
    """A thing."""

    __tablename__ = "FEATURE_things"

    id: Mapped[UuidKey]
    EXAMPLE  # frame
