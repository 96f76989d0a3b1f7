"""Fill the books of a user with sample transactions: `python -m devtools.seed_ledger ADDRESS 100`.

For development: it asks before it writes, prints its progress, and takes the session of a command.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.owned import OwnerSession, limit_to_owner
from app.core.api import normalized_email
from app.core.db import AsyncSessionLocal
from app.core.runtime import run_command
from app.features.house_ledger.models import LedgerAccount
from app.features.house_ledger.schemas import LedgerTransactionIn, LineIn
from app.features.house_ledger.service import post_transaction

MEMOS = Path(__file__).with_name("memos.txt")
PER_TRANSACTION = 20


async def seed(email: str, number: int) -> int:
    """Post transactions between the accounts of a user, some in each database transaction."""
    posted = 0
    memos = read_memos()
    while posted < number:
        async with AsyncSessionLocal.begin() as session:
            owner_id = await _owner(session, email)
            own = limit_to_owner(session, owner_id)
            accounts = await _accounts(own)
            for _ in range(min(PER_TRANSACTION, number - posted)):
                await post_transaction(own, _transaction(accounts, memos))
                posted += 1
        print(f"{posted} of {number}", end="\r")
    return posted


def read_memos() -> list[str]:
    """Return memos from the file beside this one, or one that always fits."""
    return MEMOS.read_text("utf-8").splitlines() if MEMOS.exists() else ["Sample"]


async def _owner(session: AsyncSession, email: str) -> UUID:
    found = await session.scalar(select(User.id).where(User.email_key == normalized_email(email)))
    if found is None:
        sys.exit(f"No user has the address {email}. Sign up first.")
    return found


async def _accounts(session: OwnerSession) -> Sequence[UUID]:
    statement = select(LedgerAccount.id).order_by(LedgerAccount.created_at).limit(10)
    accounts = (await session.scalars(statement)).all()
    if len(accounts) < 2:  # noqa: PLR2004 - a transaction has two sides
        sys.exit("The user needs two ledger accounts. Open them with POST /ledger-accounts.")
    return accounts


def _transaction(accounts: Sequence[UUID], memos: Sequence[str]) -> LedgerTransactionIn:
    debit, credit = random.sample(accounts, 2)
    amount = Decimal(random.randint(1, 100_000)) / 100  # noqa: S311 - sample data
    lines = [LineIn(account_id=debit, amount=amount), LineIn(account_id=credit, amount=-amount)]
    return LedgerTransactionIn(memo=random.choice(memos), lines=lines)  # noqa: S311 - sample data


def main() -> int:
    """Read the command line, ask, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("email")
    parser.add_argument("number", type=int, nargs="?", default=100)
    options = parser.parse_args()
    if input(f"Write {options.number} transactions? [y/N] ").lower() != "y":
        return 1
    posted = run_command(partial(seed, options.email, options.number))
    print(f"\nPosted {posted} transactions.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
