"""Base classes of request and response models, and types for their fields.

    class NoteIn(RequestModel):
        title: ShortText
        due_at: UtcDatetime | None = None

    class NoteOut(ResponseModel):
        id: UUID
        title: str

A service function gets a `RequestModel` as it is; an endpoint returns the ORM object, and the
`ResponseModel` in its envelope selects the attributes that clients see.
"""

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
    """Base of every request body and query; unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ResponseModel(BaseModel):
    """Base of every response body; reads the attributes of the returned object."""

    model_config = ConfigDict(from_attributes=True)


def _require_rfc3339(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC3339.fullmatch(value)):
        return value
    message = "use RFC 3339 with a time and an offset, such as 2026-01-31T12:00:00Z"
    raise ValueError(message)


def _limit_local_part(address: str) -> str:
    if address.index("@") <= MAX_LOCAL_PART:
        return address
    message = f"the part before the @ must have at most {MAX_LOCAL_PART} characters"
    raise ValueError(message)


def _to_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        message = "must be within the years 1 to 9999 in UTC"
        raise ValueError(message) from None


UtcDatetime = Annotated[AwareDatetime, BeforeValidator(_require_rfc3339), AfterValidator(_to_utc)]
"""A point in time, converted to UTC. A value without an offset is an error."""

ShortText = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00]*[^\x00\s][^\x00]*$",
    ),
]
"""A short text such as a name or a title, without NUL, which PostgreSQL cannot store."""

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
"""An e-mail address in ASCII, the form that every mail server accepts; an internationalized domain
is written as `xn--…`. Addresses that differ only in case are equal: compare `normalized_email`."""


def normalized_email(address: str) -> str:
    """Return the form of an address in which equal addresses are equal strings."""
    return address.lower()
