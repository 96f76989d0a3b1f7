"""The service with a route that counts its asyncio tasks: `python soak_app.py`."""

import asyncio
import gc

from fastapi import FastAPI

from app import main
from app.core.api import API_V1, Router
from app.core.module import Module
from app.core.server.settings import ServerSettings
from app.features import FEATURES
from app.server import make_config, serve

router = Router(prefix=f"{API_V1}/soak", tags=["soak"])


@router.get("/tasks")
async def count_tasks() -> int:
    """Return the number of tasks, after a collection of garbage."""
    gc.collect()
    return len(asyncio.all_tasks())


def create_app() -> FastAPI:
    """Return the service with the route."""
    main.FEATURES = (*FEATURES, Module(name="soak", router=router))
    return main.create_app()


if __name__ == "__main__":
    serve(make_config(ServerSettings(), app="soak_app:create_app"))
