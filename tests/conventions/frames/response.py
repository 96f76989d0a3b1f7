"""A response model, and the endpoint that returns it; the example is a field."""

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/FEATURE", tags=["examples"])


class UserOut(ResponseModel):
    """A user."""

    EXAMPLE  # frame


@router.get("", response_model=Envelope[UserOut])
async def show_one() -> DataResponse[None]:
    """Return a user."""
    return DataResponse(None)
