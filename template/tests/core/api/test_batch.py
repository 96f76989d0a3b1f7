import pytest
from fastapi import APIRouter
from pydantic import TypeAdapter, ValidationError

from app.core.api import (
    MAX_BATCH_SIZE,
    Batch,
    BatchEnvelope,
    BatchIds,
    DataResponse,
    Envelope,
    Page,
    PageEnvelope,
    PageMeta,
    RequestModel,
    ResponseModel,
    batch_failure,
    match_batch,
)
from app.core.errors import NotFound
from tests.core.conftest import Serve


class ThingMissing(NotFound):
    """No such thing."""

    code = "thing_missing"
    message = "No thing has this name."


class ThingOut(ResponseModel):
    name: str


class Thing:
    """Not a model of pydantic: envelopes read attributes."""

    def __init__(self, name: str) -> None:
        self.name = name


THINGS = {name: Thing(name) for name in ("a", "b")}


def test_found_and_missing_items_keep_the_order_of_the_request() -> None:
    batch = match_batch(["x", "b", "y", "a"], THINGS, missing=ThingMissing())
    assert [thing.name for thing in batch.data.succeeded] == ["b", "a"]
    assert [failure.id for failure in batch.data.failed] == ["x", "y"]
    assert (batch.meta.succeeded, batch.meta.failed) == (2, 2)


def test_a_failed_item_has_the_error_of_the_single_endpoint() -> None:
    failure = batch_failure("x", ThingMissing())
    assert (failure.code, failure.message) == ("thing_missing", "No thing has this name.")


def test_an_identifier_that_is_given_twice_is_answered_once() -> None:
    ids = TypeAdapter(BatchIds[str]).validate_python(["b", "a", "b"])
    assert ids == ["b", "a"]


@pytest.mark.parametrize("size", [0, MAX_BATCH_SIZE + 1])
def test_a_batch_has_bounds(size: int) -> None:
    with pytest.raises(ValidationError, match=r"at least 1|at most 100"):
        TypeAdapter(BatchIds[int]).validate_python(list(range(size)))
    assert len(TypeAdapter(BatchIds[int]).validate_python(list(range(MAX_BATCH_SIZE)))) == 100


async def test_the_envelopes_read_plain_objects(serve: Serve) -> None:
    router = APIRouter()

    class Ids(RequestModel):
        names: BatchIds[str]

    @router.get("/one", response_model=Envelope[ThingOut])
    async def read_one() -> DataResponse[Thing]:
        return DataResponse(THINGS["a"])

    @router.get("/page", response_model=PageEnvelope[ThingOut])
    async def read_page() -> Page[Thing]:
        return Page([THINGS["a"]], PageMeta(limit=1, next_cursor="more"))

    @router.post("/batch", response_model=BatchEnvelope[ThingOut])
    async def read_batch(ids: Ids) -> Batch[Thing]:
        return match_batch(ids.names, THINGS, missing=ThingMissing())

    client = serve(router)
    assert (await client.get("/one")).json() == {"data": {"name": "a"}}
    assert (await client.get("/page")).json() == {
        "data": [{"name": "a"}],
        "meta": {"limit": 1, "next_cursor": "more"},
    }
    assert (await client.post("/batch", json={"names": ["a", "x", "a"]})).json() == {
        "data": {
            "succeeded": [{"name": "a"}],
            "failed": [{"id": "x", "code": "thing_missing", "message": "No thing has this name."}],
        },
        "meta": {"succeeded": 1, "failed": 1},
    }
