"""Base classes and types for what comes in and what goes out."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

MAX_LOCAL_PART = 64
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*", re.ASCII)


class RequestModel(BaseModel):
    """Base of every request body and query: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ResponseModel(BaseModel):
    """Base of every answer: reads the attributes of what the service returns."""

    model_config = ConfigDict(from_attributes=True)


def _require_rfc3339(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC3339.fullmatch(value)):
        return value
    message = "write it with date, time and offset, as in 2026-01-31T12:00:00Z"
    raise ValueError(message)


def _limit_local_part(address: str) -> str:
    if address.index("@") <= MAX_LOCAL_PART:
        return address
    message = f"at most {MAX_LOCAL_PART} characters may stand before the @"
    raise ValueError(message)


def _to_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        message = "is outside the years 1 to 9999 in UTC"
        raise ValueError(message) from None


UtcDatetime = Annotated[AwareDatetime, BeforeValidator(_require_rfc3339), AfterValidator(_to_utc)]
"""A point in time. A naive one is refused, any offset is turned into UTC."""

ShortText = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00]*[^\x00\s][^\x00]*$",
    ),
]
"""A line for people: a name, a title. PostgreSQL cannot store NUL, so neither can this."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"

EmailAddress = Annotated[
    str,
    StringConstraints(
        max_length=254,
        pattern=rf"^{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+{_LABEL}$",
    ),
    AfterValidator(_limit_local_part),
    Field(examples=["ada@example.com"]),
]
"""A mail address in ASCII, which is what mail servers everywhere take; domains of other scripts are
written as `xn--…`. Two that differ only in case are the same: compare `normalized_email`."""


def normalized_email(address: str) -> str:
    """Return what two spellings of an address have in common."""
    return address.lower()
