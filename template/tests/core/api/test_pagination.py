"""Pages show each row once and in order despite inserts, and accept only our own cursors."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import httpx2
import pytest
from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import Filter, ListQuery, Orders, Page, PageEnvelope, ResponseModel, paginate
from app.core.db import ReadSession
from tests.conftest import AssertQueries
from tests.core.conftest import Serve
from tests.core.probes import Probe

NOON = datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)


class ProbeOut(ResponseModel):
    name: str


class ProbeQuery(ListQuery):
    sort: Annotated[
        Literal["name", "-name", "amount", "-amount", "seen_at"],
        Orders(
            name=[Probe.name], amount=[Probe.amount, Probe.id], seen_at=[Probe.seen_at, Probe.name]
        ),
    ] = "name"
    amount: Annotated[int | None, Filter(Probe.amount.__eq__)] = None
    least: Annotated[int | None, Filter(Probe.amount.__ge__)] = None


class OtherQuery(ProbeQuery):
    """The same parameters, but another list."""


def listing_router() -> APIRouter:
    router = APIRouter()

    @router.get("/probes", response_model=PageEnvelope[ProbeOut])
    async def list_probes(
        session: ReadSession, query: Annotated[ProbeQuery, Query()]
    ) -> Page[Probe]:
        return await paginate(session, select(Probe), query)

    @router.get("/others", response_model=PageEnvelope[ProbeOut])
    async def list_others(
        session: ReadSession, query: Annotated[OtherQuery, Query()]
    ) -> Page[Probe]:
        return await paginate(session, select(Probe), query)

    @router.get("/owners/{owner}/probes", response_model=PageEnvelope[ProbeOut])
    async def list_of_owner(
        session: ReadSession, owner: str, query: Annotated[ProbeQuery, Query()]
    ) -> Page[Probe]:
        return await paginate(session, select(Probe), query, scope=owner)

    return router


@pytest.fixture
def client(serve: Serve, tables: None) -> httpx2.AsyncClient:
    assert tables is None
    return serve(listing_router())


async def add(session: AsyncSession, *probes: Probe) -> None:
    session.add_all(probes)
    await session.commit()


async def read_all(client: httpx2.AsyncClient, **query: Any) -> list[str]:
    names: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(20):
        page = (await client.get("/probes", params=query | cursor)).json()
        names += names_of(page["data"])
        if page["meta"]["next_cursor"] is None:
            return names
        cursor = {"cursor": page["meta"]["next_cursor"]}
    raise AssertionError(f"there is no end to {names}")


def names_of(rows: Sequence[dict[str, str]]) -> list[str]:
    return [row["name"] for row in rows]


async def first_cursor(client: httpx2.AsyncClient, **query: Any) -> str:
    page = (await client.get("/probes", params={"limit": 1} | query)).json()
    return str(page["meta"]["next_cursor"])


async def test_an_empty_list_is_an_empty_page(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/probes")).json()
    assert page == {"data": [], "meta": {"limit": 100, "next_cursor": None}}


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["a", "b", "c", "d", "e"]),
        ("-name", ["e", "d", "c", "b", "a"]),
        ("amount", ["a", "b", "e", "c", "d"]),
        ("-amount", ["d", "c", "e", "b", "a"]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6])
async def test_every_row_comes_once_and_in_order(
    client: httpx2.AsyncClient, session: AsyncSession, sort: str, expected: list[str], limit: int
) -> None:
    amounts = {"a": 1, "b": 1, "c": 2, "d": 2, "e": 1}
    await add(session, *(Probe(name=name, amount=amount) for name, amount in amounts.items()))
    assert await read_all(client, sort=sort, limit=limit) == expected


async def test_rows_that_are_added_between_two_pages_shift_nothing(
    client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    await add(session, *(Probe(name=name) for name in "bdf"))
    page = (await client.get("/probes", params={"limit": 2})).json()
    await add(session, Probe(name="a"), Probe(name="e"))
    rest = await client.get("/probes", params={"cursor": page["meta"]["next_cursor"]})
    assert names_of(page["data"]) == ["b", "d"]
    assert names_of(rest.json()["data"]) == ["e", "f"]


async def test_a_full_last_page_has_no_cursor(
    client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    await add(session, *(Probe(name=name) for name in "ab"))
    page = (await client.get("/probes", params={"limit": 2})).json()
    assert (names_of(page["data"]), page["meta"]["next_cursor"]) == (["a", "b"], None)


async def test_a_page_is_one_statement(
    client: httpx2.AsyncClient, session: AsyncSession, assert_queries: AssertQueries
) -> None:
    await add(session, *(Probe(name=name) for name in "abc"))
    cursor = await first_cursor(client)
    with assert_queries(1):
        await client.get("/probes", params={"limit": 1, "cursor": cursor})


async def test_filters_choose_the_rows_of_every_page(
    client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    await add(session, *(Probe(name=name, amount=ord(name) % 3) for name in "abcdef"))
    assert await read_all(client, amount=1, limit=1) == ["a", "d"]
    assert await read_all(client, least=1, limit=2) == ["a", "b", "d", "e"]
    assert await read_all(client, least=1, amount=0) == []


async def test_a_cursor_keeps_microseconds(
    client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    moments = [NOON + timedelta(microseconds=number) for number in range(3)]
    names = zip("cab", moments, strict=True)
    await add(session, *(Probe(name=name, seen_at=moment) for name, moment in names))
    assert await read_all(client, sort="seen_at", limit=1) == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("/probes", {"amount": 0}),
        ("/probes", {"sort": "-name"}),
        ("/probes", {"sort": "amount"}),
        ("/others", {}),
        ("/owners/ada/probes", {}),
    ],
)
async def test_a_cursor_of_another_list_filter_or_order_is_refused(
    client: httpx2.AsyncClient, session: AsyncSession, path: str, changes: dict[str, Any]
) -> None:
    await add(session, *(Probe(name=name) for name in "ab"))
    cursor = await first_cursor(client)
    answer = await client.get(path, params={"cursor": cursor} | changes)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_cursor")


async def test_a_cursor_goes_with_another_page_size(
    client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    await add(session, *(Probe(name=name) for name in "abc"))
    answer = await client.get("/probes", params={"cursor": await first_cursor(client), "limit": 9})
    assert names_of(answer.json()["data"]) == ["b", "c"]


async def test_a_changed_cursor_is_refused(
    client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    await add(session, *(Probe(name=name) for name in "ab"))
    cursor = await first_cursor(client)
    for changed in (cursor[1:], cursor[:-2], f"x{cursor}", "x", "WyJhIl0", "."):
        answer = await client.get("/probes", params={"cursor": changed})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 1001},
        {"limit": "x"},
        {"sort": "note"},
        {"unknown": 1},
        {"cursor": "a b"},
        {"cursor": "x" * 2001},
    ],
)
async def test_undeclared_parameters_and_values_are_422(
    client: httpx2.AsyncClient, query: dict[str, Any]
) -> None:
    answer = await client.get("/probes", params=query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation_failed")


def test_an_order_by_a_column_that_may_be_null_is_refused() -> None:
    with pytest.raises(ValueError, match="'note' sorts by 'note', which may be null"):
        Orders(note=[Probe.note, Probe.id])


def test_a_query_without_an_order_is_refused() -> None:
    with pytest.raises(TypeError, match=r"ListQuery.sort needs Orders"):
        ListQuery().order()
