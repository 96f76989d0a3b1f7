"""A failed start names every missing or invalid setting, and shows no secret."""

import os
import subprocess
import sys
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import ClassVar, Self

import pytest
from pydantic import SecretStr, ValidationError, model_validator

from app.accounts.settings import AccountSettings
from app.core.config import ConfigurationError, load_settings
from app.core.server.settings import ServerSettings
from app.production import DEVELOPMENT_KEY, find_weak_secret
from app.settings import Environment, HttpUrl, SecretList, ServiceSettings, Settings

ROOT = Path(__file__).parents[2]
COMPLETE = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://ada:hunter2@db.example.com/app",
    "SECRET_KEY": "hunter2-5f0d9c1be83a476f9e02bd71c4a6e8d3",
    "ALLOWED_HOSTS": "api.example.com, *.example.org",
}


KEY = "re_aW5kUGQ3Zk9jcVhh_Q8"


class MailSettings(ServiceSettings):
    """The settings of a module."""

    required_in_production: ClassVar[tuple[str, ...]] = ("mail_key",)

    mail_key: SecretStr | None = None
    mail_keys: SecretList = ()
    mail_url: HttpUrl | None = None
    mail_limit: int = 10


class ShareSettings(ServiceSettings):
    """Settings that are checked together."""

    share: int = 1
    whole: int = 2

    @model_validator(mode="after")
    def _check_share(self) -> Self:
        if self.share * 2 > self.whole:
            message = "SHARE must be at most half of WHOLE"
            raise ValueError(message)
        return self


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing set, and no .env about."""
    for name in (*Settings.model_fields, *AccountSettings.model_fields, *MailSettings.model_fields):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def set_all(monkeypatch: pytest.MonkeyPatch, **changes: str) -> None:
    for name, value in (COMPLETE | changes).items():
        monkeypatch.setenv(name, value)


def problems() -> list[str]:
    with pytest.raises(ConfigurationError) as refusal:
        load_settings((Settings, MailSettings))
    text = str(refusal.value)
    assert "hunter2" not in text
    return [line.removeprefix("  - ") for line in text.splitlines() if line.startswith("  - ")]


def test_a_start_with_nothing_set_names_all_that_is_missing(tmp_path: Path) -> None:
    start = "from app.main import create_app; create_app()"
    done = subprocess.run(
        [sys.executable, "-c", start],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    for name in ("DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS"):
        assert f"  - {name}: missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_settings_of_a_module_are_checked_in_the_same_go() -> None:
    assert problems() == [
        "ALLOWED_HOSTS: missing",
        "DATABASE_URL: missing",
        "MAIL_KEY: missing",
        "SECRET_KEY: missing",
    ]


def test_a_complete_environment_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, MAIL_KEY=KEY)
    loaded = load_settings((Settings, MailSettings))
    settings = loaded[Settings]
    assert isinstance(settings, Settings)
    assert settings.allowed_hosts == ("api.example.com", "*.example.org")
    assert set(loaded) == {Settings, MailSettings}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "hunter2"),
        ("DATABASE_URL", "mysql://ada:hunter2@db.example.com/app"),
        ("MIGRATION_DATABASE_URL", "hunter2"),
        ("ENVIRONMENT", "hunter2"),
        ("DATABASE_POOL_SIZE", "hunter2"),
        ("REQUEST_LOG_SAMPLE", "1.5"),
        ("LOG_LEVEL", "LOUD"),
        ("MAIL_LIMIT", "many"),
    ],
)
def test_a_value_that_is_not_valid_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    set_all(monkeypatch, MAIL_KEY=KEY)
    monkeypatch.setenv(name, value)
    found = problems()
    assert {problem.split(":")[0] for problem in found} == {name}
    assert "Value error" not in found[0]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        *(
            ("CORS_ORIGINS", value, "matches no origin: write it as in https://app.example.com")
            for value in (
                "https://app.example.com/",
                "https://app.example.com/path",
                "https://app.example.com:443",
                "http://localhost:80",
                "https://*.example.com",
                "app.example.com",
                "null",
                "https://a.example.com;https://b.example.com",
            )
        ),
        *(
            ("ALLOWED_HOSTS", value, "matches no host: write a name as in api.example.com")
            for value in (
                "https://api.example.com",
                "api.example.com/",
                "api.example.com:8000",
                "*.example.com:443",
                "api.*.com",
                "*example.com",
                "a.example.com b.example.com",
                "::1",
            )
        ),
        ("ALLOWED_HOSTS", '["api.example.com"]', "no quotes, no JSON"),
        ("CORS_ORIGINS", "['https://app.example.com']", "no quotes, no JSON"),
        ("DROP_RETIRED_DATA", '["notes"]', "no quotes, no JSON"),
        ("DATABASE_URL", "postgresql://ada:hunt@er2@db.example.com/app", "such as %40 for @"),
        ("CORS_HEADERS", "X-Shop-Id: 1", "is no name of a header"),
        ("MAIL_FROM", "Example <hello@example.com>", "the name is MAIL_FROM_NAME"),
        ("MAIL_FROM", "hello", "the name is MAIL_FROM_NAME"),
        ("SMTP_HOST", "smtp.example.com:587", "the port is SMTP_PORT"),
        ("SMTP_HOST", "smtps://smtp.example.com", "the port is SMTP_PORT"),
        ("PASSWORD_RESET_LINK", "app.example.com/reset#{token}", "write a URL with {token}"),
        ("VERIFICATION_LINK", "https://app.example.com/verify", "write a URL with {token}"),
        ("ALLOWED_HOSTS", "2130706433", "matches no host"),
        ("SMTP_HOST", "0x7f.1", "the port is SMTP_PORT"),
        ("VERIFICATION_LINK", "https://2130706433:8/verify#{token}", "write a URL with {token}"),
        ("MAIL_FROM", "hello@127.0.0.1", "the name is MAIL_FROM_NAME"),
        ("ALLOWED_HOSTS", "0x7f.1", "matches no host"),
    ],
)
def test_a_value_that_could_never_work_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    set_all(monkeypatch, ACCOUNT_MAIL="off", MAIL_FROM="hello@example.com")
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as refusal:
        load_settings((Settings, AccountSettings))
    (problem,) = [line for line in str(refusal.value).splitlines() if line.startswith("  - ")]
    assert problem.startswith(f"  - {name}: ")
    assert reason in problem
    assert not any(part in str(refusal.value) for part in ("hunt", "er2"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cors_origins", "https://App.example.com, http://localhost:3000,capacitor://localhost"),
        ("allowed_hosts", "API.example.com,*.example.org,127.0.0.1,[::1],my_service"),
        ("smtp_host", "2001:db8::1"),
        ("smtp_host", "mail_server"),
    ],
)
def test_values_of_other_forms_are_lowered_and_kept(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    set_all(monkeypatch, ACCOUNT_MAIL="off", MAIL_FROM="hello@example.com")
    monkeypatch.setenv(name.upper(), value)
    loaded = load_settings((Settings, AccountSettings))
    kept = getattr(loaded.of(AccountSettings if "_l" in name or "smtp" in name else Settings), name)
    assert (kept if isinstance(kept, str) else ",".join(kept)) == (
        value if isinstance(kept, str) else value.lower().replace(" ", "")
    )


def test_invalid_and_missing_settings_are_named_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_all(monkeypatch, MAIL_LIMIT="many")
    monkeypatch.setenv("SECRET_KEY", "short")
    monkeypatch.delenv("DATABASE_URL")
    assert [problem.split(":")[0] for problem in problems()] == [
        "DATABASE_URL",
        "MAIL_KEY",
        "MAIL_LIMIT",
        "SECRET_KEY",
    ]


@pytest.mark.parametrize(
    ("share", "expected"),
    [("2", "SHARE must be at most half of WHOLE"), ("many", "SHARE: Input should be a valid")],
)
def test_settings_that_are_checked_together_are_named_beside_others(
    monkeypatch: pytest.MonkeyPatch, share: str, expected: str
) -> None:
    set_all(monkeypatch, SHARE=share)
    monkeypatch.setenv("SECRET_KEY", "short")
    with pytest.raises(ConfigurationError) as refusal:
        load_settings((Settings, ShareSettings))
    assert f"  - {expected}" in str(refusal.value)
    assert "  - SECRET_KEY: " in str(refusal.value)


WEAK = {
    "SECRET_KEY": DEVELOPMENT_KEY,
    "ALLOWED_HOSTS": "api.example.com,*",
    "CORS_ORIGINS": "*",
    "FORWARDED_ALLOW_IPS": "10.0.0.1,::/0",
    "MAIL_KEY": "short",
    "MAIL_KEYS": f"{KEY},{'ab' * 20}",
    "MAIL_URL": "http://127.0.0.1:8025",
    "PASSWORD_MEMORY_KIB": "1024",
    "VERIFICATION_LINK": "http://app.example.com/verify#{token}",
    "PASSWORD_RESET_LINK": "myapp://reset?token={token}",
    "SMTP_TLS": "off",
}


def weak_settings(monkeypatch: pytest.MonkeyPatch, **changes: str) -> list[str]:
    set_all(monkeypatch, MAIL_FROM="hello@example.com", SMTP_HOST="smtp.example.com", **changes)
    with pytest.raises(ConfigurationError) as refusal:
        load_settings((Settings, MailSettings, AccountSettings, ServerSettings))
    lines = str(refusal.value).splitlines()
    return [line.removeprefix("  - ").split(":")[0] for line in lines if line.startswith("  - ")]


def test_all_weak_values_are_named_together(monkeypatch: pytest.MonkeyPatch) -> None:
    assert weak_settings(monkeypatch, **WEAK) == sorted(WEAK)


def test_a_weak_value_that_is_meant_is_accepted_unless_it_is_a_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accepted = {"ACCEPTED_IN_PRODUCTION": ",".join(WEAK)}
    secrets = ["MAIL_KEY", "MAIL_KEYS", "SECRET_KEY"]
    assert weak_settings(monkeypatch, **WEAK, **accepted) == secrets


def test_weak_values_are_named_beside_missing_and_invalid_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_POOL_SIZE", "many")
    found = weak_settings(monkeypatch, ALLOWED_HOSTS="*")
    assert found == ["ALLOWED_HOSTS", "DATABASE_POOL_SIZE", "MAIL_KEY"]


def test_development_accepts_weak_values(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, **WEAK, ENVIRONMENT="development")
    assert load_settings((Settings, MailSettings, AccountSettings, ServerSettings))


@pytest.mark.parametrize(
    "secret",
    [
        *("x" * 40, "ab" * 20, "password-" * 5, "abcdefghijklmnopqrstuvwxyz0123456789"),
        *("change-me-please-d8f2c1a9b7e4", "your-secret-key-d8f2c1a9b7e46035", "1234567890" * 4),
        *("pdl_sdbx_apikey_of_the_fake", "store_rw_fake_development", "a1b2c3d4e5"),
    ],
)
def test_a_secret_that_can_be_guessed_is_refused(secret: str) -> None:
    assert find_weak_secret(SecretStr(secret))


def test_a_random_secret_is_accepted() -> None:
    made = [
        make(size) for make in (token_hex, token_urlsafe) for size in (16, 32) for _ in "x" * 500
    ]
    assert not any(find_weak_secret(SecretStr(secret)) for secret in made)
    assert not find_weak_secret((SecretStr("amqp://cache:5672/0"),))


@pytest.mark.parametrize(
    "url", ["http://2130706433/", "https://0x7f.1", "https://017.0.0.1/a", "https://127.1:80/"]
)
def test_a_number_that_hides_an_address_is_no_host(url: str) -> None:
    with pytest.raises(ValidationError, match="write it as in https"):
        MailSettings(mail_url=url)
    assert MailSettings(mail_url="https://127.0.0.1:80/a").mail_url


def test_development_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "development")
    assert len(load_settings((Settings, MailSettings))) == 2


def test_settings_that_are_given_are_not_loaded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLOW_REQUEST_MS", "7")
    given = Settings(environment=Environment.TEST, slow_request_ms=9)
    assert load_settings((Settings,), given=(given,))[Settings] is given


def test_settings_are_found_by_their_class() -> None:
    given = Settings(environment=Environment.TEST)
    configuration = load_settings((Settings,), given=(given,))
    assert configuration.of(Settings) is given
    with pytest.raises(KeyError):
        configuration.of(MailSettings)
