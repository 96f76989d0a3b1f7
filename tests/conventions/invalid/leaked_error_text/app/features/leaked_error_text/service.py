"""Units of measurement."""

from app.core.errors import BadRequest

UNITS = {"m": 1.0}


def parse_length(text: str) -> float:
    """Return metres."""
    number, _, unit = text.partition(" ")
    try:
        return float(number) * UNITS[unit]
    except KeyError as error:
        raise BadRequest(str(error)) from error  # violates: leaked-error-text
    except ValueError as problem:
        raise BadRequest(f"This is no number: {problem}") from None  # violates: leaked-error-text


def parse_width(text: str) -> float:
    """Return metres."""
    try:
        return float(text)
    except ValueError as error:
        message = f"This is no width: {error}"
        raise BadRequest(message) from error  # violates: leaked-error-text
