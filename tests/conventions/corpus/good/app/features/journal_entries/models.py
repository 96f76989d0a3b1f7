"""Tables: accounts of the journal and their entries."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey

AMOUNT = Numeric(18, 2)


class JournalAccount(Owned, Base):
    """An account in the books of a company, such as 1000 Cash; it is no user."""

    __tablename__ = "journal_accounts"
    __table_args__ = (
        CheckConstraint("number BETWEEN 1000 AND 9999", name="number_known"),
        Index(None, "owner_id", "number", unique=True),
    )

    id: Mapped[UuidKey]
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    balance: Mapped[Decimal] = mapped_column(AMOUNT, default=Decimal())


class JournalEntry(Owned, Base):
    """An amount that moves from one account to another."""

    __tablename__ = "journal_entries"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("debit_account_id <> credit_account_id", name="accounts_differ"),
        Index(None, "debit_account_id", "created_at"),
        Index(None, "credit_account_id", "created_at"),
    )

    id: Mapped[UuidKey]
    debit_account_id: Mapped[UUID] = mapped_column(
        ForeignKey(JournalAccount.id, ondelete="RESTRICT")
    )
    credit_account_id: Mapped[UUID] = mapped_column(
        ForeignKey(JournalAccount.id, ondelete="RESTRICT")
    )
    amount: Mapped[Decimal] = mapped_column(AMOUNT)
    memo: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]
