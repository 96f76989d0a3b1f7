"""Request and response models of flags."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field, StringConstraints, model_validator

from app.core.api import ListQuery, Orders, RequestModel, ResponseModel, WholeNumber
from app.features.flag_rollouts.models import FeatureFlag

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"

FlagName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,59}$"), Field(examples=["new-checkout"])
]
Note = Annotated[str, StringConstraints(max_length=200), Field(examples=["See PROJ-812."])]


class FlagQuery(ListQuery):
    """Order of the flags."""

    sort: Annotated[Literal["name", "-name"], Orders(name=[FeatureFlag.name])] = Field(
        default="name", description="`-` sorts descending.", examples=["name"]
    )


class FlagIn(RequestModel):
    """A new flag."""

    name: FlagName
    percent: WholeNumber = Field(default=0, ge=0, le=100, examples=[25])
    note: Note = ""


class FlagPatch(RequestModel):
    """Changes to a flag; omitted fields stay unchanged."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    percent: Annotated[int, Field(ge=0, le=100)] | MISSING = Field(default=MISSING, examples=[25])
    note: Note | MISSING = MISSING

    @model_validator(mode="after")
    def _require_a_change(self) -> Self:
        if not self.model_fields_set:
            message = "send percent, note or both"
            raise ValueError(message)
        return self


class OverrideIn(RequestModel):
    """The user for whom a flag is fixed."""

    user_id: UUID = Field(examples=[_ID])
    is_on: bool = Field(examples=[True])


class FlagOut(ResponseModel):
    """A flag as administrators see it."""

    name: str = Field(examples=["new-checkout"])
    percent: int = Field(examples=[25])
    note: str = Field(examples=["See PROJ-812."])
    version: int = Field(examples=[1])
    updated_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class OwnFlagsOut(ResponseModel):
    """The flags of the caller."""

    active: list[str] = Field(description="The names of those that are on, at most 500.")
