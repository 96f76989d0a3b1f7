"""Endpoints of podcasts."""

from uuid import UUID

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.core.api import API_V1, DataResponse, Envelope, Router, errors
from app.core.db import ReadSession, Session
from app.features.podcast_shows import service
from app.features.podcast_shows.errors import EpisodeNotFound
from app.features.podcast_shows.models import Episode
from app.features.podcast_shows.schemas import EpisodeIn, EpisodeOut

router = Router(prefix=f"{API_V1}/episodes", tags=["podcasts"])


@router.get("/{episode_id}", response_model=Envelope[EpisodeOut], responses=errors(EpisodeNotFound))
async def read_episode(session: ReadSession, episode_id: UUID) -> DataResponse[Episode]:
    """Return an episode with its show."""
    return DataResponse(await service.get_episode(session, episode_id))


@router.put(
    "/{episode_id}",
    response_model=Envelope[EpisodeOut],
    responses=errors(InsufficientRole, EpisodeNotFound),
)
async def rename_episode(
    _: Admin, session: Session, episode_id: UUID, new: EpisodeIn
) -> DataResponse[Episode]:
    """Rename an episode. Administrators only."""
    return DataResponse(await service.rename(session, episode_id, new))
