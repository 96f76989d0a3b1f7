"""Pairing a kiosk: its owner gets a PIN, and types it at the kiosk."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from string import digits
from uuid import UUID

import structlog
from pydantic import SecretStr
from sqlalchemy import select, update

from app.accounts.owned import OwnerSession
from app.accounts.passwords import PasswordHasher
from app.core.db import release_connection
from app.core.guards import RateLimit
from app.core.services import get
from app.features.kiosk_terminals.errors import KioskNotFound, KioskPaired, PinRefused
from app.features.kiosk_terminals.models import Kiosk
from app.features.kiosk_terminals.settings import KioskSettings

PIN_TRIES = RateLimit("5/hour", name="kiosk_pin_tries")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class KioskPin:
    """A new PIN, which the owner sees once."""

    kiosk_id: UUID
    pin: str
    ends_at: datetime


def draw_pin(length: int) -> str:
    """Return a PIN of random digits."""
    return "".join(secrets.choice(digits) for _ in range(length))


async def create_pin(session: OwnerSession, kiosk_id: UUID) -> KioskPin:
    """Replace the PIN of a kiosk that is not paired; the hash is made before the statement.

    Raises:
        KioskPaired: The kiosk is paired.
        KioskNotFound: The user has no such kiosk.
        PasswordQueueFull: Too many PINs and passwords wait to be hashed.
    """
    settings = get(KioskSettings)
    pin = draw_pin(settings.kiosk_pin_digits)
    pin_hash = await get(PasswordHasher).hash(SecretStr(pin))
    ends_at = datetime.now(UTC) + timedelta(minutes=settings.kiosk_pin_minutes)
    changed = (
        update(Kiosk)
        .where(Kiosk.id == kiosk_id, Kiosk.paired_at.is_(None))
        .values(pin_hash=pin_hash, pin_ends_at=ends_at)
        .returning(Kiosk.id)
    )
    if await session.scalar(changed) is None:
        await _find(session, kiosk_id)
        raise KioskPaired
    log.info("kiosk_pin_created", kiosk_id=str(kiosk_id), length=len(pin))
    return KioskPin(kiosk_id, pin, ends_at)


async def pair(session: OwnerSession, kiosk_id: UUID, pin: SecretStr) -> Kiosk:
    """Pair a kiosk by its PIN. A try is counted apart from the transaction, which may end here.

    Raises:
        KioskNotFound: The user has no such kiosk.
        PasswordQueueFull: Too many PINs and passwords wait to be checked.
        PinRefused: The PIN is wrong, expired or used.
        RateLimited: The PINs of the kiosk were tried too often.
    """
    kiosk = await _find(session, kiosk_id)
    await release_connection(session)
    await PIN_TRIES.count(str(kiosk_id))
    is_right, _ = await get(PasswordHasher).verify(pin, kiosk.pin_hash)
    if not is_right:
        raise PinRefused
    # The hash is part of the condition: of two requests with one PIN, and of a request that meets
    # a new PIN, only one that finds the row as it was can pair it.
    paired = (
        update(Kiosk)
        .where(
            Kiosk.id == kiosk_id,
            Kiosk.pin_hash == kiosk.pin_hash,
            Kiosk.pin_ends_at > datetime.now(UTC),
        )
        .values({"pin_hash": None, "paired_at": datetime.now(UTC)})
        .returning(Kiosk)
    )
    changed: Kiosk | None = await session.scalar(paired)
    if changed is None:
        raise PinRefused
    return changed


async def _find(session: OwnerSession, kiosk_id: UUID) -> Kiosk:
    kiosk: Kiosk | None = await session.scalar(select(Kiosk).where(Kiosk.id == kiosk_id))
    if kiosk is None:
        raise KioskNotFound
    return kiosk
