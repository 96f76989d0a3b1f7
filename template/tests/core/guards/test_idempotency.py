"""Keys: one effect however often a request comes, and the whole of it or nothing."""

import asyncio
from uuid import uuid4

import pytest
from fastapi import APIRouter, Depends
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.pool import QueuePool
from starlette.responses import StreamingResponse

from app.commands.purge import purge
from app.core.api import Router
from app.core.db import AsyncSessionLocal, Session
from app.core.guards import Idempotent
from app.core.guards.idempotency_records import (
    IdempotencyRecord,
    forget_user,
    module,
    purge_idempotency_records,
)
from app.core.services import provide
from tests.core.conftest import Logged, Serve
from tests.core.guards.idempotent_routes import (
    KEY,
    Upstream,
    add_probe,
    code_of,
    count_kept,
    count_probes,
    router,
)

pytestmark = pytest.mark.usefixtures("tables")


async def test_a_retry_gets_the_first_answer_and_has_no_effect(serve: Serve) -> None:
    client = serve(router)
    first = await client.post("/probes", json={"name": "one"}, headers=KEY)
    again = await client.post("/probes", json={"name": "one"}, headers=KEY)
    assert (first.status_code, first.json()) == (201, {"data": {"name": "one 0"}})
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for header in ("location", "content-type", "content-length"):
        assert again.headers.get_list(header) == [first.headers[header]]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await count_probes() == 1


async def test_a_new_key_is_a_new_operation(serve: Serve) -> None:
    client = serve(router)
    for key in ("one", "two"):
        answer = await client.post(
            "/probes", json={"name": "same"}, headers={"Idempotency-Key": key}
        )
        assert answer.status_code == 201
    assert await count_probes() == 2


async def test_a_key_for_another_body_is_refused(serve: Serve) -> None:
    client = serve(router)
    await client.post("/probes", json={"name": "one"}, headers=KEY)
    other = await client.post("/probes", json={"name": "two"}, headers=KEY)
    assert code_of(other) == (422, "idempotency_key_reused")
    assert await count_probes() == 1


async def test_a_key_belongs_to_one_user_and_one_route(serve: Serve) -> None:
    client = serve(router)
    for path in ("/probes?user=ada", "/probes?user=bob", "/probes/optional"):
        answer = await client.post(path, json={"name": "one"}, headers=KEY)
        assert answer.is_success
        assert "idempotency-replayed" not in answer.headers
    assert await count_probes() == 3


async def test_the_responses_to_a_user_are_deleted_with_the_user(
    serve: Serve, session: AsyncSession
) -> None:
    client, ada, bob = serve(router), uuid4(), uuid4()
    for user in (ada, bob):
        await client.post(f"/probes?user={user}", json={"name": "one"}, headers=KEY)
    await forget_user(session, ada)
    kept = list(await session.scalars(select(IdempotencyRecord.user_id)))
    assert kept == [str(bob)]


@pytest.mark.parametrize("key", [None, "", '""', "two words", "ä", "x" * 256, '"open', 'in"side'])
async def test_a_request_without_a_valid_key_is_refused(serve: Serve, key: str | None) -> None:
    headers = [] if key is None else [(b"Idempotency-Key", key.encode("latin-1"))]
    answer = await serve(router).post("/probes", json={"name": "one"}, headers=headers)
    assert code_of(answer) == (400, "idempotency_key_missing")
    assert await count_probes() == 0


@pytest.mark.parametrize("key", ["x", "x" * 255, "9b2f-41!#~"])
async def test_a_quoted_key_is_the_same_as_a_bare_one(serve: Serve, key: str) -> None:
    client = serve(router)
    for form in (key, f'"{key}"'):
        headers = {"Idempotency-Key": form}
        answer = await client.post("/probes", json={"name": "one"}, headers=headers)
        assert answer.status_code == 201
    assert await count_probes() == 1


async def test_where_a_key_is_optional_requests_without_one_each_have_an_effect(
    serve: Serve,
) -> None:
    client = serve(router)
    assert [(await client.post("/probes/optional")).json() for _ in range(2)] == [
        "optional 0",
        "optional 1",
    ]
    assert await count_kept() == 0


async def test_an_error_keeps_nothing_so_that_a_retry_tries_again(serve: Serve) -> None:
    client = serve(router)
    for _ in range(2):
        answer = await client.post("/probes", json={"name": "broken"}, headers=KEY)
        assert code_of(answer) == (409, "broken")
        assert "idempotency-replayed" not in answer.headers
    assert (await count_probes(), await count_kept()) == (0, 0)


@pytest.mark.usefixtures("committed_database")
async def test_a_commit_that_fails_keeps_nothing(serve: Serve) -> None:
    answer = await serve(router).post("/probes/slots", headers=KEY)
    assert code_of(answer) == (409, "already_exists")
    assert await count_kept() == 0


@pytest.mark.usefixtures("committed_database")
async def test_of_fifty_requests_at_once_one_has_an_effect(serve: Serve) -> None:
    client = serve(router)
    answers = await asyncio.gather(
        *(client.post("/probes", json={"name": "one"}, headers=KEY) for _ in range(50))
    )
    created = {answer.content for answer in answers if answer.status_code == 201}
    refused = {code_of(answer) for answer in answers if answer.status_code != 201}
    assert len(created) == 1
    assert refused <= {(409, "idempotency_key_in_use")}
    assert (await count_probes(), await count_kept()) == (1, 1)


@pytest.mark.usefixtures("committed_database")
async def test_a_retry_during_the_first_request_gets_409_at_once(serve: Serve) -> None:
    slow = Router(prefix="/slow")
    started, finish = asyncio.Event(), asyncio.Event()

    @slow.post("", dependencies=[Depends(Idempotent())])
    async def answer_slowly() -> str:
        started.set()
        await finish.wait()
        return "finished"

    client = serve(slow)
    first = asyncio.create_task(client.post("/slow", headers=KEY))
    await started.wait()
    early = await client.post("/slow", headers=KEY)
    assert code_of(early) == (409, "idempotency_key_in_use")
    assert early.headers["retry-after"] == "1"
    finish.set()
    assert (await first).json() == "finished"
    late = await client.post("/slow", headers=KEY)
    assert (late.json(), late.headers["idempotency-replayed"]) == ("finished", "true")


async def test_a_lease_holds_no_connection_while_another_service_is_called(
    serve: Serve, committed_database: AsyncEngine
) -> None:
    client, upstream = serve(router), Upstream()
    with provide(Upstream, upstream):
        first = asyncio.create_task(client.post("/probes/calls", headers=KEY))
        async with asyncio.timeout(10):
            await upstream.called.wait()
        pool = committed_database.pool
        assert isinstance(pool, QueuePool)
        connections = pool.checkedout()
        early = await client.post("/probes/calls", headers=KEY)
        upstream.responds.set()
        assert (await first).json() == "called"
        assert connections == 0
        assert code_of(early) == (409, "idempotency_key_in_use")
        late = await client.post("/probes/calls", headers=KEY)
    assert (late.json(), late.headers["idempotency-replayed"]) == ("called", "true")
    assert (await count_probes(), await count_kept()) == (1, 1)


async def test_an_error_ends_a_lease_so_that_a_retry_runs(serve: Serve) -> None:
    client, upstream = serve(router), Upstream()
    upstream.responds.set()
    with provide(Upstream, upstream):
        for _ in range(2):
            broken = await client.post("/probes/calls?seen=broken", headers=KEY)
            assert code_of(broken) == (409, "broken")
        assert await count_kept() == 0


async def test_the_lease_of_a_killed_process_ends(serve: Serve, session: AsyncSession) -> None:
    client, upstream = serve(router), Upstream()
    with provide(Upstream, upstream):
        killed = asyncio.create_task(client.post("/probes/calls", headers=KEY))
        async with asyncio.timeout(10):
            await upstream.called.wait()
        killed.cancel()
        await asyncio.wait([killed])
        upstream.responds.set()
        early = await client.post("/probes/calls", headers=KEY)
        assert code_of(early) == (409, "idempotency_key_in_use")
        await session.execute(update(IdempotencyRecord).values(expires_at=func.now()))
        await session.commit()
        assert (await client.post("/probes/calls", headers=KEY)).json() == "called"


@pytest.mark.usefixtures("committed_database")
async def test_a_request_whose_lease_was_taken_over_has_no_effect(serve: Serve) -> None:
    client, late, prompt = serve(router), Upstream(), Upstream()
    with provide(Upstream, late):
        first = asyncio.create_task(client.post("/probes/calls", headers=KEY))
        async with asyncio.timeout(10):
            await late.called.wait()
    async with AsyncSessionLocal.begin() as session:
        await session.execute(update(IdempotencyRecord).values(expires_at=func.now()))
    with provide(Upstream, prompt):
        second = asyncio.create_task(client.post("/probes/calls", headers=KEY))
        async with asyncio.timeout(10):
            await prompt.called.wait()
        late.responds.set()
        assert code_of(await first) == (409, "idempotency_key_in_use")
        prompt.responds.set()
        assert (await second).json() == "called"
    assert (await count_probes(), await count_kept()) == (1, 1)


async def test_an_expired_answer_is_forgotten(serve: Serve, session: AsyncSession) -> None:
    client = serve(router)
    await client.post("/probes", json={"name": "one"}, headers=KEY)
    await session.execute(update(IdempotencyRecord).values(expires_at=func.now()))
    await session.commit()
    answer = await client.post("/probes", json={"name": "two"}, headers=KEY)
    assert answer.json() == {"data": {"name": "two 1"}}
    assert await count_kept() == 1


async def test_an_answer_is_kept_as_long_as_the_setting_says(
    serve: Serve, session: AsyncSession
) -> None:
    await serve(router, idempotency_hours=48).post("/probes/optional", headers=KEY)
    hours = func.extract("epoch", IdempotencyRecord.expires_at - func.now()) / 3600
    assert round(await session.scalar(select(hours)) or 0) == 48


async def test_purging_deletes_only_expired_records(serve: Serve, session: AsyncSession) -> None:
    client = serve(router)
    for key in ("old", "new"):
        await client.post("/probes/optional", headers={"Idempotency-Key": key})
    oldest = select(func.min(IdempotencyRecord.expires_at)).scalar_subquery()
    first = select(IdempotencyRecord.digest).where(IdempotencyRecord.expires_at == oldest).limit(1)
    await session.execute(
        update(IdempotencyRecord)
        .where(IdempotencyRecord.digest.in_(first))
        .values(expires_at=func.now())
        .execution_options(synchronize_session=False)
    )
    assert await purge_idempotency_records(session) == 1
    assert await purge_idempotency_records(session) == 0
    assert await count_kept() == 1


async def test_the_purge_command_goes_on_until_nothing_is_left(
    committed_database: AsyncEngine, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    monkeypatch.setattr("app.core.guards.idempotency_records.PURGED_AT_ONCE", 10)
    filling = (
        "INSERT INTO idempotency_keys SELECT int4send(n), '', 200, '[]', '', now() "
        "FROM generate_series(1, 25) AS n"
    )
    async with committed_database.begin() as connection:
        await connection.execute(text(filling))
    monkeypatch.setattr("app.commands.purge.ALL_MODULES", (module,))
    await purge()
    assert logged("purged")[0]["core"] == 25
    assert await count_kept() == 0


async def test_openapi_describes_the_key_and_its_errors(serve: Serve) -> None:
    document = (await serve(router).get("/openapi.json")).json()
    operation = document["paths"]["/probes"]["post"]
    names = [parameter["name"] for parameter in operation["parameters"]]
    assert "idempotency-key" in names
    examples = {
        status: list(answer["content"]["application/json"]["examples"])
        for status, answer in operation["responses"].items()
        if status in {"400", "409", "422"}
    }
    assert "idempotency_key_missing" in examples["400"]
    assert "idempotency_key_in_use" in examples["409"]
    assert "idempotency_key_reused" in examples["422"]


async def test_an_answer_that_cannot_be_kept_is_a_failure_without_effect(serve: Serve) -> None:
    streaming = Router(prefix="/streams")

    @streaming.post("", dependencies=[Depends(Idempotent())])
    async def stream(session: Session) -> StreamingResponse:
        await add_probe(session, "streamed")
        return StreamingResponse(iter(["a", "b"]))

    answer = await serve(streaming).post("/streams", headers=KEY)
    assert code_of(answer) == (500, "internal_error")
    assert await count_probes() == 0


async def test_idempotency_on_a_plain_router_is_an_internal_error(
    serve: Serve, logged: Logged
) -> None:
    plain = APIRouter()

    @plain.post("/plain", dependencies=[Depends(Idempotent())])
    async def answer_plainly() -> None: ...

    answer = await serve(plain).post("/plain")
    assert code_of(answer) == (500, "internal_error")
    (line,) = logged("request_failed")
    assert "of a route of an app.core.api.Router" in str(line["exception"])
