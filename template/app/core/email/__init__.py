"""E-mail: one job a message, written in the transaction that the message belongs to.

    from app.core.email import EmailMessage, enqueue_email

    await enqueue_email(session, EmailMessage(to=guest.email, subject="You are invited", text=...))

The message is sent after the commit, or not at all if the transaction is rolled back. It goes out
by SMTP, or as the module that provides another `EmailBackend` sends it; in development it is
printed.
"""

from app.core.email.backends import EmailBackend
from app.core.email.delivery import deliver_email, enqueue_email
from app.core.email.message import EmailMessage, EmailNotSent
from app.core.email.settings import EmailSettings

__all__ = [
    "EmailBackend",
    "EmailMessage",
    "EmailNotSent",
    "EmailSettings",
    "deliver_email",
    "enqueue_email",
]
