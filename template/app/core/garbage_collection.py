"""How often Python looks for garbage while the service runs."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

ALLOCATIONS_BEFORE_A_LOOK = 10_000
"""How many more containers are made than freed before the youngest are looked at; 700 by default.

A read from the database makes hundreds. What cycles of them hold is kept for a few requests longer.
"""


@contextmanager
def tuned_garbage_collection() -> Iterator[None]:
    """Leave what the imports made out of every collection, and collect less often.

    Nearly all that exists when a service has started stays until it ends, and a full collection
    would look at all of it, over a hundred thousand objects, again and again between requests.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BEFORE_A_LOOK, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
