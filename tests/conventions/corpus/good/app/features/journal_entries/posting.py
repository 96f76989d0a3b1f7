"""Posting of entries. Each function takes an `OwnerSession`, which sees one user's books only."""

from uuid import UUID

from sqlalchemy import case, select, update

from app.accounts.owned import OwnerSession
from app.features.journal_entries.errors import JournalAccountNotFound, JournalEntryNotFound
from app.features.journal_entries.models import JournalAccount, JournalEntry
from app.features.journal_entries.schemas import EntryIn


async def post_entry(session: OwnerSession, new: EntryIn) -> JournalEntry:
    """Store an entry and change the balances of both accounts.

    Raises:
        JournalAccountNotFound: The owner lacks one of the accounts.
    """
    # Locked in the order of their ids, so that two entries between the same accounts in opposite
    # directions cannot wait for each other.
    ids = sorted([new.account_id, new.credit_account_id])
    locked = (
        select(JournalAccount.id)
        .where(JournalAccount.id.in_(ids))
        .order_by(JournalAccount.id)
        .with_for_update()
    )
    if len((await session.scalars(locked)).all()) != len(ids):
        raise JournalAccountNotFound
    sign = case((JournalAccount.id == new.account_id, 1), else_=-1)
    await session.execute(
        update(JournalAccount)
        .where(JournalAccount.id.in_(ids))
        .values(balance=JournalAccount.balance + sign * new.amount)
    )
    entry = JournalEntry(
        debit_account_id=new.account_id,
        credit_account_id=new.credit_account_id,
        amount=new.amount,
        memo=new.memo,
    )
    session.add(entry)
    await session.flush()
    return entry


async def get_entry(session: OwnerSession, entry_id: UUID) -> JournalEntry:
    """Return one of the owner's entries.

    Raises:
        JournalEntryNotFound: The owner has no entry with this id.
    """
    entry = await session.scalar(select(JournalEntry).where(JournalEntry.id == entry_id))
    if entry is None:
        raise JournalEntryNotFound
    return entry
