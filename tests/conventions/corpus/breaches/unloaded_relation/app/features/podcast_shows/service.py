"""Services of podcasts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.core.email import EmailMessage, enqueue_email
from app.features.podcast_shows.errors import EpisodeNotFound
from app.features.podcast_shows.models import Episode, Show
from app.features.podcast_shows.schemas import EpisodeIn


async def get_episode(session: AsyncSession, episode_id: UUID) -> Episode:
    """Return an episode with its show.

    Raises:
        EpisodeNotFound: No episode has this id.
    """
    episode: Episode | None = await session.get(
        Episode, episode_id, options=[joinedload(Episode.show).joinedload(Show.host)]
    )
    if episode is None:
        raise EpisodeNotFound
    return episode


async def rename(session: AsyncSession, episode_id: UUID, new: EpisodeIn) -> Episode:
    """Rename an episode, and return it with its show.

    Raises:
        EpisodeNotFound: No episode has this id.
    """
    renamed = (
        update(Episode).where(Episode.id == episode_id).values(title=new.title).returning(Episode)
    )
    episode: Episode | None = await session.scalar(renamed)  # breach: unloaded-relation
    if episode is None:
        raise EpisodeNotFound
    return episode


async def announce(session: AsyncSession, episode_id: UUID) -> None:
    """Write to the host of an episode that it is published."""
    by_id = select(Episode).where(Episode.id == episode_id).options(joinedload(Episode.show))
    episode = (await session.scalars(by_id)).one()
    host = episode.show.host  # breach: unloaded-relation
    message = EmailMessage(
        to=host.email,
        subject="Your episode is published",
        text=f"Hello {host.name}, your episode is published.",
        key=f"episode-{episode.id}",
    )
    await enqueue_email(session, message)


async def credits_of(session: AsyncSession, show_ids: Sequence[UUID]) -> list[str]:
    """Return the credits of the episodes of up to ten shows."""
    episodes = await session.scalars(
        select(Episode).where(Episode.show_id.in_(show_ids[:10])).limit(500)
    )
    return [episode.credits() for episode in episodes]  # breach: unloaded-relation


async def publish(session: AsyncSession, show: Show, title: str) -> str:
    """Store an episode, and return its credits."""
    episode = Episode(show_id=show.id, title=title)
    session.add(episode)
    await session.flush()
    return episode.credits()  # breach: unloaded-relation
