from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.features.parcel_shipping.labels import (
    BucketLabels,
    LabelSize,
    LabelStoreFailed,
    largest,
    manifest_of,
)
from app.features.parcel_shipping.settings import ShippingSettings
from app.features.parcel_shipping.tracking import ParcelState, events

SHIPMENT = UUID("019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b")
NOW = datetime(2026, 1, 31, tzinfo=UTC)


class FakeBucket:
    """The part of the SDK's client that labels use."""

    def __init__(self, *, fails: bool = False) -> None:
        self.keys: list[str] = []
        self._fails = fails

    def put_object(self, **values: Any) -> None:
        if self._fails:
            raise OSError
        self.keys.append(values["Key"])

    def generate_presigned_url(self, operation: str, **options: Any) -> str:
        assert operation == "get_object"
        return f"{options['Params']['Key']}?{options['ExpiresIn']}"

    def close(self) -> None:
        self.keys.clear()


async def test_labels_are_stored_and_linked_to() -> None:
    bucket = FakeBucket()
    labels = BucketLabels(bucket, ShippingSettings())
    await labels.put_all([(SHIPMENT, b"pdf")])
    assert bucket.keys == [f"labels/01/{SHIPMENT}.pdf"]
    assert labels.link_to(SHIPMENT) == f"labels/01/{SHIPMENT}.pdf?900"
    assert manifest_of([SHIPMENT]) == {"labels/01": f"{SHIPMENT}.pdf"}


async def test_a_bucket_that_fails_is_an_error_of_the_upstream() -> None:
    labels = BucketLabels(FakeBucket(fails=True), ShippingSettings())
    with pytest.raises(LabelStoreFailed):
        await labels.put(SHIPMENT, b"pdf")


def test_events_move_a_parcel_forward_in_time() -> None:
    state = events.apply("picked_up", ParcelState("sender", NOW), NOW + timedelta(hours=1))
    assert state.place == "van"
    assert events.apply("delivered", state, NOW) == state
    assert state.held_for(NOW + timedelta(hours=3)) == 2


def test_the_largest_label_wins() -> None:
    assert largest([LabelSize(100, 50), LabelSize(90, 90)]) == LabelSize(90, 90)
