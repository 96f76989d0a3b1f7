"""`timed`: how long a function takes, in the log."""

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

    An ordinary call is logged at DEBUG, a slow or failed one at WARNING whatever the sample rate.

    Args:
        name: What the log calls it.
        params: Names of parameters whose values are logged too; the log redacts secret names.
        sample: The share of ordinary calls that is logged, from 0 to 1.
        slow_ms: From how many milliseconds on a call counts as slow.

    Returns:
        A decorator that keeps the signature and the types.

    Raises:
        TypeError: The function is a generator or no plain function, or has no parameter of a
            given name.
        ValueError: `sample` is not between 0 and 1.
    """
    if not 0 <= sample <= 1:
        message = f"timed({name!r}): sample is {sample}, but must be between 0 and 1"
        raise ValueError(message)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = _check_signature(function, name, params)
        slow_seconds = slow_ms / 1000

        def report(seconds: float, error: BaseException | None, call: Call) -> None:
            ordinary = error is None and seconds < slow_seconds
            outcome = "ok" if error is None else type(error).__name__
            values = _chosen(signature, params, call)
            write = log.debug if ordinary else log.warning
            write("timed", name=name, ms=round(seconds * 1000, 3), outcome=outcome, **values)

        def wanted(seconds: float) -> bool:
            return seconds >= slow_seconds or (sample > 0 and random() < sample)  # noqa: S311 - no secret

        if inspect.iscoroutinefunction(function):
            return cast("Callable[P, R]", _time_async(function, report, wanted))
        return _time_sync(function, report, wanted)

    return decorate


Call = tuple[tuple[Any, ...], dict[str, Any]]
Report = Callable[[float, BaseException | None, Call], None]
Wanted = Callable[[float], bool]


def _time_sync(function: Callable[P, R], report: Report, wanted: Wanted) -> Callable[P, R]:
    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        started = perf_counter()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            report(perf_counter() - started, error, (args, kwargs))
            raise
        seconds = perf_counter() - started
        if wanted(seconds):
            report(seconds, None, (args, kwargs))
        return result

    return call


def _time_async(
    function: Callable[P, Coroutine[Any, Any, R]], report: Report, wanted: Wanted
) -> Callable[P, Coroutine[Any, Any, R]]:
    @wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> R:
        started = perf_counter()
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            report(perf_counter() - started, error, (args, kwargs))
            raise
        seconds = perf_counter() - started
        if wanted(seconds):
            report(seconds, None, (args, kwargs))
        return result

    return call


def _check_signature(
    function: Callable[..., Any], name: str, params: Sequence[str]
) -> inspect.Signature:
    if isinstance(function, (staticmethod, classmethod)):
        message = f"timed({name!r}): put it below @{type(function).__name__}"
        raise TypeError(message)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        message = f"timed({name!r}): a generator runs while others do; time what consumes it"
        raise TypeError(message)
    signature = inspect.signature(function)
    if unknown := [param for param in params if param not in signature.parameters]:
        message = f"timed({name!r}): no parameter named {', '.join(unknown)}"
        raise TypeError(message)
    return signature


def _chosen(signature: inspect.Signature, params: Sequence[str], call: Call) -> dict[str, Any]:
    if not params:
        return {}
    args, kwargs = call
    try:
        given = signature.bind_partial(*args, **kwargs).arguments
    except TypeError:  # the call itself was wrong; its own error says so
        return {}
    return {"params": {param: given[param] for param in params if param in given}}
