"""The labels of parcels, wrapped so that the rest of the service sees types and coroutines.

The SDK is synchronous. Methods that only compute (a signed link, the parts of a form) are called
directly; those that use the network run in a thread, a few at a time.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any, Protocol
from uuid import UUID

import structlog

from app.core.errors import BadGateway
from app.features.parcel_shipping.settings import ShippingSettings

MAX_THREADS = 4
UPLOAD_SECONDS = 20.0

log = structlog.get_logger(__name__)


class LabelStoreFailed(BadGateway):
    """The bucket does not take the label."""

    code = "label_store_failed"
    message = "The label could not be stored. Retry later."


class SdkClient(Protocol):
    """The part of the vendor's client that labels use."""

    def generate_presigned_url(self, operation: str, **options: Any) -> str:  # noqa: ANN401 - SDK
        """Return a signed link, without a request."""

    def put_object(self, **options: Any) -> object:  # noqa: ANN401 - the SDK's
        """Store an object; waits for the network."""

    def close(self) -> None:
        """Close the connections."""


class Labels(Protocol):
    """The place where labels are kept."""

    def link_to(self, shipment_id: UUID) -> str:
        """Return a link to a label that works for a while."""

    async def put(self, shipment_id: UUID, content: bytes) -> None:
        """Store a label."""


@dataclass(frozen=True, slots=True)
class LabelSize:
    """The size of a label in millimetres."""

    x: int
    y: int

    @property
    def area(self) -> int:
        """The area in square millimetres."""
        return self.x * self.y


class BucketLabels:
    """Labels in a bucket, by the vendor's synchronous SDK."""

    def __init__(self, client: SdkClient, settings: ShippingSettings) -> None:
        """Take a client of the SDK, which has timeouts of its own."""
        self._client = client
        self._bucket = settings.label_bucket
        self._link_seconds = settings.label_link_seconds
        self._slots = asyncio.Semaphore(MAX_THREADS)

    def link_to(self, shipment_id: UUID) -> str:
        """Return a signed link; it is computed here, without a request."""
        parameters = {"Bucket": self._bucket, "Key": _key(shipment_id)}
        return self._client.generate_presigned_url(
            "get_object", Params=parameters, ExpiresIn=self._link_seconds
        )

    async def put(self, shipment_id: UUID, content: bytes) -> None:
        """Store a label in a thread.

        Raises:
            LabelStoreFailed: The bucket did not take it in time.
        """
        upload = partial(
            self._client.put_object, Bucket=self._bucket, Key=_key(shipment_id), Body=content
        )
        try:
            async with self._slots, asyncio.timeout(UPLOAD_SECONDS):
                await asyncio.to_thread(upload)
        except (OSError, TimeoutError) as error:
            log.warning("label_not_stored", shipment_id=str(shipment_id), error=repr(error))
            raise LabelStoreFailed from error

    async def put_all(self, labels: Sequence[tuple[UUID, bytes]]) -> None:
        """Store several labels, as many at a time as there are slots."""
        async with asyncio.TaskGroup() as uploads:
            for shipment_id, content in labels:
                uploads.create_task(self.put(shipment_id, content))


def make_client(settings: ShippingSettings) -> SdkClient:
    """Return a client of the SDK; opens no connection."""
    # The SDK is installed only where labels are on.
    boto3, config = import_module("boto3"), import_module("botocore.config")

    key = settings.label_access_key
    client: SdkClient = boto3.client(
        "s3",
        aws_access_key_id=settings.label_access_id,
        aws_secret_access_key=key.get_secret_value() if key else None,
        config=config.Config(connect_timeout=3, read_timeout=10, retries={"max_attempts": 2}),
    )
    return client


async def open_labels(stack: AsyncExitStack, settings: ShippingSettings) -> BucketLabels:
    """Return the labels; the SDK reads files when it is loaded, so it is loaded in a thread."""
    client = await asyncio.to_thread(make_client, settings)
    stack.callback(client.close)
    return BucketLabels(client, settings)


def largest(sizes: Iterable[LabelSize]) -> LabelSize | None:
    """Return the largest of some sizes."""
    return max(sizes, key=lambda size: size.area, default=None)


def manifest_of(shipments: Iterable[UUID]) -> dict[str, Any]:
    """Return the names of labels by their folder, as the carrier's manifest has them."""
    paths = [PurePosixPath(_key(shipment_id)) for shipment_id in shipments]
    return {str(path.parent): path.name for path in paths}


def _key(shipment_id: UUID) -> str:
    return f"labels/{shipment_id.hex[:2]}/{shipment_id}.pdf"
