"""When calls pass and when they are refused, by a clock that the test moves."""

import pytest

from app.core.http import UpstreamUnavailable
from app.core.http.circuit_breaker import CircuitBreaker, State
from tests.core.conftest import Logged
from tests.core.http.upstreams import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker("probe", failures=3, seconds=10, clock=clock)


def fail(breaker: CircuitBreaker, times: int = 1) -> None:
    for _ in range(times):
        with breaker.admit() as call:
            call.failed()


def succeed(breaker: CircuitBreaker) -> None:
    with breaker.admit() as call:
        call.succeeded()


def is_refused(breaker: CircuitBreaker) -> bool:
    try:
        with breaker.admit():
            return False
    except UpstreamUnavailable:
        return True


def test_it_opens_after_so_many_failures_in_a_row(breaker: CircuitBreaker) -> None:
    fail(breaker, 2)
    assert breaker.state is State.CLOSED
    fail(breaker)
    assert breaker.state is State.OPEN
    assert is_refused(breaker)


def test_a_success_in_between_resets_the_count(breaker: CircuitBreaker) -> None:
    fail(breaker, 2)
    succeed(breaker)
    fail(breaker, 2)
    assert breaker.state is State.CLOSED


def test_a_call_without_an_outcome_does_not_count(breaker: CircuitBreaker) -> None:
    fail(breaker, 2)
    assert not is_refused(breaker)
    fail(breaker)
    assert breaker.state is State.OPEN


def test_a_refusal_says_when_to_try_again(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 3.5
    with pytest.raises(UpstreamUnavailable) as refused, breaker.admit():
        pass
    assert refused.value.headers["Retry-After"] == "7"


def test_it_stays_open_until_its_time_is_over(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 9.9
    assert is_refused(breaker)
    assert breaker.is_open
    clock.now += 0.1
    assert not breaker.is_open
    assert not is_refused(breaker)


def test_half_open_lets_one_call_pass_at_a_time(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 10
    with breaker.admit() as probe:
        assert breaker.state is State.HALF_OPEN
        assert [is_refused(breaker) for _ in range(20)] == [True] * 20
        probe.succeeded()
        assert breaker.state is State.CLOSED
        assert not is_refused(breaker)


def test_a_refusal_while_a_probe_is_on_its_way_says_to_try_soon(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    fail(breaker, 3)
    clock.now += 100
    with breaker.admit(), pytest.raises(UpstreamUnavailable) as refused, breaker.admit():
        pass
    assert refused.value.headers["Retry-After"] == "1"


def test_a_probe_that_fails_opens_it_for_as_long_again(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    fail(breaker, 3)
    clock.now += 10
    fail(breaker)
    clock.now += 9.9
    assert is_refused(breaker)
    clock.now += 0.1
    assert not is_refused(breaker)


def test_a_successful_probe_resets_the_count(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 10
    succeed(breaker)
    fail(breaker, 2)
    assert breaker.state is State.CLOSED


def test_a_cancelled_probe_frees_its_place(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 10
    with pytest.raises(KeyboardInterrupt), breaker.admit():
        raise KeyboardInterrupt
    assert breaker.state is State.HALF_OPEN
    succeed(breaker)
    assert breaker.state is State.CLOSED


def test_an_outcome_from_before_it_opened_neither_closes_nor_prolongs_it(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    with breaker.admit() as good, breaker.admit() as bad:
        fail(breaker, 3)
        clock.now += 5
        good.succeeded()
        bad.failed()
        assert breaker.state is State.OPEN
        clock.now += 5
        assert not is_refused(breaker)


def test_outcomes_from_before_it_opened_do_not_decide_for_a_probe(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    with breaker.admit() as old:
        fail(breaker, 3)
        clock.now += 10
        with breaker.admit() as probe:
            old.succeeded()
            assert breaker.state is State.HALF_OPEN
            probe.failed()
            old.succeeded()
            assert breaker.state is State.OPEN


def test_failures_from_before_it_closed_again_do_not_count(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    with breaker.admit() as one, breaker.admit() as two, breaker.admit() as three:
        fail(breaker, 3)
        clock.now += 10
        succeed(breaker)
        for call in (one, two, three):
            call.failed()
        assert breaker.state is State.CLOSED


def test_each_change_is_one_line(breaker: CircuitBreaker, clock: Clock, logged: Logged) -> None:
    fail(breaker, 3)
    assert [is_refused(breaker) for _ in range(5)] == [True] * 5
    clock.now += 10
    with breaker.admit() as probe:
        assert is_refused(breaker)
        probe.succeeded()
    succeed(breaker)
    events = ("circuit_opened", "circuit_half_open", "circuit_closed")
    lines = [line for event in events for line in logged(event)]
    assert [line["event"] for line in lines] == list(events)
    assert [line["level"] for line in lines] == ["warning", "info", "info"]
    assert {line["upstream"] for line in lines} == {"probe"}
