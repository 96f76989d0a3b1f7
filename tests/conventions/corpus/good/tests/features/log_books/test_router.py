from decimal import Decimal

import pytest
from httpx2 import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.features.log_books.models import LogBook
from tests.conftest import AssertQueries, ClientFor

API = "/api/v1"
BOOKS = API + "/log-books"


@pytest.fixture
async def ada(client_for: ClientFor) -> AsyncClient:
    return await client_for("ada@example.com")


@pytest.fixture(autouse=True)
async def glider_log(session: AsyncSession) -> LogBook:
    book = LogBook(slug="glider-log", title="Glider log", position=1, price=Decimal(9))
    session.add(book)
    await session.flush()
    return book


async def test_log_books_are_listed_and_read(ada: AsyncClient) -> None:
    listed = (await ada.get(BOOKS)).json()["data"]
    read = (await ada.get("/".join([BOOKS, "glider-log"]))).json()["data"]
    assert listed == [read]


@pytest.mark.parametrize("order", ["position", "price", "newest"])
async def test_the_front_page_has_the_chosen_fields(ada: AsyncClient, order: str) -> None:
    response = await ada.get(f"{BOOKS}/front-page?order={order}&fields=title")
    assert response.json()["data"] == {"lines": [["Glider log"]]}


async def test_unknown_slugs_are_among_the_failures(
    ada: AsyncClient, assert_queries: AssertQueries
) -> None:
    with assert_queries(2):
        response = await ada.post(f"{BOOKS}/lookups", json={"slugs": ["glider-log", "other"]})
    assert response.json()["meta"] == {"succeeded": 1, "failed": 1}


async def test_searches_are_counted_until_they_are_forgotten(
    ada: AsyncClient, client_for: ClientFor
) -> None:
    term = f"{API}/search-terms/gliders"
    searches = [(await ada.put(term)).json()["data"]["searches"] for _ in range(2)]
    assert searches == [1, 2]
    admin = await client_for("root@example.com", role=Role.ADMIN)
    assert (await admin.delete(term)).status_code == 204
    assert (await ada.put(term)).json()["data"]["searches"] == 1
