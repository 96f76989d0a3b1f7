"""The running service excludes only its startup objects from garbage collection."""

import gc
import weakref

from fastapi import FastAPI

from app import GENERATION_0_THRESHOLD
from app.core.garbage_collection import tuned_garbage_collection
from app.main import create_app
from app.settings import Settings


class Node:
    """An object that refers to itself, so that only a collection frees it."""

    def __init__(self) -> None:
        self.itself = self


def looked_at(something: object) -> bool:
    return any(one is something for one in gc.get_objects())


async def test_a_service_that_runs_has_put_its_start_aside(settings: Settings) -> None:
    app: FastAPI = create_app(settings)
    async with app.router.lifespan_context(app):
        assert not looked_at(app.__dict__)
    assert looked_at(app.__dict__)


def test_every_program_of_the_service_collects_less_often_than_python_does() -> None:
    assert gc.get_threshold()[0] == GENERATION_0_THRESHOLD


def test_cycles_that_a_running_service_makes_are_freed_without_being_asked_for() -> None:
    with tuned_garbage_collection():
        first = weakref.ref(Node())
        kept = [Node() for _ in range(GENERATION_0_THRESHOLD + 1)]
        assert first() is None
        assert len(kept) > GENERATION_0_THRESHOLD
