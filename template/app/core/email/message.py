"""A message, and the error for one that could not be sent."""

from dataclasses import dataclass, field

from uuid_utils import uuid7

from app.core.errors import Unavailable


class EmailNotSent(Unavailable):
    """The mail server did not accept a message."""

    code = "email_not_sent"
    message = "The email could not be sent. Retry after the time in Retry-After."


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailMessage:
    """One message.

    Attributes:
        to: The recipient's address.
        subject: One line.
        text: The body as plain text.
        template: The name of the HTML template, for a backend that renders HTML.
        link: The URL that the message asks the reader to open, if any; it is part of the text too.
        key: The idempotency key: a message enqueued twice under one key is sent once.
        is_recorded: Whether a backend's record of it may name the recipient and the subject.
    """

    to: str
    subject: str
    text: str = field(repr=False)
    template: str = "plain"
    link: str | None = field(default=None, repr=False)
    key: str = field(default_factory=lambda: str(uuid7()))
    is_recorded: bool = True
