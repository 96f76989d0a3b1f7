"""Models of requests and responses."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AliasPath, BaseModel, Field, StringConstraints

from app.core.api import (
    FileName,
    Filter,
    ListQuery,
    Orders,
    RequestModel,
    ResponseModel,
    UtcDatetime,
    WholeNumber,
)
from app.integrations.blob.models import BlobFile

ContentType = Annotated[
    str,
    StringConstraints(max_length=100, pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$"),
    Field(examples=["image/jpeg"]),
]


class NewFile(RequestModel):
    """A file with its content in the body."""

    name: FileName


class ClientUploadIn(RequestModel):
    """A file that the client uploads to the store."""

    name: FileName
    content_type: ContentType
    size: WholeNumber = Field(ge=0, le=5 * 10**12, description="In bytes.", examples=[482_133])


class FileQuery(ListQuery):
    """The files to list."""

    sort: Annotated[
        Literal["created_at", "-created_at"], Orders(created_at=[BlobFile.created_at, BlobFile.id])
    ] = Field(default="-created_at", description="`-` sorts descending.")
    state: Annotated[Literal["reserved", "stored"] | None, Filter(BlobFile.state.__eq__)] = Field(
        default=None, description="`reserved`: not uploaded yet.", examples=["stored"]
    )
    content_type: Annotated[ContentType | None, Filter(BlobFile.content_type.__eq__)] = None
    created_since: Annotated[UtcDatetime | None, Filter(BlobFile.created_at.__ge__)] = Field(
        default=None, examples=["2026-01-31T12:00:00Z"]
    )


class FileOut(ResponseModel):
    """A file."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    name: str = Field(examples=["holiday.jpg"])
    content_type: str = Field(examples=["image/jpeg"])
    size: int = Field(description="In bytes.", examples=[482_133])
    state: Literal["reserved", "stored"] = Field(examples=["stored"])
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class ClientUploadOut(ResponseModel):
    """The parameters of an upload to the store: `put(pathname, file, {access, token})`."""

    file: FileOut
    pathname: str = Field(examples=["files/019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    token: str = Field(examples=["vercel_blob_client_store_ZGY5…"])
    access: Literal["private"] = Field(examples=["private"])
    upload_url: str = Field(
        description="The address for a PUT without Vercel's library.",
        examples=["https://vercel.com/api/blob?pathname=files%2F019a6f0e"],
    )
    valid_until: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class DownloadUrlOut(ResponseModel):
    """An address of the content of a file, for anyone who has it."""

    url: str = Field(
        examples=["https://store.private.blob.vercel-storage.com/files/019a6f0e?vercel-blob-…"]
    )
    valid_until: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class UploadReport(BaseModel):
    """The store's report of a finished client upload; other fields are ignored."""

    type: Literal["blob.upload-completed"]
    pathname: str = Field(validation_alias=AliasPath("payload", "blob", "pathname"))


class Received(ResponseModel):
    """The report was received."""

    response: Literal["ok"] = Field(examples=["ok"])
