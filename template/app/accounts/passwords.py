"""Hashing passwords with Argon2id, in a few threads of their own: each hash is slow on purpose."""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from secrets import token_bytes
from typing import Annotated, TypeVar, cast
from unicodedata import normalize

from fastapi import Depends, Request
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr

from app.accounts.errors import PasswordHashingBusy
from app.accounts.settings import AccountSettings

LANES = 4
R = TypeVar("R")


class PasswordHasher:
    """Hashes and checks passwords without holding up the event loop."""

    def __init__(self, settings: AccountSettings) -> None:
        """Prepare the threads; they start with the first password."""
        memory, rounds = settings.password_memory_kib, settings.password_rounds
        self._hasher = Argon2Hasher(time_cost=rounds, memory_cost=memory, parallelism=LANES)
        self._nobodys_hash = (
            f"$argon2id$v=19$m={memory},t={rounds},p={LANES}${_random(16)}${_random(32)}"
        )
        self._threads = ThreadPoolExecutor(settings.password_threads, "passwords")
        self._most_at_once = settings.password_threads + settings.password_queue
        self._at_once = 0

    async def hash(self, password: SecretStr) -> str:
        """Return the hash of a password.

        Raises:
            PasswordHashingBusy: Too many others wait.
        """
        return await self._run(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, password: SecretStr, known: str | None) -> tuple[bool, str | None]:
        """Check a password.

        Args:
            password: As it was typed.
            known: The hash of the right one. `None`, for an account that does not exist, takes
                as long as any other.

        Returns:
            Whether it is right, and a new hash if the old one was made with other settings.

        Raises:
            PasswordHashingBusy: Too many others wait.
        """
        return await self._run(lambda: self._verify(_normal(password), known or self._nobodys_hash))

    def close(self) -> None:
        """End the threads; what has not begun is dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, known: str) -> tuple[bool, str | None]:
        if not self._hasher.verify(password, known):
            return False, None
        outdated = self._hasher.check_needs_rehash(known)
        return True, self._hasher.hash(password) if outdated else None

    async def _run(self, work: Callable[[], R]) -> R:
        if self._at_once >= self._most_at_once:
            raise PasswordHashingBusy
        self._at_once += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._at_once -= 1


def _normal(password: SecretStr) -> str:
    """Return the same text for what looks the same, whichever keyboard typed it."""
    return normalize("NFKC", password.get_secret_value())


def _random(length: int) -> str:
    return b64encode(token_bytes(length)).decode().rstrip("=")


async def get_passwords(request: Request) -> PasswordHasher:
    """Return the hasher of this service."""
    return cast("PasswordHasher", request.app.state.passwords)


Passwords = Annotated[PasswordHasher, Depends(get_passwords)]
