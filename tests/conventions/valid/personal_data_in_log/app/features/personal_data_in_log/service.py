"""Invitations."""

from uuid import UUID

import structlog
from pydantic import Field

from app.core.api import EmailAddress, RequestModel, ShortText

log = structlog.get_logger()


class Guest(RequestModel):
    """A person who is invited."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    name: ShortText = Field(examples=["Ada"])
    email: EmailAddress = Field(examples=["ada@example.com"])


def invite(guest: Guest) -> None:
    """Invite a person."""
    log.info("guest_invited", guest_id=str(guest.id), length=len(guest.name))
