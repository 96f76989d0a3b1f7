"""The settings of files."""

from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from app.integrations.blob.content_types import CONTENT_TYPES
from app.settings import CommaSeparated, HttpUrl, ServiceSettings


def _check_token(value: SecretStr) -> SecretStr:
    vendor, _, rest = value.get_secret_value().partition("_rw_")
    store, _, secret = rest.partition("_")
    if vendor == "vercel_blob" and store and secret:
        return value
    message = "write it as Vercel shows it: vercel_blob_rw_STORE_SECRET"
    raise ValueError(message)


def _check_types(values: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := sorted(set(values) - set(CONTENT_TYPES)):
        message = f"unknown types: {', '.join(unknown)}; known are {', '.join(CONTENT_TYPES)}"
        raise ValueError(message)
    return values


class BlobSettings(ServiceSettings):
    """The store of files, its quotas and the allowed types."""

    required_in_production: ClassVar[tuple[str, ...]] = ("blob_read_write_token",)

    blob_read_write_token: Annotated[SecretStr, AfterValidator(_check_token)] | None = None
    """The token of a private store. Outside production it is optional: files are stored on disk."""

    blob_api_url: HttpUrl = "https://vercel.com/api/blob"
    """The address of Vercel's API."""

    blob_max_calls: Annotated[int, Field(ge=1, le=1000)] = 50
    """The most calls of Vercel at the same time in one process; as many wait for a second."""

    blob_content_url: HttpUrl = "https://{store}.private.blob.vercel-storage.com"
    """The address of files; `{store}` stands for the id of the store, a part of the token."""

    blob_callback_url: HttpUrl | None = None
    """The public address for Vercel's upload reports. Unset: the host of the client's request."""

    blob_timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 20
    """The time limit of a response, and of sending or receiving the next part of a file."""

    blob_folder: Path = Path(".data/blobs")
    """The folder of files if no token is set."""

    blob_prefix: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] = "files"
    """The prefix of pathnames. Two services that share a store need different ones."""

    blob_content_types: Annotated[CommaSeparated, AfterValidator(_check_types)] = (
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "application/pdf",
        "text/plain",
    )
    """The allowed content types, comma-separated."""

    blob_max_file_bytes: Annotated[int, Field(ge=1)] = 104_857_600
    """The size limit of one file."""

    blob_quota_bytes: Annotated[int, Field(ge=1)] = 5_000_000_000
    """The quota of all files together; 5 GB are free at Vercel."""

    blob_user_quota_bytes: Annotated[int, Field(ge=1)] = 500_000_000
    """The quota of the files of one user, at most half of that of all."""

    blob_transfers: Annotated[int, Field(ge=2)] = 40
    """The uploads and downloads of all users that one process runs at once."""

    blob_user_transfers: Annotated[int, Field(ge=1)] = 6
    """The uploads and downloads of one user that one process runs at once, at most half of all."""

    blob_upload_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    """The time limit of an upload through the service."""

    blob_client_upload_minutes: Annotated[int, Field(ge=1, le=1440)] = 10
    """The lifetime of tokens for uploads from clients to the store, and of their reservations."""

    blob_download_minutes: Annotated[int, Field(ge=1, le=10_080)] = 5
    """The lifetime of download URLs."""

    @model_validator(mode="after")
    def _check_shares(self) -> Self:
        """Refuse a limit of one user that would let two of them keep out all others."""
        for one, everyone in (
            ("blob_user_quota_bytes", "blob_quota_bytes"),
            ("blob_user_transfers", "blob_transfers"),
        ):
            if getattr(self, one) * 2 > getattr(self, everyone):
                message = f"{one.upper()} must be at most half of {everyone.upper()}"
                raise ValueError(message)
        return self
