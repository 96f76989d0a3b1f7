"""Tables."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Device(Base):
    """A machine that calls us."""

    __tablename__ = "plain_secret_devices"

    id: Mapped[UuidKey]
    access_token: Mapped[str] = mapped_column(String(64), unique=True)  # violates: plain-secret
