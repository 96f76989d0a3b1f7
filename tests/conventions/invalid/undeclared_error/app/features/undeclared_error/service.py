"""What the routes do."""

from app.core.errors import Conflict, NotFound


class GreetingMissing(NotFound):
    """There is no greeting."""

    code = "greeting_missing"


class GreetingBusy(Conflict):
    """It is being said."""

    code = "greeting_busy"


async def find_greeting(name: str) -> str:
    """Return how to greet somebody.

    Raises:
        GreetingMissing: Nobody knows.
    """
    if name == "nobody":
        raise GreetingMissing
    return f"Hello, {name}"
