"""Calls to other services while no session has a connection."""

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import AsyncSessionLocal, release_connection
from app.core.jobs import job
from app.core.services import get
from app.features.connection_held_during_call.client import TermsClient, Translator


class Text(BaseModel):
    """The payload of a job."""

    text: str


async def translate(session: AsyncSession, text: str) -> str:
    """Translate after the transaction."""
    await session.execute(select(func.now()))
    await release_connection(session)
    return await get(Translator).translate(text)


async def translate_first(session: AsyncSession, text: str) -> str:
    """Translate before the first statement."""
    translated = await ask(text)
    await session.execute(select(func.now()))
    return translated


async def translate_in_a_branch(session: AsyncSession, text: str) -> str:
    """Translate in a branch without a statement."""
    if not text:
        await session.execute(select(func.now()))
        return ""
    if text == "now":
        await session.execute(select(func.now()))
    else:
        text = await ask(text)
    return text


async def translate_by_another(session: AsyncSession, text: str) -> str:
    """Translate in a function that ends the transaction."""
    await session.execute(select(func.now()))
    return await translate(session, text)


async def ask(text: str) -> str:
    """Translate without a session."""
    return await get(Translator).translate(text)


async def translate_after_own_session(text: str) -> str:
    """Translate after a session of its own."""
    async with AsyncSessionLocal.begin() as session:
        await session.execute(select(func.now()))
        await translate_later.enqueue(session, Text(text=text))
    return await ask(text) + await get(TermsClient).read_terms()


@job(name="translate", leased=True)
async def translate_later(_session: AsyncSession, payload: Text) -> None:
    """Translate in a job."""
    await ask(payload.text)
