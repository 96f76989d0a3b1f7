"""Changes that fit the state they were meant for: `ETag` says it, `If-Match` asks for it.

    @router.patch("/{note_id}", responses=with_etag(errors(NoteNotFound, *IF_MATCH_ERRORS)))
    async def change_note(session: OwnSession, …, wanted: IfMatch, response: Response) -> …:
        note = await notes.change_note(session, note_id, changes, wanted=wanted)
        response.headers["ETag"] = make_etag(note.version)

The row counts its changes in a column, and the statement itself demands the version, so that of two
changes at once one comes too late:

    update(Note).where(Note.id == note_id, wanted.matches(Note.version))
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
_OF_VERSION = re.compile(r'(?<!W/)"([1-9][0-9]{0,8})"')


class InvalidIfMatch(BadRequest):
    """The If-Match header is no list of entity tags."""

    code = "invalid_if_match"
    message = 'Send If-Match as the ETag header said it, quotes included, as in "1".'


IF_MATCH_ERRORS = (InvalidIfMatch, PreconditionFailed, PreconditionRequired)
"""What a route with `IfMatch` answers, for its `responses`."""


@dataclass(frozen=True, slots=True)
class ExpectedVersions:
    """The versions of a row that a change is meant for; `None` stands for any."""

    numbers: frozenset[int] | None

    def matches(self, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        """Return the demand, for the `where` of the statement that changes the row."""
        return true() if self.numbers is None else column.in_(self.numbers)


async def read_if_match(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="Required: the `ETag` that you last read, or `*` for any state.",
            examples=['"1"'],
        ),
    ] = None,
) -> ExpectedVersions:
    """Return what `If-Match` names. A weak tag matches nothing, nor does one that we never gave.

    Raises:
        InvalidIfMatch: It is no list of entity tags.
        PreconditionRequired: There is none.
    """
    if if_match is None:
        raise PreconditionRequired
    tags = if_match.strip(" \t")
    if tags == "*":
        return ExpectedVersions(None)
    if not _TAGS.fullmatch(tags):
        raise InvalidIfMatch
    return ExpectedVersions(frozenset(int(number) for number in _OF_VERSION.findall(tags)))


IfMatch = Annotated[ExpectedVersions, Depends(read_if_match)]


def make_etag(version: int) -> str:
    """Return the strong entity tag of a version."""
    return f'"{version}"'


def with_etag(
    responses: dict[int | str, dict[str, Any]], *, status: int = 200
) -> dict[int | str, dict[str, Any]]:
    """Declare that a route's answer has an `ETag`.

    Args:
        responses: What `errors` or `with_location` returned.
        status: Of the answer that has it.
    """
    etag = {"description": "Send it as `If-Match` with a change.", "schema": {"type": "string"}}
    answer = responses.get(status, {})
    headers = answer.get("headers", {}) | {"ETag": etag}
    return responses | {status: answer | {"headers": headers}}
