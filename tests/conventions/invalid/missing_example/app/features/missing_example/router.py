"""Endpoints."""

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/missing-examples", tags=["missing-examples"])


class Plain(ResponseModel):
    """A greeting, and nothing to go by."""

    text: str  # violates: missing-example


@router.get("/first", response_model=Envelope[Plain])
async def read_without_example() -> DataResponse[Plain]:
    """Greet."""
    return DataResponse(Plain(text="Hello"))
