"""Sending mail: one protocol, by SMTP where that is configured, else to the developer's terminal.

    left = await hand_over(session, Message(to=guest.email, subject="You are invited", text=…))
    await session.commit()
    if left:
        await current_mailer().send(left)

Send after the transaction is committed: what was mailed cannot be rolled back. `hand_over` says
whether that is left to you, or whether somebody has taken charge of it within the transaction.
"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Annotated, Literal, Protocol, TextIO

import aiosmtplib
from fastapi import Depends, FastAPI
from pydantic import AfterValidator, Field, SecretStr
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from app.core.api.schemas import EmailAddress
from app.core.services import get
from app.core.errors import Unavailable
from app.core.module import Module
from app.settings import ServiceSettings


class EmailNotSent(Unavailable):
    """The mail server did not take a message."""

    code = "email_not_sent"
    message = "The mail could not be sent. Try again as Retry-After says."


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One mail.

    Attributes:
        to: The address.
        subject: One line.
        text: The message, as plain text.
        kind: What it is about, for a mailer that has more than text to show.
        link: Where the reader is to go, if anywhere; it is part of the text too.
        key: Its name: a message that is sent twice under one name is one mail, where the mailer
            can see to that.
    """

    to: str
    subject: str
    text: str = field(repr=False)
    kind: str = "plain"
    link: str | None = field(default=None, repr=False)
    key: str = field(default_factory=lambda: str(uuid7()))


class Mailer(Protocol):
    """What sends mail."""

    async def send(self, message: Message) -> None:
        """Send one message.

        Raises:
            EmailNotSent: It could not be handed over.
        """


Carrier = Callable[[AsyncSession, Message], Awaitable[Message | None]]


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

    async def send(self, message: Message) -> None:
        """Show one message."""
        head = (f"To: {message.to}", f"Subject: {message.subject}", "")
        lines = "\n".join(f"  | {line}" for line in (*head, *message.text.splitlines()))
        stream = self._stream or sys.stderr
        stream.write(f"Mail, shown here since SMTP_HOST is not set:\n{lines}\n")
        stream.flush()


class NoMailer:
    """Refuses to send: production without a mail server never shows a message in its log."""

    async def send(self, message: Message) -> None:  # noqa: ARG002 - see `Mailer`
        """Raise `EmailNotSent`."""
        reason = "This service is not configured to send mail."
        raise EmailNotSent(reason)


class SmtpMailer:
    """Hands mail to a server, in a connection of its own for each message."""

    def __init__(self, settings: MailSettings) -> None:
        """Take the server and the sender from the settings."""
        self._settings = settings

    async def send(self, message: Message) -> None:
        """Send one message; see `Mailer`."""
        settings = self._settings
        password = settings.smtp_password
        try:
            await aiosmtplib.send(
                self._compose(message),
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
            raise EmailNotSent from error

    @property
    def _sender(self) -> str:
        return self._settings.mail_from or "nobody@localhost"

    @property
    def _domain(self) -> str:
        return self._sender.rpartition("@")[2]

    def _compose(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = Address(self._settings.mail_from_name, addr_spec=self._sender)
        mail["To"] = Address(addr_spec=message.to)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = f"<{message.key}@{self._domain}>"  # one that came twice shows as one
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail


def make_mailer(settings: MailSettings) -> Mailer:
    """Return what sends mail as the settings say."""
    if settings.smtp_host:
        return SmtpMailer(settings)
    return NoMailer() if settings.is_production else ConsoleMailer()


async def hand_over(session: AsyncSession, message: Message) -> Message | None:
    """Let whoever carries mail take charge of a message, within the transaction.

    Args:
        session: The transaction that the message belongs to.
        message: What to send if it is committed.

    Returns:
        The message if the caller has to send it after the commit, `None` if that is seen to.
    """
    return await _carriers[-1](session, message)


async def leave_to_caller(_session: AsyncSession, message: Message) -> Message | None:
    """Carry nothing."""
    return message


def current_mailer() -> Mailer:
    """Return what sends mail in this service while it runs."""
    return _mailers[-1]


@contextmanager
def mail_through(mailer: Mailer) -> Iterator[None]:
    """Send mail another way inside the block; a module that offers it does so while it is open."""
    _mailers.append(mailer)
    try:
        yield
    finally:
        _mailers.remove(mailer)


@contextmanager
def carry_mail_by(carrier: Carrier) -> Iterator[None]:
    """Let another carrier take charge of mail inside the block."""
    _carriers.append(carrier)
    try:
        yield
    finally:
        _carriers.remove(carrier)


@asynccontextmanager
async def _open_mailer(app: FastAPI) -> AsyncIterator[None]:
    with mail_through(make_mailer(get(MailSettings))):
        yield


async def get_mailer() -> Mailer:
    """Return what sends mail in this service; a dependency."""
    return current_mailer()


_mailers: list[Mailer] = [NoMailer()]
_carriers: list[Carrier] = [leave_to_caller]
Mail = Annotated[Mailer, Depends(get_mailer)]

module = Module(name="mail", open=_open_mailer, settings=MailSettings)
