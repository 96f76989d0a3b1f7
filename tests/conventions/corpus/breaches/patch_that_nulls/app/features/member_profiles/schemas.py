"""Request and response models of profiles."""

from uuid import UUID

from pydantic import Field

from app.core.api import RequestModel, ResponseModel, ShortText, UtcDatetime


class MemberPatch(RequestModel):
    """Changes to a profile; omitted fields stay unchanged."""

    nickname: ShortText | None = Field(default=None, examples=["Ada"])
    city: ShortText | None = Field(default=None, examples=["Bern"])
    away_until: UtcDatetime | None = Field(default=None, examples=["2026-01-31T12:00:00Z"])


class MemberOut(ResponseModel):
    """The profile of a member."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    nickname: str | None = Field(examples=["Ada"])
