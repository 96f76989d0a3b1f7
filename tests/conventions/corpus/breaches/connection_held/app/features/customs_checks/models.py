"""Tables: customs declarations."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UpdatedAt, UuidKey


class CustomsDeclaration(Base):
    """A declaration of goods."""

    __tablename__ = "customs_declarations"

    id: Mapped[UuidKey]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    tariff_code: Mapped[str] = mapped_column(String(10))
    verdict: Mapped[str | None] = mapped_column(String(16))
    updated_at: Mapped[UpdatedAt]
