"""The ways to send a message: SMTP, the developer's terminal, or a module's own backend."""

import sys
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage as MimeMessage
from email.utils import format_datetime
from typing import TextIO

import aiosmtplib
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.email.message import EmailMessage, EmailNotSent
from app.core.email.settings import EmailSettings


class EmailBackend:
    """Sends messages; subclass it to send them through another provider."""

    async def record(self, session: AsyncSession, message: EmailMessage) -> None:
        """Store a message in the transaction that enqueues it, if the backend keeps records."""

    async def send(self, message: EmailMessage) -> None:
        """Send one message.

        Raises:
            EmailNotSent: The message was not accepted; the job retries.
        """
        raise NotImplementedError


class ConsoleEmailBackend(EmailBackend):
    """Prints messages, for development."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Choose the stream: standard error by default."""
        self._stream = stream

    async def send(self, message: EmailMessage) -> None:
        """Print one message."""
        head = (f"To: {message.to}", f"Subject: {message.subject}", "")
        lines = "\n".join(f"  | {line}" for line in (*head, *message.text.splitlines()))
        stream = self._stream or sys.stderr
        stream.write(f"Email, printed because SMTP_HOST is not set:\n{lines}\n")
        stream.flush()


class DisabledEmailBackend(EmailBackend):
    """Refuses to send: production without a mail server never prints a message to its log."""

    async def send(self, message: EmailMessage) -> None:  # noqa: ARG002 - see `EmailBackend`
        """Raise `EmailNotSent`."""
        reason = "This service is not configured to send email."
        raise EmailNotSent(reason)


class SmtpEmailBackend(EmailBackend):
    """Sends each message to a mail server in a connection of its own."""

    def __init__(self, settings: EmailSettings) -> None:
        """Take the server and the sender from the settings."""
        self._settings = settings
        self._sender = settings.mail_from or "nobody@localhost"
        self._domain = self._sender.rpartition("@")[2]

    async def send(self, message: EmailMessage) -> None:
        """Send one message; see `EmailBackend`."""
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

    def _compose(self, message: EmailMessage) -> MimeMessage:
        mime = MimeMessage()
        mime["From"] = Address(self._settings.mail_from_name, addr_spec=self._sender)
        mime["To"] = Address(addr_spec=message.to)
        mime["Subject"] = message.subject
        mime["Date"] = format_datetime(datetime.now(UTC))
        mime["Message-ID"] = (
            f"<{message.key}@{self._domain}>"  # mail clients merge duplicates by it
        )
        mime["Auto-Submitted"] = "auto-generated"
        mime.set_content(message.text)
        return mime


def make_backend(settings: EmailSettings) -> EmailBackend:
    """Return the backend that the settings ask for."""
    if settings.smtp_host:
        return SmtpEmailBackend(settings)
    return DisabledEmailBackend() if settings.is_production else ConsoleEmailBackend()
