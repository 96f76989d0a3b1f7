"""The repository of newsletters."""

from uuid import UUID

from app.core.db import Session
from app.features.newsletter_links.models import NewsletterOpening


class OpeningRepository:
    """The openings of newsletters."""

    def __init__(self, session: Session) -> None:
        """Take the session of the request."""
        self._session = session

    async def record(self, newsletter_id: UUID) -> None:
        """Store that a newsletter was opened."""
        self._session.add(NewsletterOpening(newsletter_id=newsletter_id))
        await self._session.flush()
