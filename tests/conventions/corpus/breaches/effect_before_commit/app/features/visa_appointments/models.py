"""Tables: appointments."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class VisaAppointment(Owned, Base):
    """A time at which a user visits a consulate."""

    __tablename__ = "visa_appointments"
    __table_args__ = (Index(None, "consulate", "starts_at", unique=True),)

    id: Mapped[UuidKey]
    consulate: Mapped[str] = mapped_column(String(12))
    starts_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]
