"""The settings of e-mail."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, TypeAdapter, ValidationError

from app.core.api.schemas import EmailAddress
from app.settings import ServiceSettings


def _check_sender(address: str) -> str:
    try:
        return TypeAdapter[str](EmailAddress).validate_python(address)
    except ValidationError:
        message = "write the address alone, as in hello@example.com; the name is MAIL_FROM_NAME"
        raise ValueError(message) from None


def _check_server(host: str) -> str:
    if re.fullmatch(r"[\w.-]+|[\da-fA-F]*:[\da-fA-F]*:[\da-fA-F:.]*", host):
        return host
    message = "write the name alone, as in smtp.example.com; the port is SMTP_PORT"
    raise ValueError(message)


_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class EmailSettings(ServiceSettings):
    """The mail server and the sender."""

    smtp_host: Annotated[str, AfterValidator(_check_server)] | None = None
    """The mail server. Unset: messages are printed in development, and not sent in production."""

    smtp_port: Annotated[int, Field(ge=1, le=65_535)] = 587
    """Usually 465 with `SMTP_TLS=implicit`."""

    smtp_username: str | None = None
    """The user name for the mail server, if it requires one."""

    smtp_password: SecretStr | None = None
    """The password of that user."""

    smtp_tls: Literal["starttls", "implicit", "off"] = "starttls"
    """`off` only for a server on this machine: passwords and messages are sent unencrypted."""

    smtp_timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 10
    """The longest that one step of the SMTP conversation may take."""

    mail_from: Annotated[str, AfterValidator(_check_sender)] | None = None
    """The sender's address."""

    mail_from_name: Annotated[str, AfterValidator(str.strip), Field(max_length=100)] = ""
    """The sender's display name."""

    def missing_in_production(self) -> list[str]:
        """Return the names of required settings that are unset."""
        missing = super().missing_in_production()
        if self.smtp_host and not self.mail_from:
            missing.append("MAIL_FROM")
        return missing

    def weak_in_production(self) -> dict[str, str]:
        """Return what is wrong with weak values, by variable."""
        weak = super().weak_in_production()
        if self.smtp_tls == "off" and self.smtp_host not in (None, *_THIS_MACHINE):
            weak["SMTP_TLS"] = "off is for a server on this machine; use starttls or implicit"
        return weak
