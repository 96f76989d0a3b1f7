"""`timed`: logs how long a function takes.

    @timed("load_candles", params=("symbol",), slow_ms=100)
    async def load_candles(session: AsyncSession, symbol: str) -> list[Candle]: ...

writes `timed name=load_candles ms=12.3 outcome=ok params={"symbol": "AAPL"}` at DEBUG.
"""

import inspect
from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from random import random
from time import perf_counter
from typing import Any, ParamSpec, TypeVar, cast

import structlog

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger()


def timed(
    name: str,
    *,
    params: Sequence[str] = (),
    sample: float = 1.0,
    slow_ms: float = 250.0,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Log how long each call of a function or method takes, sync or async.

    An ordinary call is logged at DEBUG, if it is in the sample; a slow or failed one at WARNING.

    Args:
        name: The name in the log.
        params: Parameters to log with their values; the log redacts secret names.
        sample: The share of ordinary calls to log, from 0 to 1.
        slow_ms: The duration of a slow call, in milliseconds.

    Returns:
        A decorator that keeps the signature and the types.

    Raises:
        TypeError: The function is a generator, a `staticmethod` or a `classmethod`, or lacks a
            parameter of `params`.
        ValueError: `sample` is not between 0 and 1.
    """
    if not 0 <= sample <= 1:
        message = f"timed({name!r}): sample must be between 0 and 1, not {sample}"
        raise ValueError(message)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = _check_signature(function, name, params)
        slow_seconds = slow_ms / 1000

        def report(seconds: float, error: BaseException | None, call: Call) -> None:
            ordinary = error is None and seconds < slow_seconds
            if ordinary and not (sample > 0 and random() < sample):  # noqa: S311 - not a secret
                return
            outcome = "ok" if error is None else type(error).__name__
            values = _params_of(signature, params, call)
            write = log.debug if ordinary else log.warning
            write("timed", name=name, ms=round(seconds * 1000, 3), outcome=outcome, **values)

        if inspect.iscoroutinefunction(function):
            return cast("Callable[P, R]", _time_async(function, report))
        return _time_sync(function, report)

    return decorate


Call = tuple[tuple[Any, ...], dict[str, Any]]
Report = Callable[[float, BaseException | None, Call], None]


def _time_sync(function: Callable[P, R], report: Report) -> Callable[P, R]:
    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        started = perf_counter()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            report(perf_counter() - started, error, (args, kwargs))
            raise
        report(perf_counter() - started, None, (args, kwargs))
        return result

    return call


def _time_async(
    function: Callable[P, Coroutine[Any, Any, R]], report: Report
) -> Callable[P, Coroutine[Any, Any, R]]:
    @wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> R:
        started = perf_counter()
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            report(perf_counter() - started, error, (args, kwargs))
            raise
        report(perf_counter() - started, None, (args, kwargs))
        return result

    return call


def _check_signature(
    function: Callable[..., Any], name: str, params: Sequence[str]
) -> inspect.Signature:
    if isinstance(function, (staticmethod, classmethod)):
        message = f"timed({name!r}): place it below @{type(function).__name__}"
        raise TypeError(message)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        message = f"timed({name!r}): generators are not supported; time the consumer"
        raise TypeError(message)
    signature = inspect.signature(function)
    if unknown := [param for param in params if param not in signature.parameters]:
        message = f"timed({name!r}): no parameter named {', '.join(unknown)}"
        raise TypeError(message)
    return signature


def _params_of(signature: inspect.Signature, params: Sequence[str], call: Call) -> dict[str, Any]:
    if not params:
        return {}
    args, kwargs = call
    try:
        given = signature.bind_partial(*args, **kwargs).arguments
    except TypeError:  # the call itself is invalid and raises its own error
        return {}
    return {"params": {param: given[param] for param in params if param in given}}
