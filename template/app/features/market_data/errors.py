"""What can be wrong with a request for market data.

NotFound
├─ AlertNotFound        404
└─ SymbolNotFound       404
Conflict
└─ SymbolExists         409
Unprocessable
├─ CandleInconsistent   of one candle in an import
├─ CandleMisaligned     of one candle in an import
└─ CandleRepeated       of one candle in an import
"""

from app.core.errors import BadRequest, Conflict, NotFound, Unprocessable


class AlertNotFound(NotFound):
    """The user has no alert with this id."""

    code = "alert_not_found"
    message = "You have no alert with this id. GET /alerts lists them."


class RangeEmpty(BadRequest):
    """The range of time ends where it starts, or before."""

    code = "range_empty"
    message = "There is no time in this range. Let start be before end."


class SymbolNotFound(NotFound):
    """No symbol has this ticker."""

    code = "symbol_not_found"
    message = "There is no symbol with this ticker. GET /symbols lists them."


class SymbolExists(Conflict):
    """A symbol has this ticker already."""

    code = "symbol_exists"
    message = "There is a symbol with this ticker already. PATCH changes it."


class CandleInconsistent(Unprocessable):
    """The prices of a candle contradict each other."""

    code = "candle_inconsistent"
    message = "Prices must be above zero, with low the lowest and high the highest of them."


class CandleMisaligned(Unprocessable):
    """The open time of a candle is not one at which its interval begins."""

    code = "candle_misaligned"
    message = (
        "The open time is not where this interval begins: whole minutes and hours of UTC, "
        "days at midnight UTC, weeks on a Monday."
    )


class CandleRepeated(Unprocessable):
    """A candle was given more than once, so that it is not clear which one is meant."""

    code = "candle_repeated"
    message = "This candle is in the request more than once. Send it once."
