"""The settings of accounts."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.core.email import EmailSettings
from app.core.production import InProduction, require_https
from app.settings import Rate


def _check_link(link: str) -> str:
    if "{token}" in link and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"']+", link):
        return link
    message = (
        "write a URL with {token} where the token belongs, as in "
        "https://app.example.com/reset#{token}"
    )
    raise ValueError(message)


Link = Annotated[str, AfterValidator(_check_link), InProduction(require_https)]


# 7 MiB in five passes is the least memory that OWASP recommends; its other pairs are as much work:
# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
MIN_MEMORY_KIB, MIN_WORK = 7168, 7168 * 5


class AccountSettings(EmailSettings):
    """Sign-up, sessions and password hashing."""

    account_mail: Literal["on", "off"] = "on"
    """`off`: addresses are not verified, and passwords cannot be reset by email."""

    verification_link: Link | None = None
    """The page that verifies an address and accepts a password, with `{token}` in its URL. Unset:
    the token is sent."""

    address_change_link: Link | None = None
    """The page that confirms another address, with `{token}` in its URL. Unset: likewise."""

    password_reset_link: Link | None = None
    """The page that accepts a new password, with `{token}` in its URL."""

    account_mail_per_domain: Rate = "500/hour"
    """The limit of requests for e-mails to new addresses of one domain."""

    account_mail_overall: Rate = "5000/hour"
    """The limit of requests for e-mails to new addresses."""

    verification_hours: Annotated[int, Field(ge=1, le=720)] = 48
    """The lifetime of a token that verifies an address."""

    password_reset_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    """The lifetime of a token that resets a password."""

    session_idle_days: Annotated[int, Field(ge=1, le=3650)] = 14
    """The idle time after which a session ends."""

    session_max_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """The time after which a session ends in any case."""

    session_touch_minutes: Annotated[int, Field(ge=1, le=1440)] = 5
    """The shortest interval at which the last use of a session is stored."""

    password_threads: Annotated[int, Field(ge=1, le=64)] = 2
    """Passwords that one process hashes at the same time."""

    password_queue: Annotated[int, Field(ge=1, le=10_000)] = 50
    """Passwords that may wait for hashing; further requests get a 503. Clients with failed log-ins
    get it earlier."""

    password_wait_seconds: Annotated[float, Field(gt=0, le=60)] = 5
    """The longest that a password waits for hashing before its request gets a 503."""

    password_memory_kib: Annotated[int, Field(ge=32, le=4_194_304)] = 65_536
    """The memory of one hash; after a change, a password is rehashed at its next log-in."""

    password_rounds: Annotated[int, Field(ge=1, le=100)] = 3
    """The number of passes over that memory."""

    @property
    def sends_email(self) -> bool:
        """True if addresses are verified and passwords reset by email."""
        return self.account_mail == "on"

    @property
    def session_idle(self) -> timedelta:
        """The idle lifetime of a session."""
        return timedelta(days=self.session_idle_days)

    @property
    def session_max(self) -> timedelta:
        """The longest lifetime of a session."""
        return timedelta(days=self.session_max_days)

    @property
    def session_touch(self) -> timedelta:
        """The age from which the stored last use of a session is updated."""
        return timedelta(minutes=self.session_touch_minutes)

    def missing_in_production(self) -> list[str]:
        """Return the names of required settings that are unset."""
        missing = super().missing_in_production()
        if self.sends_email and not self.smtp_host:
            missing.append("SMTP_HOST, or ACCOUNT_MAIL=off")
        return missing

    def weak_in_production(self) -> dict[str, str]:
        """Return what is wrong with weak values, by variable."""
        weak = super().weak_in_production()
        memory, rounds = self.password_memory_kib, self.password_rounds
        if memory < MIN_MEMORY_KIB or memory * rounds < MIN_WORK:
            weak["PASSWORD_MEMORY_KIB"] = (
                f"too little; at least {MIN_MEMORY_KIB}, and with {rounds} PASSWORD_ROUNDS at "
                f"least {max(MIN_MEMORY_KIB, -(-MIN_WORK // rounds))}"
            )
        return weak
