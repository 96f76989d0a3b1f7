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


def _require_number(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    message = "send it as a number"
    raise ValueError(message)


WholeNumber = Annotated[int, BeforeValidator(_require_number)]
"""A whole number in a JSON body; neither `false` nor "0" is one."""

UtcDatetime = Annotated[AwareDatetime, BeforeValidator(_require_rfc3339), AfterValidator(_to_utc)]
"""A point in time, converted to UTC. A value without an offset is an error."""

# Characters that cannot be seen: controls, fillers, and those that change the direction of a text.
# Names that look the same would differ in them. The joiners \u200c and \u200d are part of emoji and
# of Persian and Indic words, so they may stand between two characters that are not ASCII.
INVISIBLE = (
    r"\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
_BLANK = r"\s\u0300-\u036f\u2800\ufe00-\ufe0f" "\U000e0100-\U000e01ef"  # nothing to see alone
_DOTS = r".\u2024-\u2026\ufe52\uff0e"
_SLASHES = r"/\\\u2100\u2101\u2105\u2106\ufe68\uff0f\uff3c"  # also those that NFKC turns into one
_RESERVED_NAME = re.compile(r"(con|prn|aux|nul|(com|lpt)[1-9¹²³])\s*(\..*)?", re.IGNORECASE)


def _visible(*, banned: str = "", blank: str = "") -> str:
    """Return the pattern of a text that has something to see, and nothing that is hidden."""
    banned += INVISIBLE
    joined = rf"(?:[\u200c\u200d][^\x00-\x7f{banned}])+"
    some = rf"(?:[^{banned}]|[^\x00-\x7f{banned}]{joined})*"
    seen = rf"(?:[^{banned}{_BLANK}{blank}]|[^\x00-\x7f{banned}{_BLANK}{blank}]{joined})"
    return rf"^{some}{seen}{some}$"


def _refuse_reserved_name(name: str) -> str:
    if not _RESERVED_NAME.fullmatch(name):
        return name
    message = "is the name of a device of Windows; choose another one"
    raise ValueError(message)


ShortText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_visible()),
]
"""A short text such as a name or a title, in one line and without invisible characters."""

FileName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=_visible(banned=_SLASHES, blank=_DOTS)),
    AfterValidator(_refuse_reserved_name),
    Field(
        description="No path, invisible characters, or characters that change the text direction.",
        examples=["holiday.jpg"],
    ),
]
"""The name of a file, as a user sees it; it never becomes a path of this machine."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP_LABEL = r"[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"  # unlike the end of an IP address

EmailAddress = Annotated[
    str,
    StringConstraints(
        max_length=254,
        pattern=rf"^{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+{_TOP_LABEL}$",
    ),
    AfterValidator(_limit_local_part),
    Field(examples=["ada@example.com"]),
]
"""An e-mail address in ASCII, the form that every mail server accepts; an internationalized domain
is written as `xn--…`; an IP address is none. Addresses that differ only in case are equal: compare
`normalized_email`."""


def normalized_email(address: str) -> str:
    """Return the form of an address in which equal addresses are equal strings."""
    return address.lower()
