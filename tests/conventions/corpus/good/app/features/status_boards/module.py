"""The module of the board."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from app.core.module import Module
from app.core.services import get, provide
from app.features.status_boards.checks import Board, open_clients
from app.features.status_boards.router import router
from app.features.status_boards.settings import BoardSettings


@asynccontextmanager
async def open_board(_app: FastAPI) -> AsyncIterator[None]:
    """Provide the board while the service runs."""
    async with AsyncExitStack() as stack:
        clients = await open_clients(stack, get(BoardSettings))
        with provide(Board, Board(clients)):
            yield


module = Module(name="status_boards", router=router, open=open_board, settings=BoardSettings)
