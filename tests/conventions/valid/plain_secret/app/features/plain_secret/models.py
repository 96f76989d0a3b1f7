"""Tables."""

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class Device(Base):
    """A machine that calls us."""

    __tablename__ = "plain_secret_devices"

    id: Mapped[UuidKey]
    access_token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    secretary: Mapped[str] = mapped_column(String(100))
