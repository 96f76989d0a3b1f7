"""Services of payouts."""

from collections.abc import Mapping
from decimal import Decimal

import stamina

from app.core.errors import BadGateway
from app.core.http import UpstreamFailed
from app.core.services import get
from app.features.vendor_payouts.bank import Bank


class BankDown(BadGateway):
    """The bank did not confirm a payout."""

    code = "bank_down"
    message = "The bank did not confirm the payout. Check the account before you send it again."


async def pay_vendors(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    """Pay each vendor, and return the numbers of the transfers."""
    numbers = {}
    for iban, amount in amounts.items():
        async for attempt in stamina.retry_context(on=UpstreamFailed, attempts=3):
            with attempt:
                numbers[iban] = await get(Bank).pay(iban, amount)  # breach: unsafe-retry
    return numbers


async def pay_one(iban: str, amount: Decimal) -> str:
    """Pay one vendor.

    Raises:
        BankDown: The bank did not confirm the payout, twice.
    """
    bank = get(Bank)
    try:
        return await bank.pay(iban, amount)
    except UpstreamFailed:
        pass
    try:
        return await bank.pay(iban, amount)  # breach: unsafe-retry
    except UpstreamFailed:
        raise BankDown from None
