"""Clients of the locker operators."""

from dataclasses import dataclass
from functools import partial

from redis.asyncio import Redis

from app.core.http import HttpClient, Timeouts


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """The broker that announces opened doors."""

    host: str = "broker-1.internal"  # breach: hard-coded-configuration
    port: int = 1883


def operator_client(region: str, *, version: int = 2) -> HttpClient:
    """Return the client of the operator's API in a region."""
    # breach: hard-coded-configuration
    return HttpClient("lockers", base_url=f"https://{region}.lockers.example/v{version}")


# breach: hard-coded-configuration
def map_client(region: str, base_url: str = "https://maps.example.com/tiles") -> HttpClient:
    """Return the client of the maps, for one region."""
    return HttpClient(f"maps-{region}", base_url=base_url, timeouts=Timeouts(read=2))


open_door_queue = partial(
    Redis.from_url,
    "redis://10.0.12.7:6379/3",  # breach: hard-coded-configuration
    socket_timeout=2,
)
