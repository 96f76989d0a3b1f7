from datetime import date

import pytest
from fastapi import APIRouter, Depends

from app.core.api import Sunset
from app.core.errors import NotFound
from tests.core.conftest import Serve

OLD = Sunset(deprecated=date(2027, 1, 31), removed=date(2027, 7, 31))


def old_router() -> APIRouter:
    router = APIRouter()

    @router.get("/old", deprecated=True, dependencies=[Depends(OLD)])
    async def read_old() -> str:
        return "still here"

    @router.get("/old-failing", deprecated=True, dependencies=[Depends(OLD)])
    async def fail_old() -> str:
        raise NotFound

    return router


@pytest.mark.parametrize("path", ["/old", "/old-failing"])
async def test_a_route_that_will_go_says_so_in_every_answer(serve: Serve, path: str) -> None:
    answer = await serve(old_router()).get(path)
    assert answer.headers["deprecation"] == "@1801353600"
    assert answer.headers["sunset"] == "Sat, 31 Jul 2027 00:00:00 GMT"


def test_a_route_removed_before_it_is_deprecated_is_refused() -> None:
    with pytest.raises(ValueError, match="is before deprecated"):
        Sunset(deprecated=date(2027, 7, 31), removed=date(2027, 1, 31))
