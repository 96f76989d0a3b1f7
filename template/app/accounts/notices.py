"""Messages that tell a user about a change of the account.

Each goes to the address that the account has before the change, so that its owner notices what
another person does. None of them contains text that a client chose, such as a user agent.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from app.about import NAME
from app.accounts.devices import Device
from app.accounts.settings import AccountSettings
from app.core.email import EmailMessage, enqueue_email
from app.core.services import get

NOT_YOU = f"If it was not you, choose a new password, and contact the team of {NAME}."
PASSWORD_KNOWN = f"If it was not you, contact the team of {NAME}: someone knows your password."


async def send_welcome(session: AsyncSession, email: str) -> None:
    """Greet a user whose address is verified for the first time."""
    text = "Your address is verified and your account is ready: you can log in now.\n"
    await _send(session, email, template="welcome", subject=f"Welcome to {NAME}", text=text)


async def report_new_device(session: AsyncSession, email: str, device: Device) -> None:
    """Tell a user of a log-in from a device that is not known."""
    reason = f"Someone logged in to your account at {NAME} from a new device or network"
    text = f"{reason} ({device.describe_request()}).\n\n{NOT_YOU}\n"
    await _send(session, email, template="new_device", subject=f"New log-in to {NAME}", text=text)


async def report_password_change(session: AsyncSession, email: str, device: Device) -> None:
    """Tell a user that the password was changed."""
    reason = f"The password of your account at {NAME} was changed"
    text = f"{reason} ({device.describe_request()}).\n\n{NOT_YOU}\n"
    subject = f"Your password for {NAME} was changed"
    await _send(session, email, template="password_changed", subject=subject, text=text)


async def report_address_change(session: AsyncSession, email: str, device: Device) -> None:
    """Tell the old address of a user that it was replaced."""
    reason = f"Your account at {NAME} has another address now ({device.describe_request()})"
    text = f"{reason}. This address cannot log in any more.\n\n{PASSWORD_KNOWN}\n"
    subject = f"Your address for {NAME} was changed"
    await _send(session, email, template="address_changed", subject=subject, text=text)


async def report_deletion(session: AsyncSession, email: str, device: Device) -> None:
    """Tell a user that the account was deleted; no record keeps the address."""
    reason = f"Your account at {NAME} and its data were deleted ({device.describe_request()})"
    text = f"{reason}.\n\n{PASSWORD_KNOWN}\n"
    subject = f"Your account at {NAME} was deleted"
    await _send(
        session, email, template="account_deleted", subject=subject, text=text, is_recorded=False
    )


async def _send(
    session: AsyncSession,
    to: str,
    *,
    template: str,
    subject: str,
    text: str,
    is_recorded: bool = True,
) -> None:
    if get(AccountSettings).sends_email:
        message = EmailMessage(
            template=template, to=to, subject=subject, text=text, is_recorded=is_recorded
        )
        await enqueue_email(session, message)
