"""Tables: the log of changes."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, CreatedAt, UuidKey


class AuditLine(Base):
    """A line of the log of changes."""

    __tablename__ = "audit_lines"

    id: Mapped[UuidKey]
    action: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]
