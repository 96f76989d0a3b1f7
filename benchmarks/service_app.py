"""The generated service with a route without I/O, which shows the cost of the middleware."""

from fastapi import APIRouter, FastAPI
from pydantic import Field

from app.core.api import DataResponse, Envelope, ResponseModel
from app.main import create_app

router = APIRouter()


class Plain(ResponseModel):
    """A small response."""

    status: str = Field(examples=["ok"])
    checks: list[str] = Field(examples=[["a"]])


@router.get("/plain", response_model=Envelope[Plain])
async def read_plain() -> DataResponse[Plain]:
    """Return a constant."""
    return DataResponse(Plain(status="ok", checks=["a", "b"]))


def create_measured_app() -> FastAPI:
    """Return the service with the route."""
    app = create_app()
    app.include_router(router)
    return app
