"""Calls to other services while a session has a connection."""

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import AsyncSessionLocal, ReadSessionLocal
from app.core.jobs import job
from app.core.services import get
from app.features.connection_held_during_call.client import TermsClient, Translator


class Text(BaseModel):
    """The payload of a job."""

    text: str


async def translate(session: AsyncSession, text: str) -> str:
    """Translate after a statement."""
    await session.execute(select(func.now()))
    return await get(Translator).translate(text)  # violates: connection-held-during-call


async def translate_by_another(session: AsyncSession, text: str) -> str:
    """Translate after a statement, in another function."""
    await session.execute(select(func.now()))
    if text:
        await session.execute(select(func.now()))
    return await ask(text)  # violates: connection-held-during-call


async def ask(text: str) -> str:
    """Translate without a session."""
    return await get(Translator).translate(text)


async def translate_in_own_session(text: str) -> str:
    """Translate in a session of its own."""
    async with AsyncSessionLocal.begin() as session:
        await session.execute(select(func.now()))
        translated = await ask(text)  # violates: connection-held-during-call
    async with ReadSessionLocal() as reading:
        await reading.execute(select(func.now()))
        # violates: connection-held-during-call
        return translated + await get(TermsClient).read_terms()


@job(name="translate")
async def translate_later(_session: AsyncSession, payload: Text) -> None:
    """Translate in a job."""
    await ask(payload.text)  # violates: connection-held-during-call
