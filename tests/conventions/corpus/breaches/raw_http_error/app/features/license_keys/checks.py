"""Checks of licences."""

from functools import partial
from typing import NoReturn

import fastapi
from fastapi import HTTPException as HttpError
from fastapi import status
from starlette.exceptions import HTTPException

from app.core.errors import AppError

not_found = partial(HTTPException, 404)


class LicenseLocked(HttpError):
    """The licence is locked."""

    def __init__(self) -> None:
        """Take no arguments."""
        super().__init__(status.HTTP_423_LOCKED, detail="locked")


def refuse(reason: str) -> NoReturn:
    """Refuse a licence."""
    raise HttpError(status_code=status.HTTP_409_CONFLICT, detail=reason)  # breach: raw-http-error


class LicenseBook:
    """The licences that were sold."""

    def __init__(self) -> None:
        """Begin with none."""
        self.seats: dict[str, int] = {}

    def find(self, key: str) -> int:
        """Return the seats of a licence."""
        if key not in self.seats:
            raise not_found(detail="no such licence")  # breach: raw-http-error
        return self.seats[key]

    def take(self, key: str) -> None:
        """Take a seat of a licence."""
        if self.find(key) < 1:
            error: type[fastapi.HTTPException] = LicenseLocked
            raise error  # breach: raw-http-error
        self.seats[key] -= 1

    def verify(self, key: str) -> None:
        """Check that a licence exists."""
        if not key:
            refuse("empty")
        if key not in self.seats:
            problem = AppError("unknown licence")
            raise problem  # breach: raw-http-error
