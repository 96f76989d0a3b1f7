"""The plans of one line, and the errors at start for invalid ones."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.core.config import ConfigurationError, load_settings
from app.integrations.paddle.settings import PaddleSettings
from app.settings import Environment


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in PaddleSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_plans_are_names_with_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PADDLE_PLANS", "pro=pri_1,pri_2; team = pri_3 ;")
    settings = PaddleSettings()
    assert settings.paddle_plans == {"pro": ("pri_1", "pri_2"), "team": ("pri_3",)}
    assert settings.plans_of(["pri_9", "pri_3", "pri_2"]) == ["pro", "team"]
    assert settings.plans_of(["pri_9"]) == []


def test_several_webhook_secrets_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PADDLE_WEBHOOK_SECRET", "pdl_new, pdl_old")
    settings = PaddleSettings()
    assert [one.get_secret_value() for one in settings.paddle_webhook_secret] == [
        "pdl_new",
        "pdl_old",
    ]
    assert "pdl" not in repr(settings)


@pytest.mark.parametrize(
    ("plans", "reason"),
    [
        ("pro", "write each plan once"),
        ("pro=", "write each plan once"),
        ("pro=prod_1", "write each plan once"),
        ("Pro=pri_1", "write each plan once"),
        ("pro=pri_1,", "write each plan once"),
        ("pro=pri_1;pro=pri_2", "duplicate"),
        ("pro=pri_1;team=pri_1", "pri_1 is duplicate"),
        ("pro=pri_1,pri_1", "pri_1 is duplicate"),
    ],
)
def test_invalid_plans_are_rejected(
    monkeypatch: pytest.MonkeyPatch, plans: str, reason: str
) -> None:
    monkeypatch.setenv("PADDLE_PLANS", plans)
    with pytest.raises(ConfigurationError, match=f"PADDLE_PLANS: .*{reason}"):
        load_settings([PaddleSettings])


def test_production_needs_the_key_the_secret_and_the_plans() -> None:
    missing = PaddleSettings(environment=Environment.PRODUCTION).missing_in_production()
    assert missing == ["PADDLE_API_KEY", "PADDLE_WEBHOOK_SECRET", "PADDLE_PLANS"]


def test_the_address_has_no_path() -> None:
    sandbox = "https://sandbox-api.paddle.com"
    assert PaddleSettings(paddle_api_url=f"{sandbox}/").paddle_api_url == sandbox
    for invalid in (
        "sandbox-api.paddle.com",
        f"{sandbox}/v1",
        "ftp://paddle.com",
        "https://a:b@paddle.com",
    ):
        with pytest.raises(ValidationError):
            PaddleSettings(paddle_api_url=invalid)
