"""The settings of invitations."""

from typing import Annotated

from pydantic import Field

from app.settings import HttpUrl, ServiceSettings


class InvitationSettings(ServiceSettings):
    """The page that accepts invitations, and their lifetime."""

    invitation_url: HttpUrl = "https://app.example.com/invitations"
    """The page of the front end that reads the token after the `#`."""

    invitation_days: Annotated[int, Field(ge=1, le=60)] = 7
    """Days after which an invitation expires."""

    invitation_token_minimum_length: Annotated[int, Field(ge=20, le=100)] = 43
    """The length below which a token is not looked up."""
