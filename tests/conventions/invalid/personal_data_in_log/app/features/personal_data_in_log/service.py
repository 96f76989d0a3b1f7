"""Invitations."""

import structlog
from pydantic import Field

from app.core.api import EmailAddress, RequestModel, ShortText

log = structlog.get_logger()


class Guest(RequestModel):
    """A person who is invited."""

    name: ShortText = Field(examples=["Ada"])
    email: EmailAddress = Field(examples=["ada@example.com"])


def invite(guest: Guest) -> None:
    """Invite a person."""
    log.info("guest_invited", to=guest.email)  # violates: personal-data-in-log
    log.debug("guest_details", details=f"{guest}")  # violates: personal-data-in-log
