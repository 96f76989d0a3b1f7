"""Services of vouchers."""

from fastapi import Response

from app.core.http import UpstreamError
from app.core.services import get
from app.features.gift_vouchers.clients import VoucherBank
from app.features.gift_vouchers.schemas import Outcome, Voucher

KNOWN = {"SPRING26ZRH1": Voucher(5000), "SUMMER26ZRH1": Voucher(2500)}


class VoucherRegister:
    """The vouchers that were sold."""

    def find(self, code: str) -> Voucher | None:
        """Return the voucher with a code."""
        return KNOWN.get(code)

    def lock(self, code: str) -> Outcome:
        """Lock a voucher for a cart."""
        if code not in KNOWN:
            return Outcome(ok=False, error="voucher_unknown")  # breach: error-with-200
        return Outcome(ok=True)


def problem(code: str) -> Response:
    """Return the response for a voucher that cannot be used."""
    body = f'{{"error": {{"code": "{code}"}}}}'
    return Response(body, media_type="application/json")  # breach: error-with-200


async def remaining_cents(code: str) -> int:
    """Return the balance of a voucher."""
    try:
        return await get(VoucherBank).read_cents(code)
    except UpstreamError:
        return -1  # breach: error-with-200
