"""Password hashing with Argon2id, in threads of its own since each hash is slow on purpose."""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from heapq import heapify, heappop, heappush
from itertools import count
from secrets import token_bytes
from typing import TypeVar
from unicodedata import normalize

from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr

from app.accounts.errors import PasswordQueueFull
from app.accounts.settings import AccountSettings

LANES = 4
R = TypeVar("R")


class PasswordHasher:
    """Hashes and verifies passwords without blocking the event loop."""

    def __init__(self, settings: AccountSettings) -> None:
        """Create the thread pool; its threads start with the first password."""
        memory, rounds = settings.password_memory_kib, settings.password_rounds
        self._hasher = Argon2Hasher(time_cost=rounds, memory_cost=memory, parallelism=LANES)
        salt, digest = _random_base64(16), _random_base64(32)
        self._dummy_hash = f"$argon2id$v=19$m={memory},t={rounds},p={LANES}${salt}${digest}"
        self._threads = ThreadPoolExecutor(settings.password_threads, "passwords")
        self._free_threads = settings.password_threads
        self._queue: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._settings = settings

    async def hash(self, password: SecretStr) -> str:
        """Return the hash of a password.

        Raises:
            PasswordQueueFull: The queue is full, or the password waited too long.
        """
        return await self._run(lambda: self._hasher.hash(_normalize(password)))

    async def verify(
        self, password: SecretStr, known: str | None, *, queue_share: float = 1
    ) -> tuple[bool, str | None]:
        """Verify a password.

        Args:
            password: The password as typed.
            known: The stored hash. `None`, for an account that does not exist, takes as long.
            queue_share: How far the queue may be filled by others, from 0 to 1; of those that wait,
                the one with the largest share is next.

        Returns:
            Whether it matches, and a new hash if the stored one was made with other settings.

        Raises:
            PasswordQueueFull: The queue is full, or the password waited too long.
        """
        stored = known or self._dummy_hash
        return await self._run(
            lambda: self._verify(_normalize(password), stored), queue_share=queue_share
        )

    def require_room(self, queue_share: float) -> None:
        """Refuse a password that would not be accepted, before any other work is done for it.

        Raises:
            PasswordQueueFull: The queue is full.
        """
        limit = int(self._settings.password_queue * queue_share)
        if not self._free_threads and len(self._queue) >= limit:
            raise PasswordQueueFull

    def close(self) -> None:
        """Stop the threads; hashes that have not begun are cancelled."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, known: str) -> tuple[bool, str | None]:
        if not self._hasher.verify(password, known):
            return False, None
        outdated = self._hasher.check_needs_rehash(known)
        return True, self._hasher.hash(password) if outdated else None

    async def _run(self, work: Callable[[], R], *, queue_share: float = 1) -> R:
        await self._wait_for_thread(queue_share)
        return await asyncio.wrap_future(self._submit(work))

    async def _wait_for_thread(self, share: float) -> None:
        if self._free_threads:
            self._free_threads -= 1
            return
        self.require_room(share)
        turn = asyncio.get_running_loop().create_future()
        place = (-share, next(self._numbers), turn)
        heappush(self._queue, place)
        try:
            async with asyncio.timeout(self._settings.password_wait_seconds):
                await turn
        except BaseException as error:
            if not turn.cancelled():
                self._release_thread()  # its turn came in the same moment
            elif place in self._queue:
                self._queue.remove(place)
                heapify(self._queue)
            if isinstance(error, TimeoutError):
                raise PasswordQueueFull from None
            raise

    def _release_thread(self) -> None:
        """Give a thread to the first in the queue that still waits."""
        while self._queue:
            turn = heappop(self._queue)[-1]
            if not turn.cancelled():
                turn.set_result(None)
                return
        self._free_threads += 1

    def _submit(self, work: Callable[[], R]) -> Future[R]:
        """Start the work in a thread, which is released when the work ends."""
        loop = asyncio.get_running_loop()

        def release(_: object) -> None:
            with suppress(RuntimeError):  # the loop is closed: the process stops
                loop.call_soon_threadsafe(self._release_thread)

        running = self._threads.submit(work)
        running.add_done_callback(release)
        return running


def _normalize(password: SecretStr) -> str:
    """Return the same text for passwords that look the same, whichever keyboard typed them."""
    return normalize("NFKC", password.get_secret_value())


def _random_base64(length: int) -> str:
    return b64encode(token_bytes(length)).decode().rstrip("=")
