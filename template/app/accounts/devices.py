"""The device that a request comes from, and the devices that a user is known to have."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import KnownDevice
from app.accounts.settings import AccountSettings
from app.core.services import get

MAX_USER_AGENT, MAX_ADDRESS = 200, 45
IPV4_NETWORK, IPV6_NETWORK = 24, 48
"""The bits that stay the same while a device changes its address at home or in a mobile network."""


@dataclass(frozen=True, slots=True)
class Device:
    """The device that a request comes from, as far as a request tells.

    Attributes:
        user_agent: Its browser or app, in its own words.
        address: Its IP address.
    """

    user_agent: str | None = None
    address: str | None = None

    def digest(self) -> bytes:
        """Return a hash of the network and the browser, whatever the version of the browser."""
        browser = re.sub(r"[\d._]+", "", self.user_agent or "")
        return sha256(f"{_network_of(self.address)}\n{browser}".encode()).digest()

    def describe_request(self) -> str:
        """Return the time and the address, by which the reader of a message tells requests apart.

        The user agent is left out: any text could be sent in it, and so to another user.
        """
        source = f" from {self.address}" if _network_of(self.address) else ""
        return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC{source}"


def get_device(request: Request) -> Device:
    """Return the device that a request comes from."""
    agent = request.headers.get("user-agent")
    return Device(
        user_agent=agent[:MAX_USER_AGENT] if agent else None,
        address=request.client.host[:MAX_ADDRESS] if request.client else None,
    )


CurrentDevice = Annotated[Device, Depends(get_device)]


async def remember_device(session: AsyncSession, user_id: UUID, device: Device) -> bool:
    """Store a device as known to its user, and forget those that were not used for long.

    Args:
        session: A transaction that has locked the user.
        user_id: The user.
        device: The device that the user logs in from.

    Returns:
        Whether the device is new, and not the user's first.
    """
    now, digest = datetime.now(UTC), device.digest()
    theirs = KnownDevice.user_id == user_id
    forgotten = KnownDevice.last_seen_at < now - get(AccountSettings).session_max
    await session.execute(delete(KnownDevice).where(theirs, forgotten))
    known = (await session.scalars(select(KnownDevice.digest).where(theirs))).all()
    await session.execute(
        insert(KnownDevice)
        .values(user_id=user_id, digest=digest, last_seen_at=now)
        .on_conflict_do_update(
            index_elements=[KnownDevice.user_id, KnownDevice.digest], set_={"last_seen_at": now}
        )
    )
    return bool(known) and digest not in known


def _network_of(address: str | None) -> str:
    """Return the network of an address, and nothing for text that is no address."""
    try:
        given = ip_address(address or "")
    except ValueError:
        return ""
    bits = IPV4_NETWORK if isinstance(given, IPv4Address) else IPV6_NETWORK
    return str(ip_network((given, bits), strict=False))
