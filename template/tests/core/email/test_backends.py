import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from email import message_from_bytes, policy
from email.errors import MessageDefect
from email.message import EmailMessage
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr, TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import EmailAddress, normalized_email
from app.core.config import ConfigurationError, load_settings
from app.core.email.backends import (
    ConsoleMailer,
    EmailNotSent,
    MailSettings,
    Message,
    NoMailer,
    SmtpMailer,
    carry_mail_by,
    current_mailer,
    hand_over,
    leave_to_caller,
    mail_through,
    make_mailer,
)
from app.settings import Environment

Serve = Callable[..., Awaitable[MailSettings]]
ADA = "ada@example.com"


class Inbox:
    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.logins: list[LoginPassword] = []

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if address.startswith("full@"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"

    def check(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, login: LoginPassword
    ) -> AuthResult:
        self.logins.append(login)
        return AuthResult(success=login.password == b"hunter2", handled=False)

    def message(self) -> EmailMessage:
        (envelope,) = self.envelopes
        raw = cast("bytes", envelope.content)
        return cast("EmailMessage", message_from_bytes(raw, policy=policy.default))


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def serve(inbox: Inbox) -> AsyncIterator[Serve]:
    """Start a mail server on this machine and return the settings that lead to it."""
    async with AsyncExitStack() as stack:

        async def start(**changes: Any) -> MailSettings:
            server = await asyncio.get_running_loop().create_server(
                lambda: SMTP(inbox, authenticator=inbox.check, auth_require_tls=False),
                host="127.0.0.1",
            )
            await stack.enter_async_context(server)
            port = server.sockets[0].getsockname()[1]
            return settings_for(port, **changes)

        yield start


def settings_for(port: int, **changes: Any) -> MailSettings:
    values: dict[str, Any] = {
        "smtp_tls": "off",
        "mail_from": "hello@example.org",
        "smtp_timeout_seconds": 20,
    }
    return MailSettings(smtp_host="127.0.0.1", smtp_port=port, **values | changes)


async def test_a_mail_arrives_with_what_it_needs(serve: Serve, inbox: Inbox) -> None:
    mailer = make_mailer(await serve(mail_from_name="Ada & Söhne, Ltd."))
    await mailer.send(Message(to=ADA, subject="Grüße", text="Erste Zeile\nünd zweite\n"))
    (envelope,) = inbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("hello@example.org", [ADA])
    message = inbox.message()
    assert message["From"] == '"Ada & Söhne, Ltd." <hello@example.org>'
    assert (message["To"], message["Subject"]) == (ADA, "Grüße")
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Date"].datetime.tzinfo
    assert message.get_content().splitlines() == ["Erste Zeile", "ünd zweite"]


async def test_a_message_that_is_sent_twice_can_be_seen_to_be_one(
    serve: Serve, inbox: Inbox
) -> None:
    mailer, message = make_mailer(await serve()), Message(to=ADA, subject="a", text="b")
    for _ in range(2):
        await mailer.send(message)
    raws = [cast("bytes", envelope.content) for envelope in inbox.envelopes]
    ids = {message_from_bytes(raw, policy=policy.default)["Message-ID"] for raw in raws}
    assert ids == {f"<{message.key}@example.org>"}


def test_a_message_does_not_show_what_it_says() -> None:
    shown = repr(Message(to=ADA, subject="a", text="hunter2", link="https://x.example/hunter2"))
    assert "hunter2" not in shown


async def test_mail_is_left_to_the_caller_unless_somebody_carries_it(
    session: AsyncSession,
) -> None:
    async def carry(session: AsyncSession, message: Message) -> None:
        taken.append((session, message))

    taken: list[tuple[AsyncSession, Message]] = []
    message = Message(to=ADA, subject="a", text="b")
    with carry_mail_by(leave_to_caller):
        assert await hand_over(session, message) is message
        with carry_mail_by(carry):
            assert await hand_over(session, message) is None
        assert await hand_over(session, message) is message
    assert taken == [(session, message)]


def test_mail_goes_through_the_last_mailer_until_that_is_closed() -> None:
    one, two = NoMailer(), NoMailer()
    with mail_through(one):
        with mail_through(two):
            assert current_mailer() is two
        assert current_mailer() is one


async def test_the_server_is_told_who_we_are(serve: Serve, inbox: Inbox) -> None:
    right = {"smtp_username": "us", "smtp_password": SecretStr("hunter2")}
    await make_mailer(await serve(**right)).send(Message(to=ADA, subject="a", text="b"))
    assert [login.login for login in inbox.logins] == [b"us"]
    wrong = right | {"smtp_password": SecretStr("hunter3")}
    with pytest.raises(EmailNotSent):
        await make_mailer(await serve(**wrong)).send(Message(to=ADA, subject="a", text="b"))
    assert len(inbox.envelopes) == 1


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_nothing_is_sent_unencrypted_unless_the_settings_say_so(
    serve: Serve, inbox: Inbox, tls: str
) -> None:
    settings = await serve(smtp_tls=tls, smtp_username="us", smtp_password=SecretStr("hunter2"))
    with pytest.raises(EmailNotSent):
        await make_mailer(settings).send(Message(to=ADA, subject="a", text="b"))
    assert (inbox.envelopes, inbox.logins) == ([], [])
    assert MailSettings().smtp_tls == "starttls"


async def test_a_refused_recipient_is_a_failure(serve: Serve) -> None:
    with pytest.raises(EmailNotSent):
        await make_mailer(await serve()).send(Message(to="full@example.com", subject="a", text="b"))


async def test_a_server_that_is_away_or_silent_is_a_failure_soon(serve: Serve) -> None:
    away = (await serve()).model_copy(update={"smtp_port": 1})
    with pytest.raises(EmailNotSent):
        await make_mailer(away).send(Message(to=ADA, subject="a", text="b"))

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        silent = settings_for(port, smtp_timeout_seconds=0.1)
        async with asyncio.timeout(20):
            with pytest.raises(EmailNotSent):
                await make_mailer(silent).send(Message(to=ADA, subject="a", text="b"))


async def test_a_header_cannot_be_added_by_an_address_or_a_subject(
    serve: Serve, inbox: Inbox
) -> None:
    mailer = make_mailer(await serve())
    with pytest.raises(ValueError, match="linefeed"):
        await mailer.send(Message(to=ADA, subject="a\nBcc: eve@example.com", text="b"))
    with pytest.raises((ValueError, MessageDefect)):
        await mailer.send(Message(to=f"{ADA}\nBcc: eve@example.com", subject="a", text="b"))
    assert inbox.envelopes == []


async def test_without_a_server_development_shows_mail_in_the_terminal() -> None:
    terminal = io.StringIO()
    await ConsoleMailer(terminal).send(Message(to=ADA, subject="Hello", text="one\ntwo"))
    assert "  | To: ada@example.com\n  | Subject: Hello\n" in terminal.getvalue()
    assert "  | one\n  | two\n" in terminal.getvalue()


@pytest.mark.parametrize(
    ("environment", "host", "kind"),
    [
        (Environment.DEVELOPMENT, None, ConsoleMailer),
        (Environment.TEST, None, ConsoleMailer),
        (Environment.PRODUCTION, None, NoMailer),
        (Environment.PRODUCTION, "smtp.example.com", SmtpMailer),
    ],
)
def test_production_never_shows_mail(
    environment: Environment, host: str | None, kind: type[object]
) -> None:
    assert isinstance(make_mailer(MailSettings(environment=environment, smtp_host=host)), kind)


async def test_a_mailer_that_may_not_send_says_so() -> None:
    with pytest.raises(EmailNotSent, match="not configured"):
        await NoMailer().send(Message(to=ADA, subject="a", text="b"))


def test_a_server_in_production_needs_a_sender() -> None:
    settings = MailSettings(environment=Environment.PRODUCTION, smtp_host="smtp.example.com")
    with pytest.raises(ConfigurationError, match="MAIL_FROM: missing"):
        load_settings([], given=[settings])


def test_the_password_of_the_server_is_not_shown() -> None:
    settings = MailSettings(smtp_password=SecretStr("hunter2"))
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "hunter2" not in shown


@pytest.mark.parametrize("address", ["a@b.co", "A.b+c@x-1.example.museum", "o'neill@xn--bcher.de"])
def test_an_address_is_kept_as_it_is_written(address: str) -> None:
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
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[str](EmailAddress).validate_python(address)
