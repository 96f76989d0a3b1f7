"""Ordering mail that is written later: after the commit, whatever becomes of this process.

    with written_by("invitation", write_invitation):  # while a module is open
        yield

    is_seen_to = await order_mail(session, writer="invitation", to=guest.email)

Use it where even the time that writing takes would tell something. By itself nobody takes orders,
and the caller writes and sends the message after the commit.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.email.backends import Message

Writer = Callable[[AsyncSession, str], Awaitable[Message | None]]
"""Returns what to mail to an address, or `None` if there is nothing to say."""

Taker = Callable[[AsyncSession, str, str], Awaitable[bool]]
"""Takes an order for a writer to write to an address, or returns `False`."""

_writers: list[tuple[str, Writer]] = []
_takers: list[Taker] = []


async def order_mail(session: AsyncSession, *, writer: str, to: str) -> bool:
    """Have a message written and sent after the commit, if anybody sees to that.

    Args:
        session: The transaction that it belongs to.
        writer: A name that was given to `written_by`.
        to: The address.

    Returns:
        Whether it is seen to; else the caller writes and sends it.
    """
    return await _takers[-1](session, writer, to) if _takers else False


def find_writer(name: str) -> Writer:
    """Return the writer of this name; it is a `KeyError` where there is none."""
    return dict(_writers)[name]


@contextmanager
def written_by(name: str, writer: Writer) -> Iterator[None]:
    """Name a writer of ordered mail inside the block."""
    _writers.append((name, writer))
    try:
        yield
    finally:
        _writers.remove((name, writer))


@contextmanager
def orders_taken_by(taker: Taker) -> Iterator[None]:
    """Let somebody take orders inside the block."""
    _takers.append(taker)
    try:
        yield
    finally:
        _takers.remove(taker)
