"""Password hashing with Argon2id, in threads of its own since each hash is slow on purpose."""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
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
        self._free = asyncio.Semaphore(settings.password_threads)
        self._settings = settings
        self._pending = 0

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
            queue_share: The share of the queue that may be occupied by others, from 0 to 1.

        Returns:
            Whether it matches, and a new hash if the stored one was made with other settings.

        Raises:
            PasswordQueueFull: The queue is full, or the password waited too long.
        """
        stored = known or self._dummy_hash
        return await self._run(
            lambda: self._verify(_normalize(password), stored), queue_share=queue_share
        )

    def close(self) -> None:
        """Stop the threads; hashes that have not begun are cancelled."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, known: str) -> tuple[bool, str | None]:
        if not self._hasher.verify(password, known):
            return False, None
        outdated = self._hasher.check_needs_rehash(known)
        return True, self._hasher.hash(password) if outdated else None

    async def _run(self, work: Callable[[], R], *, queue_share: float = 1) -> R:
        settings = self._settings
        if self._pending >= settings.password_threads + int(settings.password_queue * queue_share):
            raise PasswordQueueFull
        self._pending += 1
        try:
            async with asyncio.timeout(settings.password_wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise PasswordQueueFull from None
        else:
            return await asyncio.wrap_future(self._submit(work))
        finally:
            self._pending -= 1

    def _submit(self, work: Callable[[], R]) -> Future[R]:
        """Start the work in a thread, which counts as free again when the work ends."""
        loop = asyncio.get_running_loop()

        def release(_: object) -> None:
            with suppress(RuntimeError):  # the loop is closed: the process stops
                loop.call_soon_threadsafe(self._free.release)

        running = self._threads.submit(work)
        running.add_done_callback(release)
        return running


def _normalize(password: SecretStr) -> str:
    """Return the same text for passwords that look the same, whichever keyboard typed them."""
    return normalize("NFKC", password.get_secret_value())


def _random_base64(length: int) -> str:
    return b64encode(token_bytes(length)).decode().rstrip("=")
