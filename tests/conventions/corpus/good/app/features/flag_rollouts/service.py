"""Services of flags."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import ExpectedVersions, Page, paginate
from app.core.cache import Cache
from app.core.errors import PreconditionFailed
from app.features.flag_rollouts.errors import FlagExists, FlagNotFound
from app.features.flag_rollouts.models import FeatureFlag, FlagOverride
from app.features.flag_rollouts.schemas import FlagIn, FlagPatch, FlagQuery, OverrideIn

MAX_FLAGS = 500
ALL = "all"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OwnFlags:
    """The names of the flags that are on for a user."""

    active: list[str]


# The same for all users and small, so one value a minute serves every request.
PERCENTAGES = Cache("flag_percentages", dict[str, int], ttl=60)


async def list_flags(session: AsyncSession, query: FlagQuery) -> Page[FeatureFlag]:
    """Return one page of the flags."""
    return await paginate(session, select(FeatureFlag), query)


async def create_flag(session: AsyncSession, new: FlagIn) -> FeatureFlag:
    """Store a flag.

    Raises:
        FlagExists: The name is taken.
    """
    statement = insert(FeatureFlag).values(new.model_dump()).on_conflict_do_nothing()
    flag: FeatureFlag | None = await session.scalar(statement.returning(FeatureFlag))
    if flag is None:
        raise FlagExists
    return flag


async def change_flag(
    session: AsyncSession, name: str, patch: FlagPatch, *, expected: ExpectedVersions
) -> FeatureFlag:
    """Change the given fields of a flag, and say in the log which of them are different now.

    Raises:
        FlagNotFound: No flag has this name.
        PreconditionFailed: The flag has another version.
    """
    flag = (
        await session.scalars(select(FeatureFlag).where(FeatureFlag.name == name).with_for_update())
    ).one_or_none()
    if flag is None:
        raise FlagNotFound
    if expected.numbers is not None and flag.version not in expected.numbers:
        raise PreconditionFailed
    # The model has two fields, and neither is the key or the version.
    for field in ("percent", "note"):
        if field in patch.model_fields_set and getattr(flag, field) != getattr(patch, field):
            log.info("flag_changed", flag=name, field=field)
            setattr(flag, field, getattr(patch, field))
    flag.version += 1
    await session.flush()
    return flag


async def fix_for_user(session: AsyncSession, name: str, override: OverrideIn) -> None:
    """Fix a flag for one user, in place of an earlier decision.

    Raises:
        FlagNotFound: No flag has this name.
    """
    flag_id = await session.scalar(select(FeatureFlag.id).where(FeatureFlag.name == name))
    if flag_id is None:
        raise FlagNotFound
    statement = insert(FlagOverride).values(flag_id=flag_id, **override.model_dump())
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["flag_id", "user_id"], set_={"is_on": statement.excluded.is_on}
        )
    )


async def flags_of(session: AsyncSession, user_id: UUID) -> OwnFlags:
    """Return the flags that are on for a user, in two statements at most."""
    percentages = await PERCENTAGES.get(ALL, lambda: _read_percentages(session))
    overrides = await _overrides_of(session, user_id)
    return OwnFlags(sorted(_active(percentages, overrides, user_id)))


def _active(
    percentages: Mapping[str, int], overrides: Mapping[str, bool], user_id: UUID
) -> Iterable[str]:
    for name, percent in percentages.items():
        if overrides.get(name, _bucket(name, user_id) < percent):
            yield name


def _bucket(name: str, user_id: UUID) -> int:
    """Return a number from 0 to 99 that stays the same for a user and a flag."""
    # A user must not be among the first of every rollout, so the name is a part of the hash.
    return int.from_bytes(sha256(f"{name}:{user_id}".encode()).digest()[:4]) % 100


async def _read_percentages(session: AsyncSession) -> dict[str, int]:
    statement = select(FeatureFlag.name, FeatureFlag.percent).limit(MAX_FLAGS)
    rows = await session.execute(statement)
    return {row.name: row.percent for row in rows}


async def _overrides_of(session: AsyncSession, user_id: UUID) -> dict[str, bool]:
    statement = (
        select(FeatureFlag.name, FlagOverride.is_on)
        .join(FlagOverride, FlagOverride.flag_id == FeatureFlag.id)
        .where(FlagOverride.user_id == user_id)
    )
    return {row.name: row.is_on for row in await session.execute(statement)}
