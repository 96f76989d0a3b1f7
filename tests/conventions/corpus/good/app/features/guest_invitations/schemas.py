"""Request and response models of invitations."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.api import EmailAddress, RequestModel, ResponseModel

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"

GrantedRole = Annotated[Literal["viewer", "editor"], Field(examples=["viewer"])]


class InvitationIn(RequestModel):
    """An invitation by email."""

    email: EmailAddress
    role: GrantedRole = "viewer"


class MemberIn(RequestModel):
    """A user to make a member.

    Attributes:
        user_id: The invitee; the caller is known by the token.
    """

    user_id: UUID = Field(description="The person to add, not the caller.", examples=[_ID])
    role: GrantedRole = "viewer"


class InvitationAcceptance(RequestModel):
    """The token of the link in the email."""

    token: str = Field(max_length=100, examples=["q3ZxN0vCk4c2Qe3f9hXzq1uYpQy5cWm8T2rJd6aVb7k"])


class InvitationOut(ResponseModel):
    """An invitation that waits for its answer."""

    id: UUID = Field(examples=[_ID])
    email: str = Field(examples=["ada@example.com"])
    role: str = Field(examples=["viewer"])
    expires_at: datetime = Field(examples=["2026-02-07T12:00:00Z"])


class MemberOut(ResponseModel):
    """A member of a workspace."""

    workspace_id: UUID = Field(examples=[_ID])
    user_id: UUID = Field(examples=[_ID])
    role: str = Field(examples=["viewer"])
    joined_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])
