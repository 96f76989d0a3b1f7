"""Units of measurement."""

import structlog

from app.core.errors import BadRequest, Conflict

UNITS = {"m": 1.0}
log = structlog.get_logger()


def parse_length(text: str) -> float:
    """Return metres."""
    number, _, unit = text.partition(" ")
    try:
        return float(number) * UNITS[unit]
    except KeyError as error:
        log.warning("unit_unknown", reason=str(error))
        raise BadRequest("There is no such unit.") from error
    except ValueError as error:
        message = f"cannot parse: {error}"
        raise TypeError(message) from error
    except Conflict as error:
        raise BadRequest(f"{error}") from error
