"""Redeeming a coupon: the counter and the redemption are decided by the database."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.accounts.owned import OwnerSession
from app.core.errors import Conflict, NotFound
from app.features.coupon_redemptions.models import Coupon, CouponRedemption


class CouponExhausted(NotFound):
    """The coupon is unknown, has ended, or was redeemed as often as it may be."""

    code = "coupon_exhausted"
    message = "This coupon is not valid, or not any more."


class CouponRedeemed(Conflict):
    """The customer has redeemed the coupon."""

    code = "coupon_redeemed"
    message = "You have redeemed this coupon already."


async def redeem(
    session: OwnerSession, code: str, *, order_number: str, owner_id: UUID
) -> CouponRedemption:
    """Redeem a coupon for an order.

    Raises:
        CouponExhausted: The coupon is not valid.
        CouponRedeemed: The customer has redeemed it.
    """
    counted = (
        update(Coupon)
        .where(
            Coupon.code == code.upper(),
            Coupon.redemptions_left > 0,
            Coupon.ends_at > datetime.now(UTC),
        )
        .values(redemptions_left=Coupon.redemptions_left - 1)
        .returning(Coupon.id, Coupon.discount)
    )
    coupon = (await session.execute(counted)).one_or_none()
    if coupon is None:
        raise CouponExhausted
    redemption = CouponRedemption(
        owner_id=owner_id,
        coupon_id=coupon.id,
        discount=coupon.discount,
        order_number=order_number,
    )
    session.add(redemption)
    try:
        await session.flush()
    except IntegrityError as error:  # of the unique index: the request takes its count back
        raise CouponRedeemed from error
    return redemption
