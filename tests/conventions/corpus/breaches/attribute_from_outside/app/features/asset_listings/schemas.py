"""Request and response models of lists of equipment."""

from typing import Annotated

from pydantic import Field

from app.core.api import RequestModel, ResponseModel


class AssetQuery(RequestModel):
    """The equipment to list."""

    sort: str = Field(default="name", max_length=40, examples=["-created_at"])
    field: str = Field(default="name", max_length=40, examples=["name"])
    value: str = Field(default="", max_length=200, examples=["Drill"])
    columns: list[Annotated[str, Field(max_length=40)]] = Field(
        default=["name"], max_length=5, examples=[["name"]]
    )


class AssetLinesOut(ResponseModel):
    """Equipment, line by line."""

    lines: list[str] = Field(max_length=100, examples=[["Drill"]])
