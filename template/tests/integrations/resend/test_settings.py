import pytest
from pydantic import SecretStr, ValidationError

from app.accounts.settings import AccountSettings
from app.core.config import ConfigurationError, load_settings
from app.integrations.resend.settings import ResendSettings
from app.settings import Environment

NEEDED = {"RESEND_API_KEY", "RESEND_WEBHOOK_SECRET", "MAIL_FROM"}


@pytest.fixture(autouse=True)
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NEEDED, "SMTP_HOST", "ACCOUNT_MAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENVIRONMENT", "production")


def test_production_needs_a_key_a_secret_and_a_sender_and_no_mail_server() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_settings([ResendSettings, AccountSettings])
    lines = [line for line in str(refusal.value).splitlines() if line.endswith(": missing")]
    assert {line.strip(" -").removesuffix(": missing") for line in lines} == NEEDED


def test_with_those_production_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESEND_API_KEY", "re_aW5kUGQ3Zk9jcVhh_Q8")
    monkeypatch.setenv("RESEND_WEBHOOK_SECRET", "whsec_eW91IGNhbm5vdCBndWVzcyB0aGlzIG9uZSE=")
    monkeypatch.setenv("MAIL_FROM", "hello@example.com")
    assert load_settings([AccountSettings, ResendSettings])


@pytest.mark.parametrize("secret", ["whsec_YQ==", "whsec_YS1zZWNyZXQtb2YtdGhlLWZha2U="])
def test_production_refuses_a_short_key_and_that_of_the_fake(secret: str) -> None:
    settings = ResendSettings(resend_webhook_secret=(SecretStr(secret),))
    assert set(settings.weak_in_production()) == {"RESEND_WEBHOOK_SECRET"}


def test_secrets_are_not_shown() -> None:
    settings = ResendSettings(
        resend_api_key=SecretStr("re_hunter2"),
        resend_webhook_secret=(SecretStr("whsec_aHVudGVyMg=="),),
    )
    for shown in (repr(settings), settings.model_dump_json()):
        assert "hunter2" not in shown
        assert "aHVudGVyMg" not in shown


def test_a_refused_secret_is_not_shown() -> None:
    with pytest.raises(ValidationError) as refusal:
        ResendSettings(resend_webhook_secret=(SecretStr("hunter2"),))
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        ("", "hello@example.com"),
        ("Acme", "Acme <hello@example.com>"),
        ('A"c, me', '"A\\"c, me" <hello@example.com>'),
    ],
)
def test_the_sender_is_written_as_mail_writes_it(name: str, sender: str) -> None:
    settings = ResendSettings(
        environment=Environment.TEST, mail_from="hello@example.com", mail_from_name=name
    )
    assert settings.sender == sender
