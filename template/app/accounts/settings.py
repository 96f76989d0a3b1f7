"""The settings of accounts."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.core.email.backends import MailSettings


def _require_place(link: str) -> str:
    if "{token}" in link:
        return link
    message = "write {token} where the token belongs, as in https://app.example.com/reset#{token}"
    raise ValueError(message)


Link = Annotated[str, AfterValidator(_require_place)]


class AccountSettings(MailSettings):
    """How accounts are opened, kept and locked."""

    account_mail: Literal["on", "off"] = "on"
    """`off`: addresses are taken as they are, and nobody can reset a password by mail."""

    verification_link: Link | None = None
    """The page that verifies an address; `{token}` stands for the token. Unset: just the token."""

    password_reset_link: Link | None = None
    """The page that takes a new password; `{token}` stands for the token."""

    verification_hours: Annotated[int, Field(ge=1, le=720)] = 48
    """How long a token to verify an address is valid."""

    password_reset_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    """How long a token to reset a password is valid."""

    session_idle_days: Annotated[int, Field(ge=1, le=3650)] = 14
    """A session that is not used for so long ends."""

    session_max_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """A session ends after so long, however much it is used."""

    session_touch_minutes: Annotated[int, Field(ge=1, le=1440)] = 5
    """How often at most it is written down that a session was used."""

    password_threads: Annotated[int, Field(ge=1, le=64)] = 2
    """Passwords that one process hashes at the same time."""

    password_queue: Annotated[int, Field(ge=1, le=10_000)] = 50
    """Passwords that may wait for that; more are answered with 503."""

    password_memory_kib: Annotated[int, Field(ge=32, le=4_194_304)] = 65_536
    """The memory that hashing a password takes; when it changes, the next log-in hashes anew."""

    password_rounds: Annotated[int, Field(ge=1, le=100)] = 3
    """The passes over that memory."""

    @property
    def mails(self) -> bool:
        """Whether addresses are verified and passwords reset by mail."""
        return self.account_mail == "on"

    @property
    def session_idle(self) -> timedelta:
        """How long a session lasts unused."""
        return timedelta(days=self.session_idle_days)

    @property
    def session_max(self) -> timedelta:
        """How long a session lasts at most."""
        return timedelta(days=self.session_max_days)

    @property
    def session_touch(self) -> timedelta:
        """How old a note of a session's last use must be to be renewed."""
        return timedelta(minutes=self.session_touch_minutes)

    def missing_in_production(self) -> list[str]:
        """Return what production cannot do without and is not set."""
        missing = super().missing_in_production()
        if self.mails and not self.smtp_host:
            missing.append("SMTP_HOST, or ACCOUNT_MAIL=off")
        return missing
