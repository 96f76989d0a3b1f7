"""Buying as a user does, in a browser at the fake Paddle."""

from uuid import uuid4

import httpx2

from devtools.fakes.paddle import FakePaddle

SUBSCRIPTION = "/api/v1/billing/subscription"
CHECKOUTS = "/api/v1/billing/checkouts"
PORTAL = "/api/v1/billing/portal-sessions"


async def check_out(client: httpx2.AsyncClient, **wanted: str) -> httpx2.Response:
    body = {"plan": "pro"} | wanted
    return await client.post(CHECKOUTS, json=body, headers={"Idempotency-Key": str(uuid4())})


async def buy(client: httpx2.AsyncClient, paddle: FakePaddle, **wanted: str) -> str:
    """Buy as a user would, and return the id of the subscription."""
    checkout = (await check_out(client, **wanted)).json()["data"]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(paddle.app)) as browser:
        assert "Pay" in (await browser.get(checkout["url"])).text
        assert (await browser.post(checkout["url"])).status_code == 303
    return str(paddle.things[checkout["transaction_id"]]["subscription_id"])


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]
