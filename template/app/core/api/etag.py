"""Optimistic concurrency control: `ETag` in responses, `If-Match` in requests.

    @router.patch("/{note_id}", responses=with_etag(errors(NoteNotFound, *IF_MATCH_ERRORS)))
    async def change_note(session: OwnSession, …, expected: IfMatch, response: Response) -> …:
        note = await notes.change_note(session, note_id, changes, expected=expected)
        response.headers["ETag"] = make_etag(note.version)

The row has a `version` column. The statement that changes it checks and increments the version, so
that the second of two concurrent changes matches no row and fails with `PreconditionFailed`:

    update(Note).where(Note.id == note_id, expected.matches(Note.version))
    .values(version=Note.version + 1, …)
"""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header
from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import InstrumentedAttribute

from app.core.errors import BadRequest, PreconditionFailed, PreconditionRequired

_TAG = r'(?:W/)?"[!#-~\x80-\xff]*"'
_TAGS = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_VERSION = re.compile(r'(?<!W/)"([1-9][0-9]{0,8})"')


class InvalidIfMatch(BadRequest):
    """The If-Match header is not a list of entity tags."""

    code = "invalid_if_match"
    message = 'If-Match is invalid; send the value of the ETag header with its quotes, such as "1".'


IF_MATCH_ERRORS = (InvalidIfMatch, PreconditionFailed, PreconditionRequired)
"""The errors of a route with `IfMatch`, for its `responses`."""


@dataclass(frozen=True, slots=True)
class ExpectedVersions:
    """The versions of a row that a change accepts; `None` accepts any."""

    numbers: frozenset[int] | None

    def matches(self, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        """Return the condition for the `where` of the statement that changes the row."""
        return true() if self.numbers is None else column.in_(self.numbers)


async def read_if_match(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="Required: the `ETag` that you last read, or `*` for any version.",
            examples=['"1"'],
        ),
    ] = None,
) -> ExpectedVersions:
    """Parse the versions of an `If-Match` header; weak and unknown tags match no version.

    Raises:
        InvalidIfMatch: The header is not a list of entity tags.
        PreconditionRequired: The header is missing.
    """
    if if_match is None:
        raise PreconditionRequired
    tags = if_match.strip(" \t")
    if tags == "*":
        return ExpectedVersions(None)
    if not _TAGS.fullmatch(tags):
        raise InvalidIfMatch
    return ExpectedVersions(frozenset(int(number) for number in _VERSION.findall(tags)))


IfMatch = Annotated[ExpectedVersions, Depends(read_if_match)]


def make_etag(version: int) -> str:
    """Return the strong entity tag of a version."""
    return f'"{version}"'


def with_etag(
    responses: dict[int | str, dict[str, Any]], *, status: int = 200
) -> dict[int | str, dict[str, Any]]:
    """Declare the `ETag` header of a response.

    Args:
        responses: The result of `errors` or `with_location`.
        status: The status of the response with the header.
    """
    etag = {"description": "The `If-Match` of a change.", "schema": {"type": "string"}}
    response = responses.get(status, {})
    headers = response.get("headers", {}) | {"ETag": etag}
    return responses | {status: response | {"headers": headers}}
