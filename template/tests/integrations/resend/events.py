"""Messages, events about them, and their effects, for tests."""

import json

import httpx2
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import AsyncSessionLocal
from app.core.email import EmailMessage, enqueue_email
from app.integrations.resend.models import IS_SUPPRESSED, Email, Suppression
from devtools.fakes.resend import Json, sign
from tests.integrations.resend.conftest import SECRET

URL = "/api/v1/resend/webhooks"
ADA = "Ada@example.com"
AT = "2026-11-22T23:41:12.126Z"


async def send(to: str = ADA) -> None:
    async with AsyncSessionLocal.begin() as session:
        await enqueue_email(session, EmailMessage(to=to, subject="News", text="Hello."))


async def state(session: AsyncSession) -> str:
    return str(await session.scalar(select(Email.state)))


async def suppressions(session: AsyncSession) -> list[tuple[str, str]]:
    chosen = select(Suppression.address_key, Suppression.reason).where(IS_SUPPRESSED)
    rows = await session.execute(chosen)
    return [(row.address_key, row.reason) for row in rows]


async def post(client: httpx2.AsyncClient, body: Json | str, **headers: str) -> httpx2.Response:
    text = body if isinstance(body, str) else json.dumps(body)
    given = sign("msg_1", text, secret=SECRET) | headers
    return await client.post(URL, content=text, headers=given)
