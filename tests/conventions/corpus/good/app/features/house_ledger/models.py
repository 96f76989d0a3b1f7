"""Tables: ledger accounts, transactions and their lines."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey

AMOUNT = Numeric(19, 4)


class LedgerAccount(Owned, Base):
    """An account of the books, such as receivables or the cash of one shop.

    Attributes:
        balance: The sum of its lines, kept by the statement that writes them.
        lowest: The balance below which a posting is refused; `None` for no limit.
    """

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_form"),
        UniqueConstraint("owner_id", "number"),
        Index(None, "owner_id", "created_at", "id"),
    )

    id: Mapped[UuidKey]
    number: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = mapped_column(String(3))
    balance: Mapped[Decimal] = mapped_column(AMOUNT, default=Decimal(0))
    lowest: Mapped[Decimal | None] = mapped_column(AMOUNT)
    frozen_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class LedgerTransaction(Owned, Base):
    """A booking: some lines, written together and never changed."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        CheckConstraint("memo <> ''", name="memo_not_empty"),
        Index(None, "owner_id", "booked_at", "id"),
    )

    id: Mapped[UuidKey]
    memo: Mapped[str] = mapped_column(String(200))
    booked_at: Mapped[CreatedAt]

    lines: Mapped[list["LedgerLine"]] = relationship(
        lazy="raise", order_by="LedgerLine.position", cascade="all, delete-orphan"
    )


class LedgerLine(Base):
    """One side of a transaction. The key is the order in which lines are read."""

    __tablename__ = "ledger_lines"
    __table_args__ = (CheckConstraint("amount <> 0", name="amount_not_zero"),)

    transaction_id: Mapped[UUID] = mapped_column(
        ForeignKey(LedgerTransaction.id, ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey(LedgerAccount.id, ondelete="RESTRICT"), index=True
    )
    amount: Mapped[Decimal] = mapped_column(AMOUNT)
