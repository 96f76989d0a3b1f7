"""The running service excludes only its startup objects from garbage collection."""

import gc
import weakref

from fastapi import FastAPI

from app.core.garbage_collection import GENERATION_0_THRESHOLD, tuned_garbage_collection
from app.main import create_app
from app.settings import Settings


class Node:
    """An object that refers to itself, so that only a collection frees it."""

    def __init__(self) -> None:
        self.itself = self


def looked_at(something: object) -> bool:
    return any(one is something for one in gc.get_objects())


async def test_a_service_that_runs_has_put_its_start_aside(settings: Settings) -> None:
    threshold = gc.get_threshold()
    app: FastAPI = create_app(settings)
    async with app.router.lifespan_context(app):
        assert not looked_at(app.__dict__)
        assert gc.get_threshold() == (GENERATION_0_THRESHOLD, *threshold[1:])
    assert looked_at(app.__dict__)
    assert gc.get_threshold() == threshold


def test_cycles_that_a_running_service_makes_are_freed_without_being_asked_for() -> None:
    with tuned_garbage_collection():
        first = weakref.ref(Node())
        kept = [Node() for _ in range(GENERATION_0_THRESHOLD + 1)]
        assert first() is None
        assert len(kept) > GENERATION_0_THRESHOLD
