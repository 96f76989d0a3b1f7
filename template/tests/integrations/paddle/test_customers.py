"""Which customer at Paddle is which user, and which is never."""

from datetime import UTC, datetime
from typing import Any

import httpx2
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.integrations.paddle.models import PaddleCustomer
from devtools.fakes.paddle import FakePaddle
from tests.conftest import ClientFor
from tests.integrations.paddle.buying import PORTAL, SUBSCRIPTION, buy, check_out, code_of
from tests.integrations.paddle.conftest import Send, customer, subscription


async def test_one_user_is_one_customer_however_often_they_check_out(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    for _ in range(3):
        assert (await check_out(ada)).status_code == 201
    [kept] = await session.scalars(select(PaddleCustomer))
    assert list(paddle.things).count(kept.id) == 1
    transactions = [thing for key, thing in paddle.things.items() if key.startswith("txn_")]
    assert {thing["customer_id"] for thing in transactions} == {kept.id}


async def set_verified(session: AsyncSession, *, verified: bool) -> None:
    moment = datetime.now(UTC) if verified else None
    await session.execute(update(User).values(verified_at=moment))
    await session.commit()


async def test_a_customer_of_a_proven_address_is_taken_over(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    paddle._add_customer("ADA@example.com", None)
    paddle.things[next(iter(paddle.things))]["email"] = "ada@example.com"
    assert (await check_out(ada)).status_code == 201
    assert await session.scalar(select(PaddleCustomer.user_id)) is not None


async def test_a_customer_of_an_address_that_is_not_proven_is_not(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    paddle._add_customer("ada@example.com", None)
    await set_verified(session, verified=False)
    assert code_of(await check_out(ada)) == (409, "email_not_verified")
    assert code_of(await ada.post(PORTAL)) == (404, "customer_not_found")


async def test_a_customer_who_is_another_users_is_never_taken_over(
    ada: httpx2.AsyncClient, client_for: ClientFor, paddle: FakePaddle, session: AsyncSession
) -> None:
    bob = await client_for("bob@example.com")
    await buy(bob, paddle)
    changed = {"email": "bob@elsewhere.example", "email_key": "bob@elsewhere.example"}
    await session.execute(update(User).where(User.email_key == "bob@example.com").values(**changed))
    renamed = {"email": "bob@example.com", "email_key": "bob@example.com"}
    await session.execute(update(User).where(User.email_key == "ada@example.com").values(**renamed))
    await session.commit()
    assert code_of(await check_out(ada)) == (409, "email_not_verified")


async def test_a_checkout_that_was_cut_off_after_the_customer_goes_on_with_it(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    paddle.failures_at["/transactions"] = 3
    assert code_of(await check_out(ada)) == (502, "upstream_failed")
    await set_verified(session, verified=False)
    assert (await check_out(ada)).status_code == 201
    assert sum(key.startswith("ctm_") for key in paddle.things) == 1


async def test_a_new_account_has_nothing_of_the_one_before(
    ada: httpx2.AsyncClient, send: Send, client_for: ClientFor
) -> None:
    user_id = (await ada.get("/api/v1/users/me")).json()["data"]["id"]
    await ada.delete("/api/v1/users/me")
    await send(customer(1, custom_data={"user_id": user_id}))
    await send(subscription(2))
    again: Any = await client_for("ada@example.com")
    assert code_of(await again.get(SUBSCRIPTION)) == (404, "subscription_not_found")
