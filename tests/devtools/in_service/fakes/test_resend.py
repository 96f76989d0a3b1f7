"""The fake refuses the same requests as Resend."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from devtools.fakes import resend
from devtools.fakes.resend import FakeResend

SECRET = "whsec_c2VjcmV0"
MAIL = {"from": "Acme <a@example.com>", "to": "b@example.com", "subject": "Hi", "text": "Hello"}


@pytest.fixture
def fake() -> FakeResend:
    return FakeResend(key="re_1", secret=SECRET, webhooks="http://service/", tells=False)


@pytest.fixture
async def client(fake: FakeResend) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": "Bearer re_1", "User-Agent": "test"}
    transport = httpx2.ASGITransport(fake.app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://resend", headers=headers
    ) as client:
        yield client


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in MAIL.items() if key != name}


@pytest.mark.parametrize(
    ("headers", "mail", "status", "name"),
    [
        ({"User-Agent": ""}, MAIL, 403, "forbidden"),
        ({"Authorization": ""}, MAIL, 401, "missing_api_key"),
        ({"Authorization": "Bearer re_2"}, MAIL, 403, "invalid_api_key"),
        ({"Idempotency-Key": "x" * 257}, MAIL, 400, "invalid_idempotency_key"),
        ({}, [], 400, "validation_error"),
        ({}, without("from"), 422, "missing_required_field"),
        ({}, without("to"), 422, "missing_required_field"),
        ({}, without("subject"), 422, "missing_required_field"),
        ({}, without("text"), 422, "validation_error"),
        ({}, MAIL | {"from": "Acme"}, 422, "validation_error"),
        ({}, MAIL | {"to": ["b"]}, 422, "validation_error"),
        ({}, MAIL | {"to": ["b@example.com"] * 51}, 422, "validation_error"),
        ({}, MAIL | {"tags": [{"name": "a b", "value": "1"}]}, 422, "validation_error"),
    ],
)
async def test_invalid_requests_are_refused(
    headers: dict[str, str],
    mail: object,
    status: int,
    name: str,
    client: httpx2.AsyncClient,
    fake: FakeResend,
) -> None:
    refused = await client.post("/emails", json=mail, headers=headers)
    assert (refused.status_code, refused.json()["name"]) == (status, name)
    assert fake.mails == []


async def test_a_mail_that_is_taken_is_shown_and_cannot_change_the_page(
    client: httpx2.AsyncClient,
) -> None:
    taken = await client.post("/emails", json=MAIL | {"html": "<script>", "subject": "<script>"})
    assert (taken.status_code, list(taken.json())) == (200, ["id"])
    page = (await client.get("/")).text
    assert "b@example.com" in page
    assert "<script>" not in page


async def test_one_key_is_one_mail(client: httpx2.AsyncClient, fake: FakeResend) -> None:
    key = {"Idempotency-Key": "news/1"}
    answers = [await client.post("/emails", json=MAIL, headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    other = await client.post("/emails", json=MAIL | {"text": "Bye"}, headers=key)
    assert (other.status_code, other.json()["name"]) == (409, "invalid_idempotent_request")
    assert len(fake.mails) == 1


async def test_of_two_concurrent_requests_with_one_key_one_is_refused(
    client: httpx2.AsyncClient, fake: FakeResend
) -> None:
    key = {"Idempotency-Key": "news/1"}
    both = [client.post("/emails", json=MAIL, headers=key) for _ in range(2)]
    answers = {answer.status_code: answer.json() for answer in await asyncio.gather(*both)}
    assert answers[409]["name"] == "concurrent_idempotent_requests"
    assert len(fake.mails) == 1


async def test_too_many_requests_are_refused_with_the_time_to_wait(
    client: httpx2.AsyncClient, fake: FakeResend
) -> None:
    fake.requests_a_window, fake.window_seconds = 1, 3600
    await client.post("/emails", json=MAIL)
    refused = await client.post("/emails", json=MAIL)
    assert (refused.status_code, refused.json()["name"]) == (429, "rate_limit_exceeded")
    assert refused.headers["retry-after"] == "3600"


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ({"ENVIRONMENT": "development"}, "http://fake"),
        ({"ENVIRONMENT": "development", "RESEND_API_KEY": "re_mine"}, None),
        ({"ENVIRONMENT": "production"}, None),
        ({}, None),
    ],
)
def test_the_fake_serves_in_development_without_a_key_only(
    configured: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    def run(name: str, **_: object) -> str:
        started.append(name)
        return "http://fake"

    monkeypatch.setattr(resend, "run_fake", run)
    monkeypatch.setattr(os, "environ", dict(configured))

    resend.provide_fake_resend(print)

    assert os.environ.get("RESEND_API_URL") == expected
    assert started == (["Resend"] if expected else [])
    if expected:
        assert resend.create_app()
