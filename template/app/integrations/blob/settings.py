"""The settings of files."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, SecretStr

from app.integrations.blob.content_types import KINDS
from app.settings import CommaSeparated, ServiceSettings


def _check_token(value: SecretStr) -> SecretStr:
    vendor, _, rest = value.get_secret_value().partition("_rw_")
    store, _, secret = rest.partition("_")
    if vendor == "vercel_blob" and store and secret:
        return value
    message = "write it as Vercel shows it: vercel_blob_rw_STORE_SECRET"
    raise ValueError(message)


def _check_types(values: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := sorted(set(values) - set(KINDS)):
        message = f"cannot be recognised: {', '.join(unknown)}; these can: {', '.join(KINDS)}"
        raise ValueError(message)
    return values


class BlobSettings(ServiceSettings):
    """Where files are kept, and how many and which."""

    required_in_production: ClassVar[tuple[str, ...]] = ("blob_read_write_token",)

    blob_read_write_token: Annotated[SecretStr, AfterValidator(_check_token)] | None = None
    """Of a private store. Outside production, files are kept in a folder without it."""

    blob_api_url: str = "https://vercel.com/api/blob"
    """Where Vercel's API is."""

    blob_content_url: str = "https://{store}.private.blob.vercel-storage.com"
    """Where files are read; `{store}` stands for the store's id, which is part of the token."""

    blob_callback_url: str | None = None
    """Where Vercel reports uploads, as seen from there. Unset: at the host that was asked."""

    blob_timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 20
    """How long Vercel may take to answer, and to take or give the next part of a file."""

    blob_folder: Path = Path(".data/blobs")
    """Where files are kept without a token."""

    blob_prefix: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] = "files"
    """What the names in the store begin with. Two services must not share both."""

    blob_content_types: Annotated[CommaSeparated, AfterValidator(_check_types)] = (
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "application/pdf",
        "text/plain",
    )
    """The types of files that are taken, comma-separated."""

    blob_max_file_bytes: Annotated[int, Field(ge=1)] = 104_857_600
    """The largest file."""

    blob_quota_bytes: Annotated[int, Field(ge=1)] = 5_000_000_000
    """What all files together may take; 5 GB are free at Vercel."""

    blob_user_quota_bytes: Annotated[int, Field(ge=1)] = 500_000_000
    """What the files of one user may take."""

    blob_upload_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    """How long one upload may take; its place is kept as long and freed when it fails."""
