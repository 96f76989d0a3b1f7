"""The least with the size of the service: its libraries, and as many models, tables and routes.

It is the app of `tutorial.py`, which serves its row, and has no other behaviour. `SHAPE` is the
JSON that `shape.py` prints for the service.
"""

import json
import os
from importlib import import_module
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, create_model
from sqlalchemy.orm import Mapped, mapped_column
from tutorial import Base, app

SHAPE: dict[str, Any] = json.loads(os.environ["SHAPE"])


def make_model(number: int, fields: int) -> type[BaseModel]:
    """Return a model with fields of text."""
    texts: dict[str, Any] = {f"field_{index}": (str, ...) for index in range(fields)}
    return create_model(f"Model{number}", **texts)


def make_table(number: int, columns: int) -> type[Base]:
    """Return a mapped class with columns of text; the first is the primary key."""
    names = [f"column_{index}" for index in range(columns)]
    mapped = {name: mapped_column(primary_key=name == names[0]) for name in names}
    annotations = dict.fromkeys(names, Mapped[str])
    attributes = {"__tablename__": f"table_{number}", "__annotations__": annotations, **mapped}
    return type(f"Table{number}", (Base,), attributes)


def add_route(router: APIRouter, number: int, model: type[BaseModel]) -> None:
    """Add a route that takes nothing."""

    @router.get(f"/routes/{number}", response_model=model)
    async def respond() -> None:
        """Respond with nothing."""


for module in SHAPE["modules"]:
    import_module(module)
models = [make_model(number, fields) for number, fields in enumerate(SHAPE["models"])]
tables = [make_table(number, columns) for number, columns in enumerate(SHAPE["tables"])]
routes = APIRouter()
for position in range(SHAPE["routes"]):
    add_route(routes, position, models[position % len(models)])
app.include_router(routes)
