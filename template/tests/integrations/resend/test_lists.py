"""Administrators list emails and suppressions; users do not."""

import io

import httpx2
import pytest

from app.accounts.models import Role
from devtools.fakes.resend import FakeResend, Json
from tests.conftest import ClientFor
from tests.core.jobs.running import run_jobs
from tests.integrations.resend.events import ADA, send


async def test_administrators_list_emails_by_page_and_by_state(
    mail: Json, fake: FakeResend, client_for: ClientFor, log_stream: io.StringIO
) -> None:
    await fake.tell("email.complained", mail)
    for address in ("bob@example.com", "eve@example.com", ADA):
        await send(address)
    await run_jobs()
    admin = await client_for("root@example.com", role=Role.ADMIN)

    async def read(**params: str | int) -> Json:
        answer = await admin.get("/api/v1/resend/emails", params=params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    first = await read(limit=3)
    assert [email["state"] for email in first["data"]] == ["suppressed", "sent", "sent"]
    rest = await read(limit=3, cursor=first["meta"]["next_cursor"])
    assert [email["state"] for email in rest["data"]] == ["complained"]
    assert rest["data"][0]["resend_id"] == mail["id"]
    assert len((await read(address="ADA@example.com"))["data"]) == 2
    assert len((await read(state="sent"))["data"]) == 2
    assert len((await read(kind="plain"))["data"]) == 4
    assert (await read(kind="welcome"))["data"] == []
    assert "example.com" not in log_stream.getvalue().lower()


@pytest.mark.parametrize("path", ["emails", "suppressions"])
async def test_users_cannot_list_emails(
    path: str, client: httpx2.AsyncClient, client_for: ClientFor
) -> None:
    ada = await client_for(ADA)
    assert (await client.get(f"/api/v1/resend/{path}")).status_code == 401
    assert (await ada.get(f"/api/v1/resend/{path}")).status_code == 403
