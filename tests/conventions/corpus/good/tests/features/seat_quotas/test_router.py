from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.features.seat_quotas.counting import QuotaExhausted, counted_use, give_back, use_quota
from app.features.seat_quotas.models import Quota
from tests.conftest import ClientFor

USAGE = "/api/v1/quota-usage"


async def user_id_of(session: AsyncSession, email: str) -> UUID:
    return (await session.scalars(select(User.id).where(User.email == email))).one()


async def test_a_use_is_counted_up_to_the_limit(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    user_id = await user_id_of(session, "ada@example.com")
    used = [await use_quota(session, user_id, Quota.SEATS, plan="free") for _ in range(3)]
    assert used == [1, 2, 3]
    with pytest.raises(QuotaExhausted):
        await use_quota(session, user_id, Quota.SEATS, plan="free")
    await give_back(session, user_id, Quota.SEATS, amount=5)
    await use_quota(session, user_id, Quota.EXPORTS, plan="team", amount=7)
    await session.commit()
    read = (await ada.get(USAGE)).json()["data"]
    assert read["used"] == {"seats": 0, "exports": 7}


async def test_a_block_that_fails_is_not_counted(
    client_for: ClientFor, session: AsyncSession
) -> None:
    await client_for("ada@example.com")
    user_id = await user_id_of(session, "ada@example.com")
    with pytest.raises(ZeroDivisionError):
        async with counted_use(session, user_id, Quota.SEATS, plan="free"):
            raise ZeroDivisionError
    assert await use_quota(session, user_id, Quota.SEATS, plan="free") == 1
