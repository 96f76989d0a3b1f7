"""Services of the ledger; each takes the session of the owner of the books."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Numeric, Uuid, column, func, select, update, values
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import selectinload

from app.accounts.owned import OwnerSession
from app.core.api import Page, paginate
from app.core.db.errors import AlreadyExists
from app.features.house_ledger.errors import (
    AccountFrozen,
    LedgerAccountNotFound,
    MixedCurrencies,
    OverdrawnAccount,
    RepeatedAccount,
    UnbalancedLines,
)
from app.features.house_ledger.models import LedgerAccount, LedgerLine, LedgerTransaction
from app.features.house_ledger.schemas import (
    LedgerAccountIn,
    LedgerAccountQuery,
    LedgerTransactionIn,
    LedgerTransactionQuery,
    LineIn,
)


async def list_accounts(
    session: OwnerSession, query: LedgerAccountQuery, *, owner_id: UUID
) -> Page[LedgerAccount]:
    """Return one page of the accounts of the books."""
    return await paginate(session, select(LedgerAccount), query, scope=str(owner_id))


async def open_account(
    session: OwnerSession, new: LedgerAccountIn, *, owner_id: UUID
) -> LedgerAccount:
    """Open an account with a number that the books do not have yet.

    Raises:
        AlreadyExists: The number is taken.
    """
    statement = (
        insert(LedgerAccount)
        .values(**new.model_dump(), owner_id=owner_id)
        .on_conflict_do_nothing(index_elements=[LedgerAccount.owner_id, LedgerAccount.number])
        .returning(LedgerAccount)
    )
    account: LedgerAccount | None = await session.scalar(statement)
    if account is None:
        raise AlreadyExists
    return account


async def freeze_account(session: OwnerSession, account_id: UUID) -> LedgerAccount:
    """Close an account for postings; one that is frozen keeps its time.

    Raises:
        LedgerAccountNotFound: The user has no such account.
    """
    frozen = (
        update(LedgerAccount)
        .where(LedgerAccount.id == account_id)
        .values(frozen_at=func.coalesce(LedgerAccount.frozen_at, func.now()))
        .returning(LedgerAccount)
    )
    account: LedgerAccount | None = await session.scalar(frozen)
    if account is None:
        raise LedgerAccountNotFound
    return account


async def list_transactions(
    session: OwnerSession, query: LedgerTransactionQuery, *, owner_id: UUID
) -> Page[LedgerTransaction]:
    """Return one page of the transactions with their lines, in two statements."""
    statement = select(LedgerTransaction).options(selectinload(LedgerTransaction.lines))
    return await paginate(session, statement, query, scope=str(owner_id))


async def post_transaction(session: OwnerSession, new: LedgerTransactionIn) -> LedgerTransaction:
    """Write a transaction, and add its lines to the balances of their accounts.

    Raises:
        AccountFrozen: One of the accounts is frozen.
        LedgerAccountNotFound: One of the accounts is not in the user's books.
        MixedCurrencies: The accounts have several currencies.
        OverdrawnAccount: The balance of an account would be below its limit.
        RepeatedAccount: Two lines name one account.
        UnbalancedLines: The lines do not add up to zero.
    """
    amounts = _sum_by_account(new.lines)
    accounts = await _lock_accounts(session, amounts)
    _check_accounts(accounts, amounts)
    transaction = LedgerTransaction(
        memo=new.memo,
        lines=[
            LedgerLine(position=position, account_id=line.account_id, amount=line.amount)
            for position, line in enumerate(new.lines, start=1)
        ],
    )
    session.add(transaction)
    await session.flush()
    await _add_to_balances(session, amounts)
    return transaction


def _sum_by_account(lines: Sequence[LineIn]) -> dict[UUID, Decimal]:
    amounts = {line.account_id: line.amount for line in lines}
    if len(amounts) < len(lines):
        raise RepeatedAccount
    if sum(amounts.values()) != 0:
        raise UnbalancedLines
    return amounts


async def _lock_accounts(
    session: OwnerSession, amounts: Mapping[UUID, Decimal]
) -> list[LedgerAccount]:
    """Return the accounts, locked in the order of their ids so that two postings never deadlock."""
    statement = (
        select(LedgerAccount)
        .where(LedgerAccount.id.in_(amounts))
        .order_by(LedgerAccount.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    accounts = list(await session.scalars(statement))
    if len(accounts) < len(amounts):
        raise LedgerAccountNotFound
    return accounts


def _check_accounts(accounts: Sequence[LedgerAccount], amounts: Mapping[UUID, Decimal]) -> None:
    if len({account.currency for account in accounts}) > 1:
        raise MixedCurrencies
    for account in accounts:
        if account.frozen_at is not None:
            raise AccountFrozen
        if account.lowest is not None and account.balance + amounts[account.id] < account.lowest:
            raise OverdrawnAccount


async def _add_to_balances(session: OwnerSession, amounts: Mapping[UUID, Decimal]) -> None:
    """Add the amounts in one UPDATE from a list of VALUES, for any number of lines."""
    changes = values(column("account_id", Uuid), column("amount", Numeric), name="changes").data(
        list(amounts.items())
    )
    await session.execute(
        update(LedgerAccount)
        .where(LedgerAccount.id == changes.c.account_id)
        .values(balance=LedgerAccount.balance + changes.c.amount)
        .execution_options(synchronize_session=False)
    )
