"""`timed` measures, and otherwise leaves a function as it was."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import assert_type

import pytest

from app.core.logging import REDACTED
from app.core.timing import timed
from tests.core.conftest import Logged


@timed("adding", params=["left"])
def add(left: int, right: int = 1) -> int:
    """Add two numbers."""
    return left + right


@timed("adding_later")
async def add_later(left: int, *, right: int) -> int:
    await asyncio.sleep(0)
    return left + right


class Calculator:
    @timed("method", params=["number"])
    async def double(self, number: int) -> int:
        return 2 * number

    @classmethod
    @timed("class_method")
    def name(cls) -> str:
        return cls.__name__

    @staticmethod
    @timed("static_method")
    def zero() -> int:
        return 0


def test_a_function_is_timed_at_debug(logged: Logged) -> None:
    assert assert_type(add(2, right=3), int) == 5
    (line,) = logged("timed")
    assert (line["name"], line["level"], line["outcome"]) == ("adding", "debug", "ok")
    assert line["params"] == {"left": 2}
    assert line["ms"] >= 0


async def test_an_async_function_is_timed_while_it_runs(logged: Logged) -> None:
    @timed("sleeping", slow_ms=1000)
    async def sleep() -> None:
        await asyncio.sleep(0.01)

    await sleep()
    assert logged("timed")[0]["ms"] >= 9


async def test_methods_of_all_kinds_are_timed(logged: Logged) -> None:
    calculator = Calculator()
    assert assert_type(await calculator.double(2), int) == 4
    assert assert_type(calculator.name(), str) == "Calculator"
    assert assert_type(calculator.zero(), int) == 0
    names = [line["name"] for line in logged("timed")]
    assert names == ["method", "class_method", "static_method"]


async def test_a_timed_function_keeps_its_name_words_and_signature() -> None:
    assert (add.__name__, add.__doc__) == ("add", "Add two numbers.")
    assert str(inspect.signature(add)) == "(left: int, right: int = 1) -> int"
    assert inspect.iscoroutinefunction(add_later)
    assert assert_type(await add_later(1, right=2), int) == 3


def test_a_slow_call_is_a_warning_even_if_not_sampled(logged: Logged) -> None:
    @timed("slow", sample=0, slow_ms=0)
    def work() -> None:
        pass

    work()
    assert logged("timed")[0]["level"] == "warning"


async def test_a_failed_call_is_a_warning_even_if_not_sampled(logged: Logged) -> None:
    @timed("failing", sample=0)
    def fail() -> None:
        raise LookupError

    @timed("failing_later", sample=0)
    async def fail_later() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        fail()
    with pytest.raises(LookupError):
        await fail_later()
    assert [(line["level"], line["outcome"]) for line in logged("timed")] == [
        ("warning", "LookupError")
    ] * 2


async def test_a_cancelled_call_is_logged_and_stays_cancelled(logged: Logged) -> None:
    @timed("hanging", sample=0)
    async def hang() -> None:
        await asyncio.sleep(60)

    task = asyncio.create_task(hang())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert logged("timed")[0]["outcome"] == "CancelledError"


async def test_ordinary_calls_outside_the_sample_are_not_logged(logged: Logged) -> None:
    @timed("quiet", sample=0)
    async def work() -> None:
        pass

    await work()
    assert logged("timed") == []


def test_a_share_of_the_calls_is_logged(logged: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    rolls = iter([0.1, 0.5, 0.24, 0.25])
    monkeypatch.setattr("app.core.timing.random", lambda: next(rolls))

    @timed("sampled", sample=0.25)
    def work() -> None:
        pass

    for _ in range(4):
        work()
    assert len(logged("timed")) == 2


def test_parameters_with_secret_names_are_redacted(logged: Logged) -> None:
    @timed("logging_in", params=["email", "password"])
    def log_in(email: str, password: str) -> str:
        return email + password

    log_in("ada@example.com", password="hunter2")
    assert logged("timed")[0]["params"] == {"email": "ada@example.com", "password": REDACTED}


def test_a_call_that_does_not_fit_raises_its_own_error(logged: Logged) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'wrong'"):
        add(1, wrong=2)  # pyrefly: ignore[unexpected-keyword] - refused for that
    assert logged("timed")[0]["outcome"] == "TypeError"


def test_generators_are_refused() -> None:
    def count() -> Iterator[int]:
        yield 1

    async def count_later() -> AsyncIterator[int]:
        yield 1

    for generator in (count, count_later):
        with pytest.raises(TypeError, match="generators are not supported"):
            timed("counting")(generator)


def test_timed_is_refused_above_a_staticmethod_or_classmethod() -> None:
    for wrapper in (staticmethod(add), classmethod(add)):
        with pytest.raises(TypeError, match="place it below @"):
            timed("adding")(wrapper)


@pytest.mark.parametrize("sample", [-0.1, 1.1])
def test_a_sample_beyond_its_bounds_is_refused(sample: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        timed("adding", sample=sample)


def test_a_parameter_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="no parameter named middle"):
        timed("adding", params=["middle"])(add)


def test_outside_the_sample_nothing_is_prepared_for_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @timed("quiet", params=["number"], sample=0)
    def work(number: int) -> int:
        return number

    monkeypatch.setattr("app.core.timing._params_of", None)
    monkeypatch.setattr("app.core.timing.log", None)
    monkeypatch.setattr("app.core.timing.random", None)
    assert work(1) == 1
