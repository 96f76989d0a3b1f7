"""The service as a whole: its modules, its start and its stop."""

import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from threading import Thread

import httpx2
import pytest
from fastapi import APIRouter, FastAPI

from app import main
from app.core.db import session as main_database
from app.core.module import Module
from app.core.services import get
from app.main import create_app
from app.settings import Settings
from tests.serving import serving

Opener = Callable[[FastAPI], AbstractAsyncContextManager[object]]


def noting(name: str, events: list[str], *, failing: bool = False) -> Opener:
    @asynccontextmanager
    async def opened(_app: FastAPI) -> AsyncIterator[None]:
        assert get(Settings)
        if failing:
            raise ConnectionError(name)
        events.append(f"open {name}")
        try:
            yield
        finally:
            events.append(f"close {name}")

    return opened


@pytest.fixture
def factories_kept() -> Iterator[None]:
    """Bind the session factories as they were: an app that stops unbinds them."""
    factories = (main_database.AsyncSessionLocal, main_database.ReadSessionLocal)
    before = [dict(factory.kw) for factory in factories]
    yield
    for factory, options in zip(factories, before, strict=True):
        factory.kw = options


def use_modules(monkeypatch: pytest.MonkeyPatch, *modules: Module) -> None:
    monkeypatch.setattr(main, "MODULES", modules)
    monkeypatch.setattr(main, "FEATURES", ())


@pytest.mark.usefixtures("factories_kept")
async def test_modules_are_opened_in_order_and_closed_in_reverse(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    modules = [Module(name=name, open=noting(name, events)) for name in ("one", "two")]
    use_modules(monkeypatch, *modules, Module(name="bare"))
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        assert events == ["open one", "open two"]
    assert events[2:] == ["close two", "close one"]


@pytest.mark.usefixtures("factories_kept")
async def test_modules_are_closed_when_a_later_one_cannot_open(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    use_modules(
        monkeypatch,
        Module(name="one", open=noting("one", events)),
        Module(name="two", open=noting("two", events, failing=True)),
    )
    app = create_app(settings)
    before = main_database.AsyncSessionLocal.kw["bind"]
    with pytest.raises(ConnectionError, match="two"):
        async with app.router.lifespan_context(app):
            pass
    assert events == ["open one", "close one"]
    assert main_database.AsyncSessionLocal.kw["bind"] is before


@pytest.mark.usefixtures("database")
async def test_routers_and_pings_of_modules_are_served(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = APIRouter()

    @router.get("/hello")
    async def say_hello() -> str:
        return "hello"

    async def fail() -> None:
        raise ConnectionError

    use_modules(monkeypatch, Module(name="greetings", router=router, ping=fail))
    transport = httpx2.ASGITransport(create_app(settings))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/hello")).json() == "hello"
        ready = await client.get("/health/ready")
    assert ready.status_code == 503
    assert [part["field"] for part in ready.json()["error"]["details"]] == ["greetings"]


def test_two_endpoints_of_one_name_stop_the_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = APIRouter()

    @router.get("/live", name="read_liveness")
    async def say_hello() -> None:
        pass

    use_modules(monkeypatch, Module(name="greetings", router=router))
    with pytest.raises(ValueError, match="two endpoints are named 'read_liveness'"):
        create_app(settings)


SLOW_SERVICE = """
import asyncio
from app import main
def create_app():
    app = main.create_app()
    @app.get("/slow")
    async def read_slowly() -> str:
        print("in flight", flush=True)
        await asyncio.sleep(0.3)
        return "finished"
    return app
"""


def test_a_request_in_flight_is_finished_when_the_service_is_asked_to_stop(
    tmp_path: Path, settings: Settings
) -> None:
    answers: list[httpx2.Response] = []
    assert settings.database_url
    environment = {"DATABASE_URL": settings.database_url.get_secret_value()}

    with serving(SLOW_SERVICE, folder=tmp_path, environment=environment) as server:
        request = Thread(target=lambda: answers.append(ask(f"{server.address}/slow")))
        request.start()
        server.read_until("in flight")
        server.process.send_signal(signal.SIGTERM)
        request.join()
        server.read_until("Application shutdown complete")
        assert server.process.wait() in {0, -signal.SIGTERM}
    assert (answers[0].status_code, answers[0].json()) == (200, "finished")


def ask(address: str) -> httpx2.Response:
    return httpx2.get(address, timeout=60)
