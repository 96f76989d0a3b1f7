"""The registry of open services: clients, backends and settings, by their type.

    async with HttpClient("weather", base_url=settings.weather_url) as client:
        with provide(WeatherClient, WeatherClient(client)):  # in a module's `open`
            yield

    weather = get(WeatherClient)  # in a request, a job, a command or a test

The instance provided last wins: a module replaces a default (such as the backend of rate limits),
and a test replaces what the app has opened.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

T = TypeVar("T")

_instances: dict[type[Any], list[Any]] = {}


class ServiceNotProvided(LookupError):
    """Nothing of this type is open: the app or the module that provides it has not started."""


@contextmanager
def provide(kind: type[T], instance: T) -> Iterator[T]:
    """Register an instance for the duration of a block.

    Args:
        kind: The type to look it up by, such as a protocol.
        instance: The instance to return for that type.

    Yields:
        The instance.
    """
    stack = _instances.setdefault(kind, [])
    stack.append(instance)
    try:
        yield instance
    finally:
        # Blocks may end in any order: remove this very instance, the newest first.
        index = next(i for i in reversed(range(len(stack))) if stack[i] is instance)
        del stack[index]


def get(kind: type[T]) -> T:
    """Return the instance of a type that was provided last.

    Raises:
        ServiceNotProvided: Nothing of this type is open.
    """
    stack = _instances.get(kind)
    if not stack:
        message = f"no {kind.__name__} is open: start the app, or provide one"
        raise ServiceNotProvided(message)
    return cast("T", stack[-1])


def find(kind: type[T]) -> T | None:
    """Return the instance of a type that was provided last, or `None`."""
    stack = _instances.get(kind)
    return cast("T", stack[-1]) if stack else None
