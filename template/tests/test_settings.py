"""Sources of settings, and secrets that are never shown."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.commands import all_settings
from app.settings import Environment, Settings

ROOT = Path(__file__).parents[1]
DATABASE_URL = "postgresql://ada:hunter2@db.example.com/app"
KEY = "hunter2-hunter2-hunter2-hunter2-hunter2"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_environment_is_production_unless_it_says_otherwise() -> None:
    assert Settings().environment is Environment.PRODUCTION
    assert Settings().is_production


def test_values_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_POOL_SIZE", "7")
    assert Settings().database_pool_size == 7


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("DATABASE_POOL_SIZE", "")
    assert Settings().database_url is None
    assert Settings().database_pool_size == 5


def test_a_file_named_env_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("DATABASE_POOL_SIZE=7\nMAX_BODY_BYTES=8\nUNKNOWN=1\n")
    monkeypatch.setenv("MAX_BODY_BYTES", "9")
    settings = Settings()
    assert (settings.database_pool_size, settings.max_body_bytes) == (7, 9)


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text(f"{KEY}\n")
    monkeypatch.setitem(Settings.model_config, "secrets_dir", tmp_path)
    key = Settings().secret_key
    assert key is not None
    assert key.get_secret_value() == KEY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.example.com", ("a.example.com",)),
        (" a.example.com , ,*.example.org,", ("a.example.com", "*.example.org")),
    ],
)
def test_lists_are_separated_by_commas(
    monkeypatch: pytest.MonkeyPatch, text: str, expected: tuple[str, ...]
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", text)
    assert Settings().allowed_hosts == expected


def test_the_example_of_a_dotenv_file_names_every_setting() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    named = set(re.findall(r"^(?:# ?)?([A-Z][A-Z0-9_]*)=", text, re.MULTILINE))
    fields = {name.upper() for kind in (Settings, *all_settings()) for name in kind.model_fields}
    assert fields - named == set(), "explain these in .env.example, in its last part if yours"


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", DATABASE_URL)
    monkeypatch.setenv("MIGRATION_DATABASE_URL", DATABASE_URL)
    monkeypatch.setenv("SECRET_KEY", KEY)
    settings = Settings()
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "hunter2" not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "hunter2"),
        ("DATABASE_URL", "mysql://ada:hunter2@db.example.com/app"),
        ("DATABASE_POOL_TIMEOUT_SECONDS", "hunter2"),
    ],
)
def test_a_refused_value_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refusal:
        Settings()
    assert name.lower() in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def test_settings_cannot_be_changed() -> None:
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        setattr(settings, "max_body_bytes", 1)  # noqa: B010 - the type checker refuses the other way


def test_migrations_go_past_the_pooler_of_neon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "DATABASE_URL", "postgres://ada:pw@ep-x-pooler.aws.neon.tech/app?sslmode=require"
    )
    direct = Settings().direct_database_url
    assert direct
    assert direct.get_secret_value() == "postgres://ada:pw@ep-x.aws.neon.tech/app?sslmode=require"


def test_an_address_for_migrations_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().direct_database_url is None
    monkeypatch.setenv("DATABASE_URL", DATABASE_URL)
    monkeypatch.setenv("MIGRATION_DATABASE_URL", "postgresql://owner@db.example.com/app")
    direct = Settings().direct_database_url
    assert direct
    assert direct.get_secret_value() == "postgresql://owner@db.example.com/app"
