"""Tables: sales of agents."""

from datetime import date

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class AgentSale(Base):
    """A sale of an agent."""

    __tablename__ = "agent_sales"
    __table_args__ = (Index(None, "sold_on", "agent"),)

    id: Mapped[UuidKey]
    agent: Mapped[str] = mapped_column(String(40))
    cents: Mapped[int]
    returned: Mapped[int | None]
    sold_on: Mapped[date]
