"""Sending mail: one protocol, by SMTP where that is configured, else to the developer's terminal.

    async def invite(session: Session, mailer: Mail, guest: Guest) -> None:
        await mailer.send(to=guest.email, subject="You are invited", text=…)

Send after the transaction is committed: what was mailed cannot be rolled back.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Annotated, Literal, Protocol, TextIO, cast

import aiosmtplib
from fastapi import Depends, FastAPI, Request
from pydantic import AfterValidator, Field, SecretStr

from app.core.configuration import settings_of
from app.core.errors import Unavailable
from app.core.module import Module
from app.core.schemas import EmailAddress
from app.settings import ServiceSettings


class MailNotSent(Unavailable):
    """The mail server did not take a message."""

    code = "mail_not_sent"
    message = "The mail could not be sent. Try again as Retry-After says."


class Mailer(Protocol):
    """What sends mail."""

    async def send(self, *, to: str, subject: str, text: str) -> None:
        """Send one message.

        Args:
            to: The address.
            subject: One line.
            text: The message, as plain text.

        Raises:
            MailNotSent: It could not be handed over; the reason is in the log.
        """


class MailSettings(ServiceSettings):
    """How mail leaves the service."""

    smtp_host: str | None = None
    """The mail server. Unset: mail is shown in the terminal, and in production not sent."""

    smtp_port: Annotated[int, Field(ge=1, le=65_535)] = 587
    """465 for `SMTP_TLS=implicit`, as a rule."""

    smtp_username: str | None = None
    """Who we are to the mail server, if it asks."""

    smtp_password: SecretStr | None = None
    """The password that belongs to it."""

    smtp_tls: Literal["starttls", "implicit", "off"] = "starttls"
    """`off` only for a server on this machine: passwords and mail would be readable on the way."""

    smtp_timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 10
    """How long one step of the conversation with the mail server may take."""

    mail_from: EmailAddress | None = None
    """The address that mail comes from."""

    mail_from_name: Annotated[str, AfterValidator(str.strip), Field(max_length=100)] = ""
    """The name that stands before it."""

    def missing_in_production(self) -> list[str]:
        """Return what production cannot do without and is not set."""
        missing = super().missing_in_production()
        if self.smtp_host and not self.mail_from:
            missing.append("MAIL_FROM")
        return missing


class ConsoleMailer:
    """Shows mail in the terminal, for development."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Choose where to write: standard error unless given."""
        self._stream = stream

    async def send(self, *, to: str, subject: str, text: str) -> None:
        """Show one message."""
        lines = "\n".join(
            f"  | {line}" for line in (f"To: {to}", f"Subject: {subject}", "", *text.splitlines())
        )
        stream = self._stream or sys.stderr
        stream.write(f"Mail, shown here since SMTP_HOST is not set:\n{lines}\n")
        stream.flush()


class NoMailer:
    """Refuses to send: production without a mail server never shows a message in its log."""

    async def send(self, *, to: str, subject: str, text: str) -> None:  # noqa: ARG002
        """Raise `MailNotSent`."""
        message = "This service is not configured to send mail."
        raise MailNotSent(message)


class SmtpMailer:
    """Hands mail to a server, in a connection of its own for each message."""

    def __init__(self, settings: MailSettings) -> None:
        """Take the server and the sender from the settings."""
        self._settings = settings

    async def send(self, *, to: str, subject: str, text: str) -> None:
        """Send one message; see `Mailer`."""
        settings = self._settings
        password = settings.smtp_password
        try:
            await aiosmtplib.send(
                self._compose(to=to, subject=subject, text=text),
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_username,
                password=password.get_secret_value() if password else None,
                use_tls=settings.smtp_tls == "implicit",
                start_tls=settings.smtp_tls == "starttls",
                timeout=settings.smtp_timeout_seconds,
                local_hostname=self._domain,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailNotSent from error

    @property
    def _sender(self) -> str:
        return self._settings.mail_from or "nobody@localhost"

    @property
    def _domain(self) -> str:
        return self._sender.rpartition("@")[2]

    def _compose(self, *, to: str, subject: str, text: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = Address(self._settings.mail_from_name, addr_spec=self._sender)
        message["To"] = Address(addr_spec=to)
        message["Subject"] = subject
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = make_msgid(domain=self._domain)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message


def make_mailer(settings: MailSettings) -> Mailer:
    """Return what sends mail as the settings say."""
    if settings.smtp_host:
        return SmtpMailer(settings)
    return NoMailer() if settings.is_production else ConsoleMailer()


@asynccontextmanager
async def _open_mailer(app: FastAPI) -> AsyncIterator[None]:
    app.state.mailer = make_mailer(settings_of(app, MailSettings))
    yield


async def get_mailer(request: Request) -> Mailer:
    """Return what sends mail in this service."""
    return cast("Mailer", request.app.state.mailer)


Mail = Annotated[Mailer, Depends(get_mailer)]

module = Module(name="mail", open=_open_mailer, settings=MailSettings)
