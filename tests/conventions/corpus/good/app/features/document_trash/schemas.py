"""Request and response models of documents."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.api import ListQuery, Orders, ResponseModel
from app.features.document_trash.models import TrashableDocument


class DocumentQuery(ListQuery):
    """Order of the documents."""

    sort: Annotated[
        Literal["updated_at", "-updated_at"],
        Orders(updated_at=[TrashableDocument.updated_at, TrashableDocument.id]),
    ] = Field(default="-updated_at", description="`-` is newest first.", examples=["-updated_at"])


class DocumentOut(ResponseModel):
    """A document."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    folder: str = Field(examples=["contracts/2026"])
    title: str = Field(examples=["Lease of the office"])
    approved_at: datetime | None = Field(examples=["2026-01-31T12:00:00Z"])
    updated_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])
