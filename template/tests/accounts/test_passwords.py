import asyncio
from time import perf_counter, sleep
from typing import Any

import pytest
from pydantic import SecretStr

from app.accounts.errors import PasswordQueueFull
from app.accounts.passwords import PasswordHasher
from app.accounts.settings import AccountSettings
from app.core.config import ConfigurationError, load_settings
from app.settings import Environment
from tests.conftest import FAST_PASSWORDS

PASSWORD = SecretStr("correct horse battery")
OTHER = SecretStr("staple battery horse")


def hasher(**changes: float) -> PasswordHasher:
    return PasswordHasher(FAST_PASSWORDS.model_copy(update=changes))


async def test_a_hash_fits_its_password_and_no_other() -> None:
    passwords = hasher()
    known = await passwords.hash(PASSWORD)
    assert known.startswith("$argon2id$v=19$m=32,t=1,p=4$")
    assert known != await passwords.hash(PASSWORD)
    assert await passwords.verify(PASSWORD, known) == (True, None)
    assert await passwords.verify(OTHER, known) == (False, None)
    passwords.close()


async def test_a_missing_or_invalid_hash_matches_no_password() -> None:
    passwords = hasher()
    assert await passwords.verify(PASSWORD, None) == (False, None)
    assert await passwords.verify(PASSWORD, "no hash at all") == (False, None)
    passwords.close()


async def test_a_missing_hash_costs_as_much_as_any_hash() -> None:
    passwords = hasher(password_memory_kib=8192, password_rounds=4)
    known = await passwords.hash(PASSWORD)
    seconds: dict[str | None, list[float]] = {known: [], None: []}
    for _ in range(9):
        for against, times in seconds.items():
            started = perf_counter()
            await passwords.verify(OTHER, against)
            times.append(perf_counter() - started)
    assert 0.4 < min(seconds[None]) / min(seconds[known]) < 2.5, seconds  # noise only adds
    passwords.close()


async def test_the_event_loop_goes_on_while_passwords_are_hashed() -> None:
    passwords = hasher(password_memory_kib=65_536, password_rounds=6)
    hashing = asyncio.create_task(passwords.hash(PASSWORD))
    ticks = 0
    while not hashing.done():
        await asyncio.sleep(0.005)
        ticks += 1
    assert ticks > 2
    passwords.close()


async def test_more_passwords_than_may_wait_are_refused_and_room_is_made_again() -> None:
    passwords = hasher(password_threads=1, password_queue=2)
    answers = await asyncio.gather(
        *(passwords.hash(PASSWORD) for _ in range(5)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, PasswordQueueFull)]
    assert len(refused) == 2
    assert await passwords.hash(PASSWORD)
    passwords.close()


async def test_a_password_that_waits_too_long_is_refused() -> None:
    passwords = hasher(password_threads=1, password_wait_seconds=0.1)
    working = asyncio.create_task(passwords._run(lambda: sleep(0.4)))
    await asyncio.sleep(0.01)
    started = perf_counter()
    with pytest.raises(PasswordQueueFull) as refused:
        await passwords.hash(PASSWORD)
    assert 0.1 <= perf_counter() - started < 0.3
    assert refused.value.headers["Retry-After"]
    await working
    assert await passwords.hash(PASSWORD)
    passwords.close()


async def test_a_thread_counts_as_busy_until_its_work_ends() -> None:
    passwords = hasher(password_threads=1, password_wait_seconds=0.1)
    working = asyncio.create_task(passwords._run(lambda: sleep(0.4)))
    await asyncio.sleep(0.05)
    working.cancel()
    with pytest.raises(PasswordQueueFull):
        await passwords.hash(PASSWORD)
    await asyncio.sleep(0.4)
    assert await passwords.hash(PASSWORD)
    passwords.close()


async def test_clients_with_failures_are_refused_at_a_shorter_queue() -> None:
    passwords = hasher(password_threads=1, password_queue=4)
    shares = [1, 0, 1, 0.5, 0.75, 1, 1, 1]
    answers = await asyncio.gather(
        *(passwords.verify(PASSWORD, None, queue_share=share) for share in shares),
        return_exceptions=True,
    )
    refused = [isinstance(answer, PasswordQueueFull) for answer in answers]
    assert refused == [False, True, False, False, False, False, True, True]
    passwords.close()


async def test_of_those_that_wait_the_one_with_the_largest_share_is_next() -> None:
    passwords, done = hasher(password_threads=1), list[float]()

    async def wait(share: float) -> None:
        await passwords._run(lambda: done.append(share), queue_share=share)

    working = asyncio.create_task(passwords._run(lambda: sleep(0.1)))
    waiting = [asyncio.create_task(wait(share)) for share in (0.5, 0.9, 0.2, 0.5, 1)]
    await asyncio.sleep(0.01)
    waiting[3].cancel()
    await asyncio.wait([working, *waiting])
    assert done == [1, 0.9, 0.5, 0.2]
    assert (passwords._free_threads, passwords._queue) == (1, [])
    passwords.close()


@pytest.mark.parametrize("released_first", [True, False])
async def test_a_thread_is_not_lost_when_a_request_ends_as_its_turn_comes(
    *, released_first: bool
) -> None:
    passwords = hasher(password_threads=1)
    await passwords._wait_for_thread(1)
    waiting = asyncio.create_task(passwords._wait_for_thread(1))
    await asyncio.sleep(0)
    for step in [passwords._release_thread, waiting.cancel][:: 1 if released_first else -1]:
        step()
    await asyncio.wait([waiting])
    assert (passwords._free_threads, passwords._queue) == (1, [])
    passwords.close()


@pytest.mark.parametrize(
    "changes",
    [{"account_mail": "off"}, {"smtp_host": "smtp.example.com", "mail_from": "a@example.com"}],
)
def test_production_starts_with_a_mail_server_or_with_mail_off(changes: dict[str, Any]) -> None:
    settings = AccountSettings(environment=Environment.PRODUCTION, **changes)
    assert load_settings([], given=[settings])


def test_production_with_neither_refuses_to_start() -> None:
    settings = AccountSettings(environment=Environment.PRODUCTION)
    with pytest.raises(ConfigurationError, match=r"SMTP_HOST, or ACCOUNT_MAIL=off: missing"):
        load_settings([], given=[settings])


@pytest.mark.parametrize(
    ("memory_kib", "rounds", "is_weak"),
    [(65_536, 3, False), (19_456, 2, False), (7168, 5, False), (7168, 4, True), (4096, 99, True)],
)
def test_production_refuses_hashes_that_are_too_cheap(
    memory_kib: int, rounds: int, *, is_weak: bool
) -> None:
    settings = AccountSettings(password_memory_kib=memory_kib, password_rounds=rounds)
    assert ("PASSWORD_MEMORY_KIB" in settings.weak_in_production()) is is_weak


def test_a_link_needs_a_place_for_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD_RESET_LINK", "https://app.example.com/reset")
    with pytest.raises(ConfigurationError, match=r"PASSWORD_RESET_LINK: write .* \{token\}"):
        load_settings([AccountSettings])
