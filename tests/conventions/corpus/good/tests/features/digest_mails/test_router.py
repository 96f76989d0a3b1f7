from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.core.jobs.models import QueuedJob
from app.features.digest_mails.models import DigestArticle
from app.features.digest_mails.rendering import Article, mark, render_page
from app.features.digest_mails.service import (
    WriteDigest,
    count_terms,
    write_digest,
)
from tests.conftest import ClientFor

TERMS = "/api/v1/followed-terms"
NOW = datetime.now(UTC)


async def count_jobs(session: AsyncSession, name: str) -> int:
    counted = select(func.count()).select_from(QueuedJob).where(QueuedJob.name == name)
    return await session.scalar(counted) or 0


async def test_a_digest_tells_of_terms_that_are_followed(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    for _ in range(2):
        assert (await ada.put(TERMS, json={"term": "Keys"})).status_code == 200
    reader_id = (await session.scalars(select(User.id))).one()
    assert await count_terms(session, reader_id) == 1
    session.add(DigestArticle(title="Rotating keys", teaser="How?", published_at=NOW))
    await session.flush()
    payload = WriteDigest(reader_id=reader_id, since=NOW - timedelta(days=1))
    for _ in range(2):
        await write_digest.handler(session, payload)
    assert await count_jobs(session, "send_mail") == 1


async def test_a_digest_is_enqueued_once_a_week(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    for term in ("keys", "logs"):
        await ada.put(TERMS, json={"term": term})
    assert await count_jobs(session, "write_digest") == 1


def test_terms_are_marked_as_they_are_written() -> None:
    assert mark("a.b & amp", ["a.b"]) == "<mark>a.b</mark> &amp; amp"
    assert mark("axb", ["a.b"]) == "axb"
    page = render_page("1 new", [Article("<b>", "x")], ["x"])
    assert "&lt;b&gt;" in page
    assert "<mark>x</mark>" in page
