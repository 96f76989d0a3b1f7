"""Models of devices and their measurements."""

from pydantic import BaseModel, Field

from app.core.api import ResponseModel


class DeviceHeaders(BaseModel):
    """The headers of a device, among others."""

    x_firmware: str = Field(examples=["4.2.0"])  # breach: unbounded-header
    x_battery: int = Field(ge=0, le=100, examples=[87])


class DeviceStatusOut(ResponseModel):
    """The status of a device, as it reports it."""

    firmware: str = Field(examples=["4.2.0"])
