import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from email import message_from_bytes, policy
from email.errors import MessageDefect
from email.message import EmailMessage as MimeMessage
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr, TypeAdapter, ValidationError

from app.core.api import EmailAddress, normalized_email
from app.core.config import ConfigurationError, load_settings
from app.core.email import EmailMessage, EmailNotSent, EmailSettings
from app.core.email.backends import (
    ConsoleEmailBackend,
    DisabledEmailBackend,
    SmtpEmailBackend,
    make_backend,
)
from app.settings import Environment

Serve = Callable[..., Awaitable[EmailSettings]]
ADA = "ada@example.com"


class Inbox:
    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.logins: list[LoginPassword] = []

    async def handle_RCPT(  # noqa: N802 - as aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if address.startswith("full@"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as aiosmtpd calls it
        self.envelopes.append(envelope)
        return "250 OK"

    def check(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, login: LoginPassword
    ) -> AuthResult:
        self.logins.append(login)
        return AuthResult(success=login.password == b"hunter2", handled=False)

    def message(self) -> MimeMessage:
        (envelope,) = self.envelopes
        raw = cast("bytes", envelope.content)
        return cast("MimeMessage", message_from_bytes(raw, policy=policy.default))


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def serve(inbox: Inbox) -> AsyncIterator[Serve]:
    """Start a mail server on this machine and return the settings for it."""
    async with AsyncExitStack() as stack:

        async def start(**changes: Any) -> EmailSettings:
            server = await asyncio.get_running_loop().create_server(
                lambda: SMTP(inbox, authenticator=inbox.check, auth_require_tls=False),
                host="127.0.0.1",
            )
            await stack.enter_async_context(server)
            port = server.sockets[0].getsockname()[1]
            return settings_for(port, **changes)

        yield start


def settings_for(port: int, **changes: Any) -> EmailSettings:
    values: dict[str, Any] = {
        "smtp_tls": "off",
        "mail_from": "hello@example.org",
        "smtp_timeout_seconds": 20,
    }
    return EmailSettings(smtp_host="127.0.0.1", smtp_port=port, **values | changes)


async def test_a_message_arrives_with_all_its_headers(serve: Serve, inbox: Inbox) -> None:
    backend = make_backend(await serve(mail_from_name="Ada & Söhne, Ltd."))
    await backend.send(EmailMessage(to=ADA, subject="Grüße", text="Erste Zeile\nünd zweite\n"))
    (envelope,) = inbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("hello@example.org", [ADA])
    message = inbox.message()
    assert message["From"] == '"Ada & Söhne, Ltd." <hello@example.org>'
    assert (message["To"], message["Subject"]) == (ADA, "Grüße")
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Date"].datetime.tzinfo
    assert message.get_content().splitlines() == ["Erste Zeile", "ünd zweite"]


async def test_a_message_sent_twice_keeps_its_message_id(serve: Serve, inbox: Inbox) -> None:
    backend, message = make_backend(await serve()), EmailMessage(to=ADA, subject="a", text="b")
    for _ in range(2):
        await backend.send(message)
    raws = [cast("bytes", envelope.content) for envelope in inbox.envelopes]
    ids = {message_from_bytes(raw, policy=policy.default)["Message-ID"] for raw in raws}
    assert ids == {f"<{message.key}@example.org>"}


def test_the_repr_of_a_message_hides_its_text() -> None:
    shown = repr(
        EmailMessage(to=ADA, subject="a", text="hunter2", link="https://x.example/hunter2")
    )
    assert "hunter2" not in shown


async def test_the_server_gets_the_credentials(serve: Serve, inbox: Inbox) -> None:
    right = {"smtp_username": "us", "smtp_password": SecretStr("hunter2")}
    await make_backend(await serve(**right)).send(EmailMessage(to=ADA, subject="a", text="b"))
    assert [login.login for login in inbox.logins] == [b"us"]
    wrong = right | {"smtp_password": SecretStr("hunter3")}
    with pytest.raises(EmailNotSent):
        await make_backend(await serve(**wrong)).send(EmailMessage(to=ADA, subject="a", text="b"))
    assert len(inbox.envelopes) == 1


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_nothing_is_sent_unencrypted_unless_the_settings_say_so(
    serve: Serve, inbox: Inbox, tls: str
) -> None:
    settings = await serve(smtp_tls=tls, smtp_username="us", smtp_password=SecretStr("hunter2"))
    with pytest.raises(EmailNotSent):
        await make_backend(settings).send(EmailMessage(to=ADA, subject="a", text="b"))
    assert (inbox.envelopes, inbox.logins) == ([], [])
    assert EmailSettings().smtp_tls == "starttls"


async def test_a_rejected_recipient_is_an_error(serve: Serve) -> None:
    with pytest.raises(EmailNotSent):
        await make_backend(await serve()).send(
            EmailMessage(to="full@example.com", subject="a", text="b")
        )


async def test_an_unavailable_or_silent_server_is_an_error_soon(serve: Serve) -> None:
    away = (await serve()).model_copy(update={"smtp_port": 1})
    with pytest.raises(EmailNotSent):
        await make_backend(away).send(EmailMessage(to=ADA, subject="a", text="b"))

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        silent = settings_for(port, smtp_timeout_seconds=0.1)
        async with asyncio.timeout(20):
            with pytest.raises(EmailNotSent):
                await make_backend(silent).send(EmailMessage(to=ADA, subject="a", text="b"))


async def test_an_address_or_subject_cannot_add_a_header(serve: Serve, inbox: Inbox) -> None:
    backend = make_backend(await serve())
    with pytest.raises(ValueError, match="linefeed"):
        await backend.send(EmailMessage(to=ADA, subject="a\nBcc: eve@example.com", text="b"))
    with pytest.raises((ValueError, MessageDefect)):
        await backend.send(EmailMessage(to=f"{ADA}\nBcc: eve@example.com", subject="a", text="b"))
    assert inbox.envelopes == []


async def test_without_a_server_development_prints_messages() -> None:
    terminal = io.StringIO()
    await ConsoleEmailBackend(terminal).send(EmailMessage(to=ADA, subject="Hello", text="one\ntwo"))
    assert "  | To: ada@example.com\n  | Subject: Hello\n" in terminal.getvalue()
    assert "  | one\n  | two\n" in terminal.getvalue()


@pytest.mark.parametrize(
    ("environment", "host", "kind"),
    [
        (Environment.DEVELOPMENT, None, ConsoleEmailBackend),
        (Environment.TEST, None, ConsoleEmailBackend),
        (Environment.PRODUCTION, None, DisabledEmailBackend),
        (Environment.PRODUCTION, "smtp.example.com", SmtpEmailBackend),
    ],
)
def test_production_never_prints_messages(
    environment: Environment, host: str | None, kind: type[object]
) -> None:
    assert isinstance(make_backend(EmailSettings(environment=environment, smtp_host=host)), kind)


async def test_the_disabled_backend_raises() -> None:
    with pytest.raises(EmailNotSent, match="not configured"):
        await DisabledEmailBackend().send(EmailMessage(to=ADA, subject="a", text="b"))


def test_a_server_in_production_needs_a_sender() -> None:
    settings = EmailSettings(environment=Environment.PRODUCTION, smtp_host="smtp.example.com")
    with pytest.raises(ConfigurationError, match="MAIL_FROM: missing"):
        load_settings([], given=[settings])


def test_the_password_of_the_server_is_hidden() -> None:
    settings = EmailSettings(smtp_password=SecretStr("hunter2"))
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "hunter2" not in shown


@pytest.mark.parametrize("address", ["a@b.co", "A.b+c@x-1.example.museum", "o'neill@xn--bcher.de"])
def test_a_valid_address_is_kept_as_written(address: str) -> None:
    assert TypeAdapter[str](EmailAddress).validate_python(address) == address
    assert normalized_email(address) == normalized_email(address.upper())


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "a",
            "@b.co",
            "a@",
            "a@b",
            "a@b.",
            "a@.b",
            "a@-b.co",
            "a@b..co",
            ".a@b.co",
            "a.@b.co",
        ),
        *("a..b@c.co", "a b@c.co", "a@b.co ", "a@b.co\n", "<a@b.co>", "a@b.co,c@d.co", '"a"@b.co'),
        *("a\x00@b.co", "ä@b.co", "a@bücher.de", f"{'a' * 65}@b.co", f"a@{'b' * 64}.co"),
    ],
)
def test_an_invalid_address_is_rejected(address: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[str](EmailAddress).validate_python(address)
