from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS
from app.core.http import HttpClient
from app.core.services import provide
from app.features.payment_links.client import PaymentClient
from app.features.payment_links.models import PaymentLink
from app.features.payment_links.service import CheckPayments, check_payments, masked
from tests.conftest import ClientFor
from tests.features.upstream import upstream_response

LINKS = "/api/v1/payment-links"
GIVEN = {"amount_cents": 4990, "currency": "EUR", "labels": {"order": "42"}}


def payments(status: int, body: object) -> PaymentClient:
    async def respond(_request: httpx2.Request) -> httpx2.Response:
        return upstream_response(status, body)

    transport = httpx2.MockTransport(respond)
    return PaymentClient(HttpClient("pay", base_url="http://127.0.0.1", transport=transport), 1)


async def test_a_link_is_made_and_paid(client_for: ClientFor, session: AsyncSession) -> None:
    ada = await client_for("ada@example.com")
    remote = {"id": "l1", "url": "https://pay.example/l1", "is_paid": True}
    with provide(PaymentClient, payments(200, remote)):
        headers = {"Idempotency-Key": str(uuid4())}
        created = await ada.post(LINKS, json=GIVEN, headers=headers)
        assert created.status_code == 201, created.text
    with provide(PaymentClient, payments(200, {"links": [remote]})):
        later = datetime.now(UTC) + timedelta(minutes=1)
        await check_payments.handler(session, CheckPayments(started_at=later))
    paid = await session.scalar(select(PaymentLink.paid_at).options(ALL_OWNERS))
    assert paid


async def test_what_the_service_refuses_is_refused(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    answers: list[tuple[int, dict[str, int], int]] = [(422, {}, 422), (200, {"id": 1}, 502)]
    for status, body, expected in answers:
        with provide(PaymentClient, payments(status, body)):
            headers = {"Idempotency-Key": str(uuid4())}
            refused = await ada.post(LINKS, json=GIVEN, headers=headers)
            assert refused.status_code == expected, refused.text


def test_a_log_shows_the_domain_alone() -> None:
    assert masked("ada@example.com") == "…@example.com"
