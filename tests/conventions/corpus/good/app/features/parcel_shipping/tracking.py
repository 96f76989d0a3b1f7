"""Registry of the carriers' events, by name: a decorator that looks like that of a router."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

Handler = TypeVar("Handler", bound=Callable[["ParcelState", datetime], "ParcelState"])


@dataclass(frozen=True, slots=True)
class ParcelState:
    """The place of a parcel, and the time since which it is there."""

    place: str
    since: datetime

    def held_for(self, now: datetime) -> float:
        """Return the hours for which the parcel has been at its place."""
        return (now - self.since).total_seconds() / 3600


@dataclass
class EventHandlers:
    """The functions that apply an event to the state of a parcel."""

    handlers: dict[str, Callable[[ParcelState, datetime], ParcelState]] = field(
        default_factory=dict
    )

    def post(self, event: str) -> Callable[[Handler], Handler]:
        """Register the function of an event, such as `@events.post("picked_up")`."""

        def register(handler: Handler) -> Handler:
            self.handlers[event] = handler
            return handler

        return register

    def apply(self, event: str, state: ParcelState, at: datetime) -> ParcelState:
        """Return the state after an event; an unknown event changes nothing."""
        handler = self.handlers.get(event)
        return handler(state, at) if handler and at >= state.since else state


events = EventHandlers()


@events.post("picked_up")
def pick_up(_state: ParcelState, at: datetime) -> ParcelState:
    """Move a parcel into the van."""
    return ParcelState("van", at)


@events.post("delivered")
def deliver(_state: ParcelState, at: datetime) -> ParcelState:
    """Move a parcel to its recipient."""
    return ParcelState("recipient", at)


@events.post("returned")
def bring_back(state: ParcelState, at: datetime) -> ParcelState:
    """Move a parcel back, unless it was never sent."""
    return state if state.place == "sender" else ParcelState("sender", at)
