"""What can be wrong with a request for market data.

NotFound
├─ AlertNotFound        404
└─ SymbolNotFound       404
Conflict
└─ SymbolExists         409
Unprocessable
├─ InconsistentCandle   of one candle in an import
├─ MisalignedCandle     of one candle in an import
└─ DuplicateCandle       of one candle in an import
"""

from app.core.errors import BadRequest, Conflict, NotFound, Unprocessable


class AlertNotFound(NotFound):
    """The user has no alert with this id."""

    code = "alert_not_found"
    message = "You have no alert with this id. GET /alerts lists them."


class EmptyRange(BadRequest):
    """The range of time ends where it starts, or before."""

    code = "empty_range"
    message = "There is no time in this range. Let start be before end."


class SymbolNotFound(NotFound):
    """No symbol has this ticker."""

    code = "symbol_not_found"
    message = "There is no symbol with this ticker. GET /symbols lists them."


class SymbolExists(Conflict):
    """A symbol has this ticker already."""

    code = "symbol_exists"
    message = "There is a symbol with this ticker already. PATCH changes it."


class InconsistentCandle(Unprocessable):
    """The prices of a candle contradict each other."""

    code = "inconsistent_candle"
    message = "Prices must be above zero, with low the lowest and high the highest of them."


class MisalignedCandle(Unprocessable):
    """The open time of a candle is not one at which its interval begins."""

    code = "misaligned_candle"
    message = (
        "The open time is not where this interval begins: whole minutes and hours of UTC, "
        "days at midnight UTC, weeks on a Monday."
    )


class DuplicateCandle(Unprocessable):
    """A candle was given more than once, so that it is not clear which one is meant."""

    code = "duplicate_candle"
    message = "This candle is in the request more than once. Send it once."
