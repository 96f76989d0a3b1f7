"""Reading the bodies of intake forms."""

from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from starlette.datastructures import FormData


class SubmissionReader:
    """Reads a submission in the format in which it was sent."""

    def __init__(self, request: Request) -> None:
        """Take the request."""
        self._request = request

    async def read(self) -> dict[str, Any]:
        """Return the fields of the submission."""
        if self._request.headers.get("content-type", "").startswith("application/json"):
            return await self._request.json()  # breach: raw-body
        return dict(await self._request.form())  # breach: raw-body


async def get_answers(request: Request) -> list[Any]:
    """Return the answers in the order of the questions."""
    return orjson.loads(await request.body())["answers"]  # breach: raw-body


async def get_form(request: Request) -> FormData:
    """Return the fields of a form."""
    async with request.form(max_fields=50) as form:  # breach: raw-body
        return form


Answers = Annotated[list[Any], Depends(get_answers)]
Form = Annotated[FormData, Depends(get_form)]
