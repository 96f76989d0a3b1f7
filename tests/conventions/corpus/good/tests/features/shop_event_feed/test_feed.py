from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.core.services import provide
from app.features.shop_event_feed.feed import QUEUE_SIZE, Feed, FeedEvent
from app.features.shop_event_feed.models import ShopEvent
from tests.conftest import ClientFor

EVENTS, DUMP = "/api/v1/shop-events", "/api/v1/shop-event-dump"


async def store_events(session: AsyncSession, *kinds: str) -> UUID:
    owner_id = (await session.scalars(select(User.id))).one()
    for kind in kinds:
        session.add(ShopEvent(owner_id=owner_id, shop_id=uuid4(), kind=kind, details={}))
        await session.flush()
    await session.commit()
    return owner_id


async def test_stored_events_come_before_new_ones(
    client_for: ClientFor, session: AsyncSession
) -> None:
    await client_for("ada@example.com")
    owner_id = await store_events(session, "opened", "closed")
    feed = Feed()
    stream = feed.stream(owner_id, after=0)
    first, second = [await anext(stream) for _ in range(2)]
    assert b"opened" in first
    assert b"closed" in second
    feed.publish(owner_id, FeedEvent(10**6, "sold", {}))
    assert b"sold" in await anext(stream)


async def test_a_slow_subscriber_is_ended() -> None:
    feed, owner_id = Feed(), uuid4()
    with feed.subscribed(owner_id) as queue:
        for number in range(QUEUE_SIZE + 1):
            feed.publish(owner_id, FeedEvent(number, "sold", {}))
        received = [queue.get_nowait() for _ in range(queue.qsize())]
    assert received[-1] is None


async def test_a_full_feed_takes_no_more(client_for: ClientFor) -> None:
    class FullFeed(Feed):
        is_full = True

    ada = await client_for("ada@example.com")
    with provide(Feed, FullFeed()):
        assert (await ada.get(EVENTS)).status_code == 503


async def test_the_dump_has_the_kinds(client_for: ClientFor, session: AsyncSession) -> None:
    ada = await client_for("ada@example.com")
    await store_events(session, "opened", "closed")
    dump = await ada.get(DUMP)
    assert dump.text.split() == ["opened", "closed"]
    assert "sunset" in dump.headers
