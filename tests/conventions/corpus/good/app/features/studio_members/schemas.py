"""Request and response models of studios and members."""

from typing import Self
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field, model_validator

from app.core.api import BatchIds, RequestModel, ResponseModel, ShortText
from app.features.studio_members.models import MemberRole

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"


class StudioPatch(RequestModel):
    """Changes to a studio; omitted fields stay unchanged, null removes the description."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    name: ShortText | MISSING = Field(default=MISSING, examples=["Marketing"])
    description: ShortText | MISSING | None = Field(default=MISSING, examples=["Our campaigns"])

    @model_validator(mode="after")
    def _require_a_change(self) -> Self:
        if not self.model_fields_set:
            message = "send at least one of name and description"
            raise ValueError(message)
        return self


class StudioIn(RequestModel):
    """All fields of a studio, which replace the stored ones."""

    name: ShortText = Field(examples=["Marketing"])
    description: ShortText | None = Field(examples=["Our campaigns"])


class InviteeIn(RequestModel):
    """A user to invite."""

    user_id: UUID = Field(description="The user to invite.", examples=[_ID])
    role: MemberRole = Field(examples=["reader"])


class InvitationIn(RequestModel):
    """Users to invite."""

    invitees: list[InviteeIn] = Field(min_length=1, max_length=50)


class RemovalIn(RequestModel):
    """Members to remove."""

    member_ids: BatchIds[UUID] = Field(examples=[[_ID]])


class StudioOut(ResponseModel):
    """A studio."""

    id: UUID = Field(examples=[_ID])
    name: str = Field(examples=["Marketing"])
    description: str | None = Field(examples=["Our campaigns"])


class MemberOut(ResponseModel):
    """A member of a studio."""

    id: UUID = Field(examples=[_ID])
    member_id: UUID = Field(examples=[_ID])
    role: str = Field(examples=["reader"])


class RemovedMemberOut(ResponseModel):
    """A member that was removed."""

    id: UUID = Field(examples=[_ID])
