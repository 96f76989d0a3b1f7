"""Links between customers at Paddle and users."""

from typing import Any
from uuid import UUID

import httpx2
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.devices import Device
from app.accounts.models import User
from app.accounts.service.users import announce_address, change_address
from app.integrations.paddle.models import PaddleCustomer
from devtools.fakes.paddle import FakePaddle
from tests.conftest import ClientFor, delete_account
from tests.core.jobs.running import make_due, run_jobs
from tests.integrations.paddle.conftest import Send
from tests.integrations.paddle.examples import (
    PORTAL,
    SUBSCRIPTION,
    buy,
    check_out,
    customer,
    error_of,
    set_verified,
    subscription,
)

ITEMS = [{"price": {"id": "pri_1", "product_id": "pro_1"}, "quantity": 1}]


async def test_several_checkouts_of_a_user_have_one_customer(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    for _ in range(3):
        assert (await check_out(ada)).status_code == 201
    [stored] = await session.scalars(select(PaddleCustomer))
    assert list(paddle.things).count(stored.id) == 1
    transactions = [entity for key, entity in paddle.things.items() if key.startswith("txn_")]
    assert {entity["customer_id"] for entity in transactions} == {stored.id}


async def test_a_customer_with_a_verified_address_is_linked(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    paddle._add_customer("ADA@example.com", None)  # the list's filter is exact
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
    await delete_account(ada)
    await send(customer(1, custom_data={"user_id": user_id}))
    await send(subscription(2))
    again: Any = await client_for("ada@example.com")
    assert error_of(await again.get(SUBSCRIPTION)) == (404, "subscription_not_found")


async def test_an_imported_customer_is_found_by_a_verified_address(
    ada: httpx2.AsyncClient, send: Send, session: AsyncSession
) -> None:
    await set_verified(session, verified=False)
    await send(customer(1, "imported", email="ADA@example.com"))
    await send(subscription(2, "imported"))
    assert (await ada.get(SUBSCRIPTION)).status_code == 404
    await set_verified(session, verified=True)
    user_id = UUID((await ada.get("/api/v1/users/me")).json()["data"]["id"])
    await announce_address(session, user_id)
    await session.commit()
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["plan"] == "pro"


async def test_a_customer_that_is_imported_later_is_found_too(
    ada: httpx2.AsyncClient, send: Send
) -> None:
    await send(subscription(2, "imported"))
    await send(customer(1, "imported"))
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["plan"] == "pro"


async def test_an_imported_subscription_without_events_prevents_a_second_one(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    imported = paddle._add_customer("Ada@Example.com", None)
    paddle._subscribe({"customer_id": imported["id"], "custom_data": None, "items": ITEMS})
    assert error_of(await check_out(ada)) == (409, "already_subscribed")
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["plan"] == "pro"
    assert (await ada.post(PORTAL)).status_code == 201


async def test_a_changed_address_reaches_paddle(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    await buy(ada, paddle)
    user_id = UUID((await ada.get("/api/v1/users/me")).json()["data"]["id"])
    await change_address(session, user_id, "Ada@new.example", Device())
    await session.commit()
    paddle.failures += [500, 500, 500]
    await run_jobs()
    await make_due()
    await run_jobs()
    [stored] = await session.scalars(select(PaddleCustomer))
    assert paddle.things[stored.id]["email"] == stored.email == "Ada@new.example"
    before = dict(paddle.things)
    await announce_address(session, user_id)  # the same again
    await session.commit()
    await run_jobs()
    assert paddle.things == before


async def test_an_address_that_another_customer_has_stays_at_paddle(
    ada: httpx2.AsyncClient, paddle: FakePaddle, session: AsyncSession
) -> None:
    await buy(ada, paddle)
    paddle._add_customer("ada@new.example", None)
    user_id = UUID((await ada.get("/api/v1/users/me")).json()["data"]["id"])
    await change_address(session, user_id, "ada@new.example", Device())
    await session.commit()
    await run_jobs()
    assert [thing["email"] for key, thing in paddle.things.items() if key.startswith("ctm_")] == [
        "ada@example.com",
        "ada@new.example",
    ]
