"""Endpoints of devices."""

from typing import Annotated

from fastapi import Depends, Header

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.features.telemetry_devices.headers import Labels, Reporter
from app.features.telemetry_devices.schemas import DeviceHeaders, DeviceStatusOut

router = Router(prefix=f"{API_V1}/telemetry-devices", tags=["telemetry-devices"])


@router.get("/status", response_model=Envelope[DeviceStatusOut])
async def read_device_status(
    _: CurrentUser,
    site: Annotated[str, Header(alias="X-Site", examples=["hall-3"])],  # breach: unbounded-header
    headers: Annotated[DeviceHeaders, Header()],
) -> DataResponse[DeviceStatusOut]:
    """Return the status of a device, as its headers report it."""
    return DataResponse(DeviceStatusOut(firmware=f"{headers.x_firmware} at {site}"))


@router.get("/labels", response_model=Envelope[DeviceStatusOut])
async def read_device_labels(
    _: CurrentUser, labels: Labels, reporter: Annotated[Reporter, Depends()]
) -> DataResponse[DeviceStatusOut]:
    """Return the labels of a device and who read it."""
    return DataResponse(DeviceStatusOut(firmware=",".join([reporter.number, *labels])))
