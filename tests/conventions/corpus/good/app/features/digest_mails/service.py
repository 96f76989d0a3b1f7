"""Writing digests: the job of a week enqueues that of the next one for its reader."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

import structlog
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.owned import OwnerSession, limit_to_owner, owned_by
from app.core.email import EmailMessage, enqueue_email
from app.core.jobs import job
from app.features.digest_mails.models import DigestArticle, FollowedTerm
from app.features.digest_mails.rendering import SUBJECT, Article, render_page, render_text

MAX_ARTICLES, ARTICLES_OF_A_WEEK = 20, 500
MAX_TERMS = 50
WEEK = timedelta(days=7)

log = structlog.get_logger(__name__)


class WriteDigest(BaseModel):
    """The reader of a digest, and its first day."""

    reader_id: UUID
    since: datetime


async def follow(session: OwnerSession, term: str, *, owner_id: UUID) -> FollowedTerm:
    """Follow a term, which the digest of this week is the first to tell of."""
    statement = insert(FollowedTerm).values(owner_id=owner_id, term=term.lower())
    followed = await session.scalars(
        statement.on_conflict_do_update(
            index_elements=["owner_id", "term"], set_={"term": statement.excluded.term}
        ).returning(FollowedTerm)
    )
    await enqueue_digest(session, owner_id, since=this_week())
    return followed.one()


async def enqueue_digest(session: AsyncSession, reader_id: UUID, *, since: datetime) -> bool:
    """Enqueue the digest of a week for its end, and return whether it is new."""
    payload = WriteDigest(reader_id=reader_id, since=since)
    key = f"{reader_id}:{since:%G-W%V}"
    delay = max(since + WEEK - datetime.now(UTC), timedelta())
    return await write_digest.enqueue(session, payload, key=key, delay=delay)


@job(name="write_digest")
async def write_digest(session: AsyncSession, payload: WriteDigest) -> None:
    """Write the digest of one reader, and enqueue it as a mail in the same transaction."""
    reader = await session.get(User, payload.reader_id)
    if reader is None or reader.verified_at is None:
        return
    terms = await _terms_of(limit_to_owner(session, reader.id))
    if terms:
        await enqueue_digest(session, reader.id, since=payload.since + WEEK)
    articles = await _matching(session, terms, since=payload.since)
    if not articles:
        return
    subject = SUBJECT.substitute(number=len(articles))
    page = render_page(subject, articles, terms)
    log.info("digest_written", reader_id=str(reader.id), articles=len(articles), size=len(page))
    message = EmailMessage(
        to=reader.email,
        subject=subject,
        text=render_text(articles),
        key=f"digest:{reader.id}:{payload.since:%G-W%V}",
    )
    await enqueue_email(session, message)


async def _terms_of(session: OwnerSession) -> list[str]:
    statement = select(FollowedTerm.term).order_by(FollowedTerm.term).limit(MAX_TERMS)
    return list(await session.scalars(statement))


async def _matching(
    session: AsyncSession, terms: Sequence[str], *, since: datetime
) -> list[Article]:
    """Return the newest articles of a week that have one of the terms in their title."""
    if not terms:
        return []
    of_week = (
        select(DigestArticle.title, DigestArticle.teaser)
        .where(DigestArticle.published_at >= since, DigestArticle.published_at < since + WEEK)
        .order_by(DigestArticle.published_at.desc(), DigestArticle.id)
        .limit(ARTICLES_OF_A_WEEK)
    )
    rows = await session.execute(of_week)
    found = (row for row in rows if any(term in row.title.lower() for term in terms))
    return [Article(row.title, row.teaser) for row in islice(found, MAX_ARTICLES)]


async def count_terms(session: AsyncSession, owner_id: UUID) -> int:
    """Return how many terms a reader follows; for a support command."""
    counted = select(func.count()).select_from(FollowedTerm).options(owned_by(owner_id))
    return await session.scalar(counted) or 0


def this_week(now: datetime | None = None) -> datetime:
    """Return the midnight by UTC at which the week has begun."""
    today = (now or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday())
