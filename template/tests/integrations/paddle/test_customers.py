"""Links between customers at Paddle and users."""

from datetime import UTC, datetime
from typing import Any

import httpx2
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.integrations.paddle.models import PaddleCustomer
from devtools.fakes.paddle import FakePaddle
from tests.conftest import ClientFor
from tests.integrations.paddle.conftest import Send
from tests.integrations.paddle.examples import (
    PORTAL,
    SUBSCRIPTION,
    buy,
    check_out,
    customer,
    error_of,
    subscription,
)


async def test_several_checkouts_of_a_user_have_one_customer(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    for _ in range(3):
        assert (await check_out(ada)).status_code == 201
    [stored] = await session.scalars(select(PaddleCustomer))
    assert list(paddle.things).count(stored.id) == 1
    transactions = [entity for key, entity in paddle.things.items() if key.startswith("txn_")]
    assert {entity["customer_id"] for entity in transactions} == {stored.id}


async def set_verified(session: AsyncSession, *, verified: bool) -> None:
    moment = datetime.now(UTC) if verified else None
    await session.execute(update(User).values(verified_at=moment))
    await session.commit()


async def test_a_customer_with_a_verified_address_is_linked(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    paddle._add_customer("ADA@example.com", None)
    paddle.things[next(iter(paddle.things))]["email"] = "ada@example.com"
    assert (await check_out(ada)).status_code == 201
    assert await session.scalar(select(PaddleCustomer.user_id)) is not None


async def test_a_customer_with_an_unverified_address_is_not_linked(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    paddle._add_customer("ada@example.com", None)
    await set_verified(session, verified=False)
    assert error_of(await check_out(ada)) == (409, "email_not_verified")
    assert error_of(await ada.post(PORTAL)) == (404, "customer_not_found")


async def test_a_customer_of_another_user_is_never_linked(
    ada: httpx2.AsyncClient, client_for: ClientFor, paddle: FakePaddle, session: AsyncSession
) -> None:
    bob = await client_for("bob@example.com")
    await buy(bob, paddle)
    changed = {"email": "bob@elsewhere.example", "email_key": "bob@elsewhere.example"}
    await session.execute(update(User).where(User.email_key == "bob@example.com").values(**changed))
    renamed = {"email": "bob@example.com", "email_key": "bob@example.com"}
    await session.execute(update(User).where(User.email_key == "ada@example.com").values(**renamed))
    await session.commit()
    assert error_of(await check_out(ada)) == (409, "email_not_verified")


async def test_a_checkout_continues_with_the_customer_of_a_failed_one(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    paddle.failures_at["/transactions"] = 3
    assert error_of(await check_out(ada)) == (502, "upstream_failed")
    await set_verified(session, verified=False)
    assert (await check_out(ada)).status_code == 201
    assert sum(key.startswith("ctm_") for key in paddle.things) == 1


async def test_a_new_account_has_nothing_of_the_deleted_one(
    ada: httpx2.AsyncClient, send: Send, client_for: ClientFor
) -> None:
    user_id = (await ada.get("/api/v1/users/me")).json()["data"]["id"]
    await ada.delete("/api/v1/users/me")
    await send(customer(1, custom_data={"user_id": user_id}))
    await send(subscription(2))
    again: Any = await client_for("ada@example.com")
    assert error_of(await again.get(SUBSCRIPTION)) == (404, "subscription_not_found")
