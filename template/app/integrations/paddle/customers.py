"""The customer of a user at Paddle: created, found, linked, and kept at the user's address."""

from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.dependencies import AuthenticatedUser
from app.accounts.models import User
from app.accounts.settings import AccountSettings
from app.core.api import RequestModel, normalized_email
from app.core.db import AsyncSessionLocal, ReadSessionLocal, release_connection
from app.core.jobs import Retry, job
from app.core.services import get
from app.integrations.paddle.billing import find_subscriptions
from app.integrations.paddle.client import PaddleClient
from app.integrations.paddle.entities import Customer
from app.integrations.paddle.errors import CustomerNotFound, EmailNotVerified
from app.integrations.paddle.models import PaddleCustomer
from app.integrations.paddle.schemas import PortalSessionOut
from app.integrations.paddle.store import (
    link_customer,
    link_customers,
    store_customers,
    store_subscriptions,
)

log = structlog.get_logger()


class CustomerOf(RequestModel):
    """The user whose customer changes."""

    user_id: UUID


async def find_customer(session: AsyncSession, user_id: UUID) -> str | None:
    """Return the customer of the user: of several, the oldest."""
    customers = select(PaddleCustomer.id).where(PaddleCustomer.user_id == user_id)
    return await session.scalar(customers.order_by(PaddleCustomer.id).limit(1))


async def ensure_customer(user: AuthenticatedUser) -> str:
    """Return the customer of the user, created or adopted at Paddle if there is none.

    An existing customer with the user's address is adopted only if it was created for this user,
    or the user has verified the address: otherwise anyone could claim another's subscriptions.

    Raises:
        EmailNotVerified: Another customer has the address.
    """
    async with ReadSessionLocal() as session:
        known = await find_customer(session, user.id)
    if known is not None:
        return known
    customer = await get(PaddleClient).create_customer(email=user.email, user_id=user.id)
    is_verified = get(AccountSettings).sends_email and user.verified_at is not None
    if not (customer.named_user == user.id or is_verified):
        raise EmailNotVerified
    return await _adopt(customer, user.id)


async def _adopt(customer: Customer, user_id: UUID) -> str:
    """Link a customer to the user, with its subscriptions, which no event may have reported."""
    is_ours = customer.named_user == user_id
    subscriptions = [] if is_ours else await get(PaddleClient).list_subscriptions(customer.id)
    async with AsyncSessionLocal.begin() as session:
        await store_customers(session, [customer])
        await link_customer(session, customer.id, user_id)
        await store_subscriptions(session, subscriptions)
        linked = await find_customer(session, user_id)
        if linked is None:  # it belongs to a user with a new address
            raise EmailNotVerified
    return linked


async def open_portal(user_id: UUID) -> PortalSessionOut:
    """Return links to the user's pages at Paddle.

    Raises:
        CustomerNotFound: The user has never started a checkout.
    """
    async with ReadSessionLocal() as session:  # closed before Paddle is called
        customer_id = await find_customer(session, user_id)
        subscriptions = await find_subscriptions(session, user_id)
    if customer_id is None:
        raise CustomerNotFound
    # Only the pages of one customer can be asked for: of several, that of the subscription.
    current = next((one.row for one in subscriptions if one.is_active), None) or next(
        (one.row for one in subscriptions), None
    )
    ids = [] if current is None else [current.id]
    customer_id = customer_id if current is None else current.customer_id
    pages = (await get(PaddleClient).open_portal(customer_id, ids)).urls
    own = next(iter(pages.subscriptions), None)
    return PortalSessionOut(
        url=pages.general.overview,
        cancel_url=own.cancel_subscription if own else None,
        update_payment_method_url=own.update_subscription_payment_method if own else None,
    )


async def follow_address(session: AsyncSession, user_id: UUID) -> None:
    """Find the customer of an address that a user has verified, or tell Paddle the new address."""
    address = select(User.email_key).where(User.id == user_id).scalar_subquery()
    await link_customers(session, PaddleCustomer.email_key == address)
    if await find_customer(session, user_id):
        await update_address.enqueue(session, CustomerOf(user_id=user_id))


@job(name="paddle_update_address", attempts=20, leased=True)
async def update_address(session: AsyncSession, payload: CustomerOf) -> None:
    """Set the address of a user's customer at Paddle to that of the user.

    Raises:
        Retry: The user has changed the address once more.
    """
    address = select(User.email).where(User.id == payload.user_id)
    email, customer_id = (
        await session.scalar(address),
        await find_customer(session, payload.user_id),
    )
    if email is None or customer_id is None:
        return
    await release_connection(session)
    customer = await get(PaddleClient).get_customer(customer_id)
    if normalized_email(customer.email or "") != normalized_email(email):
        changed = await get(PaddleClient).change_email(customer_id, email)
        if changed is None:
            log.warning("paddle_address_taken", customer_id=customer_id)
            return
        customer = changed
    await store_customers(session, [customer])
    if await session.scalar(address) != email:
        raise Retry(after=0)
