"""Endpoints of licences."""

from typing import Annotated

from fastapi import Depends, HTTPException
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, RequestModel, ResponseModel, Router
from app.features.license_keys.checks import LicenseBook

router = Router(prefix=f"{API_V1}/license-keys", tags=["license-keys"])


class LicenseIn(RequestModel):
    """A licence to check."""

    key: str = Field(max_length=40, examples=["AB12-CD34"])


class LicenseOut(ResponseModel):
    """A licence."""

    seats: int = Field(examples=[5])


Book = Annotated[LicenseBook, Depends()]


@router.post("/checks", response_model=Envelope[LicenseOut])
async def check_license(_: CurrentUser, book: Book, given: LicenseIn) -> DataResponse[LicenseOut]:
    """Return the seats of a licence."""
    book.verify(given.key)
    return DataResponse(LicenseOut(seats=book.find(given.key)))


@router.post("/seats", response_model=Envelope[LicenseOut])
async def use_license(_: CurrentUser, book: Book, given: LicenseIn) -> DataResponse[LicenseOut]:
    """Take a seat of a licence."""
    try:
        book.take(given.key)
    except OverflowError as error:
        # breach: raw-http-error
        raise HTTPException(status_code=503, detail="try again") from error
    return DataResponse(LicenseOut(seats=0))
