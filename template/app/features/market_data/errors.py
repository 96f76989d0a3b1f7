"""Errors of requests for market data.

BadRequest
└─ EmptyRange           400
NotFound
├─ AlertNotFound        404
└─ SymbolNotFound       404
Conflict
└─ SymbolExists         409
Unprocessable
├─ DuplicateCandle      failure of one candle in an import
├─ InconsistentCandle   failure of one candle in an import
└─ MisalignedCandle     failure of one candle in an import
"""

from app.core.errors import BadRequest, Conflict, NotFound, Unprocessable


class AlertNotFound(NotFound):
    """The user has no alert with this id."""

    code = "alert_not_found"
    message = "You have no alert with this id. GET /alerts lists your alerts."


class EmptyRange(BadRequest):
    """The time range is empty: `start` is not before `end`."""

    code = "empty_range"
    message = "The time range is empty. Send a start before the end."


class SymbolNotFound(NotFound):
    """No symbol has this ticker."""

    code = "symbol_not_found"
    message = "No symbol has this ticker. GET /symbols lists the symbols."


class SymbolExists(Conflict):
    """A symbol with this ticker exists already."""

    code = "symbol_exists"
    message = "A symbol with this ticker exists already. Change it with PATCH."


class InconsistentCandle(Unprocessable):
    """The prices of a candle contradict each other."""

    code = "inconsistent_candle"
    message = "The prices must be above zero, with low the lowest and high the highest of them."


class MisalignedCandle(Unprocessable):
    """The open time of a candle is not a start of its interval."""

    code = "misaligned_candle"
    message = (
        "The open time is not a start of the interval: intervals start at whole minutes and hours "
        "of UTC, days at midnight UTC, weeks on a Monday."
    )


class DuplicateCandle(Unprocessable):
    """The request contains a candle more than once, so it is ambiguous which one counts."""

    code = "duplicate_candle"
    message = "The request contains this candle more than once. Send it once."
