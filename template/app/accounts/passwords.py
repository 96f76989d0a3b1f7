"""Password hashing with Argon2id, in threads of its own since each hash is slow on purpose."""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
        self._capacity = settings.password_threads + settings.password_queue
        self._pending = 0

    async def hash(self, password: SecretStr) -> str:
        """Return the hash of a password.

        Raises:
            PasswordQueueFull: The queue is full.
        """
        return await self._run(lambda: self._hasher.hash(_normalize(password)))

    async def verify(self, password: SecretStr, known: str | None) -> tuple[bool, str | None]:
        """Verify a password.

        Args:
            password: The password as typed.
            known: The stored hash. `None`, for an account that does not exist, takes as long.

        Returns:
            Whether it matches, and a new hash if the stored one was made with other settings.

        Raises:
            PasswordQueueFull: The queue is full.
        """
        stored = known or self._dummy_hash
        return await self._run(lambda: self._verify(_normalize(password), stored))

    def close(self) -> None:
        """Stop the threads; hashes that have not begun are cancelled."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, known: str) -> tuple[bool, str | None]:
        if not self._hasher.verify(password, known):
            return False, None
        outdated = self._hasher.check_needs_rehash(known)
        return True, self._hasher.hash(password) if outdated else None

    async def _run(self, work: Callable[[], R]) -> R:
        if self._pending >= self._capacity:
            raise PasswordQueueFull
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._pending -= 1


def _normalize(password: SecretStr) -> str:
    """Return the same text for passwords that look the same, whichever keyboard typed them."""
    return normalize("NFKC", password.get_secret_value())


def _random_base64(length: int) -> str:
    return b64encode(token_bytes(length)).decode().rstrip("=")
