"""A webhook that Resend has not signed, or that is no event, is refused."""

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from devtools.fakes.resend import Json, sign
from tests.integrations.resend.conftest import SECRET
from tests.integrations.resend.events import AT, URL, post, state


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"svix-signature": "v1,AAAA"}, 400, "invalid_signature"),
        ({"svix-timestamp": "1614265330"}, 400, "invalid_signature"),
        ({"svix-id": "msg_2"}, 400, "invalid_signature"),
        ({"svix-timestamp": "soon"}, 422, "validation_failed"),
        ({"svix-timestamp": "1e9"}, 422, "validation_failed"),
    ],
)
async def test_a_webhook_that_is_not_signed_by_resend_is_refused(
    headers: dict[str, str],
    status: int,
    code: str,
    mail: Json,
    client: httpx2.AsyncClient,
    session: AsyncSession,
) -> None:
    event = {"type": "email.bounced", "created_at": AT, "data": {"email_id": mail["id"]}}
    refused = await post(client, event, **headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert await state(session) == "sent"


@pytest.mark.parametrize("body", ["{", "[" * 100_000, "[]", '{"type": "email.sent"}', "\ud800"])
async def test_a_body_is_parsed_once_its_signature_is_valid(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    content = body.encode(errors="surrogatepass")
    signed = sign("msg_1", body if body.isascii() else "", secret=SECRET)
    if body.isascii():
        refused = await client.post(URL, content=content, headers=signed)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_event")
    monkeypatch.setattr("app.integrations.resend.events.parse_event", pytest.fail)
    monkeypatch.setattr("starlette.requests.Request.json", pytest.fail)
    headers = signed | {"svix-signature": "v1,AAAA", "Content-Type": "application/json"}
    refused = await client.post(URL, content=content, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_signature")


async def test_a_webhook_without_the_headers_is_refused(client: httpx2.AsyncClient) -> None:
    event = {"type": "email.sent", "created_at": AT, "data": {"email_id": "1"}}
    refused = await client.post(URL, json=event)
    assert refused.status_code == 422
    fields = [detail["field"] for detail in refused.json()["error"]["details"]]
    assert fields == ["header.svix-id", "header.svix-timestamp", "header.svix-signature"]


async def test_a_webhook_that_is_too_large_is_refused(client: httpx2.AsyncClient) -> None:
    event = {"type": "email.sent", "created_at": AT, "data": {"subject": "x" * 2_000_000}}
    assert (await post(client, event)).status_code == 413
