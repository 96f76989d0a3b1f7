import httpx2
import pytest

from app.core.http import HttpClient, UpstreamFailed
from app.features.calendar_sync.client import CalendarClient, TokenTooOld
from tests.features.upstream import upstream_response


def client_that(*pages: dict[str, object], status: int = 200, most: int = 10) -> CalendarClient:
    rest = list(pages)

    async def respond(_request: httpx2.Request) -> httpx2.Response:
        return upstream_response(status, rest.pop(0) if rest else {})

    transport = httpx2.MockTransport(respond)
    http = HttpClient("calendar", base_url="http://127.0.0.1", transport=transport)
    return CalendarClient(http, max_pages=most)


async def test_pages_are_read_until_the_last() -> None:
    more: dict[str, object] = {"meetings": [], "next_page_token": "b"}
    client = client_that(more, {"meetings": [], "sync_token": "s2"})
    read = [page async for page in client.changes("c1", since="s1")]
    assert [page.sync_token for page in read] == [None, "s2"]


async def test_pages_that_go_round_are_ended() -> None:
    same: dict[str, object] = {"meetings": [], "next_page_token": "b"}
    client = client_that(same, same, same)
    with pytest.raises(UpstreamFailed):
        assert [page async for page in client.changes("c1", since=None)]


async def test_an_old_state_is_read_again() -> None:
    with pytest.raises(TokenTooOld):
        assert [page async for page in client_that({}, status=410).changes("c1", since="s1")]
