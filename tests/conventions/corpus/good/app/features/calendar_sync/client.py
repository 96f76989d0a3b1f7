"""The calendar service as a typed client."""

from collections.abc import AsyncIterator
from datetime import datetime
from http import HTTPStatus

import structlog
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from app.core.http import HttpClient, UpstreamFailed

PAGE_SIZE = 250

log = structlog.get_logger(vendor="calendar")


class RemoteMeeting(BaseModel):
    """A meeting; one that was deleted has no time."""

    id: str
    title: str = ""
    starts_at: AwareDatetime | None = None

    @property
    def is_deleted(self) -> bool:
        """True for a meeting that was deleted."""
        return self.starts_at is None


class MeetingPage(BaseModel):
    """A page of changes; the last one names the state that was read."""

    meetings: list[RemoteMeeting] = Field(max_length=PAGE_SIZE)
    next_page_token: str | None = None
    sync_token: str | None = None


class TokenTooOld(Exception):
    """The vendor has forgotten the state; everything has to be read again."""


class CalendarClient:
    """Reads the changes of calendars."""

    def __init__(self, http: HttpClient, *, max_pages: int) -> None:
        """Take the connection, and the most pages to read at once."""
        self._http = http
        self._max_pages = max_pages

    async def changes(self, remote_id: str, *, since: str | None) -> AsyncIterator[MeetingPage]:
        """Yield the pages of changes since a state, or of the whole calendar.

        Raises:
            TokenTooOld: The vendor does not know the state any more.
            UpstreamFailed: The pages go round in a circle, or are not of the documented form.
        """
        page_token: str | None = None
        for _ in range(self._max_pages):
            page = await self._page(remote_id, since=since, page_token=page_token)
            yield page
            if page.next_page_token is None:
                return
            if page.next_page_token == page_token:
                raise UpstreamFailed(self._http.name, "the pages repeat", retryable=False)
            page_token = page.next_page_token
        log.info("calendar_has_more_pages", calendar=remote_id, pages=self._max_pages)

    async def _page(
        self, remote_id: str, *, since: str | None, page_token: str | None
    ) -> MeetingPage:
        given = {"pageToken": page_token, "syncToken": since if page_token is None else None}
        response = await self._http.request(
            "GET",
            f"/calendars/{remote_id}/changes",
            params={name: value for name, value in given.items() if value is not None},
        )
        if response.status_code == HTTPStatus.GONE:
            raise TokenTooOld
        try:
            return MeetingPage.model_validate_json(response.content)
        except ValidationError as error:
            log.warning("calendar_page_invalid", problems=error.error_count())
            raise UpstreamFailed(self._http.name, "invalid page", retryable=False) from None


def has_moved(meeting: RemoteMeeting, known: datetime | None) -> bool:
    """Return whether a meeting has another time than the one that is known."""
    return meeting.starts_at is not None and meeting.starts_at != known
