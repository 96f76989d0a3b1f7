"""A failed start names every missing or invalid setting, and shows no secret."""

import os
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import SecretStr

from app.core.config import ConfigurationError, load_settings
from app.settings import Environment, ServiceSettings, Settings

ROOT = Path(__file__).parents[2]
COMPLETE = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://ada:hunter2@db.example.com/app",
    "SECRET_KEY": "hunter2-hunter2-hunter2-hunter2-hunter2",
    "ALLOWED_HOSTS": "api.example.com, *.example.org",
}


class MailSettings(ServiceSettings):
    """The settings of a module."""

    required_in_production: ClassVar[tuple[str, ...]] = ("mail_key",)

    mail_key: SecretStr | None = None
    mail_limit: int = 10


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing set, and no .env about."""
    for name in (*Settings.model_fields, *MailSettings.model_fields):
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
    set_all(monkeypatch, MAIL_KEY="key")
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
    set_all(monkeypatch, MAIL_KEY="key")
    monkeypatch.setenv(name, value)
    found = problems()
    assert {problem.split(":")[0] for problem in found} == {name}
    assert "Value error" not in found[0]


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
