"""Tables: the states of parcels, as couriers report them."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UpdatedAt, UuidKey


class ParcelState(Base):
    """The newest state of a parcel."""

    __tablename__ = "courier_parcel_states"

    id: Mapped[UuidKey]
    parcel: Mapped[str] = mapped_column(String(40), unique=True)
    status: Mapped[str] = mapped_column(String(40))
    happened_at: Mapped[datetime]
    updated_at: Mapped[UpdatedAt]
