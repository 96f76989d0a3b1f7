"""Endpoints of conversions."""

from fastapi import Depends
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, RequestModel, ResponseModel, Router
from app.core.guards import RateLimit
from app.features.media_conversions import converting

router = Router(
    prefix=f"{API_V1}/media-conversions",
    tags=["media-conversions"],
    dependencies=[Depends(RateLimit("5/minute", name="media_conversions"))],
)


class ConversionIn(RequestModel):
    """A video to convert."""

    source: str = Field(max_length=500, examples=["holiday.mov"])
    container: str = Field(max_length=20, examples=["webm"])
    options: str = Field(max_length=200, examples=["-ss 10"])


class ConversionOut(ResponseModel):
    """The result of a conversion."""

    status: int = Field(examples=[0])


@router.post("/probes", response_model=Envelope[ConversionOut])
async def probe_video(_: CurrentUser, new: ConversionIn) -> DataResponse[ConversionOut]:
    """Return the length of a video's description."""
    return DataResponse(ConversionOut(status=len(await converting.probe(new.source))))


@router.post("/thumbnails", response_model=Envelope[ConversionOut])
async def make_thumbnail(_: CurrentUser, new: ConversionIn) -> DataResponse[ConversionOut]:
    """Store the first picture of a video."""
    status = await converting.thumbnail(new.source, "thumbnail.png")
    return DataResponse(ConversionOut(status=status))


@router.post("/trims", response_model=Envelope[ConversionOut])
async def trim_video(_: CurrentUser, new: ConversionIn) -> DataResponse[ConversionOut]:
    """Trim a video."""
    return DataResponse(ConversionOut(status=await converting.trim(new.source, new.options)))


@router.post("/formats", response_model=Envelope[ConversionOut])
async def convert_video(_: CurrentUser, new: ConversionIn) -> DataResponse[ConversionOut]:
    """Convert a video into another format."""
    converter = converting.Converter(new.container)
    description = await converter.describe()
    status = await converter.convert(new.source)
    return DataResponse(ConversionOut(status=status + len(description)))
