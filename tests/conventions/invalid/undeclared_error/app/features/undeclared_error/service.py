"""The service functions of the routes."""

from app.core.errors import Conflict, NotFound


class GreetingMissing(NotFound):
    """There is no greeting."""

    code = "greeting_missing"


class GreetingBusy(Conflict):
    """It is being said."""

    code = "greeting_busy"


async def find_greeting(name: str) -> str:
    """Return the greeting of a user.

    Raises:
        GreetingMissing: There is none.
    """
    if name == "unknown":
        raise GreetingMissing
    return f"Hello, {name}"
