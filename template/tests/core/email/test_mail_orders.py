import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.email.backends import Message
from app.core.mail_orders import find_writer, order_mail, orders_taken_by, written_by

ADA = "ada@example.com"


async def test_an_order_goes_to_whoever_took_orders_last(session: AsyncSession) -> None:
    taken: list[tuple[str, str]] = []

    async def take(_session: AsyncSession, writer: str, to: str) -> bool:
        taken.append((writer, to))
        return True

    async def refuse(_session: AsyncSession, _writer: str, _to: str) -> bool:
        return False

    with orders_taken_by(refuse):
        assert not await order_mail(session, writer="one", to=ADA)
        with orders_taken_by(take):
            assert await order_mail(session, writer="one", to=ADA)
    assert taken == [("one", ADA)]


async def test_a_writer_is_found_by_its_name_while_its_module_is_open(
    session: AsyncSession,
) -> None:
    async def write(_session: AsyncSession, to: str) -> Message:
        return Message(to=to, subject="a", text="b")

    with written_by("one", write):
        message = await find_writer("one")(session, ADA)
    assert message
    assert message.to == ADA
    with pytest.raises(KeyError):
        find_writer("one")
