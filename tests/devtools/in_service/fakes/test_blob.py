import os

import httpx2
import pytest

from devtools.fakes import blob
from devtools.fakes.blob import TOKEN, provide_fake_blob

VARIABLES = ("BLOB_API_URL", "BLOB_CONTENT_URL", "BLOB_READ_WRITE_TOKEN")


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "development")
    for name in VARIABLES:
        monkeypatch.setenv(name, "")


def test_development_without_a_token_gets_a_store_that_keeps_files() -> None:
    lines: list[str] = []
    provide_fake_blob(lines.append)
    assert os.environ["BLOB_READ_WRITE_TOKEN"] == TOKEN
    assert lines[0].startswith("a fake Vercel Blob replaces the real one")
    for token, status in ((TOKEN, 200), ("another", 403)):
        answer = httpx2.get(
            f"{os.environ['BLOB_API_URL']}/",
            params={"prefix": "never/"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("name", "value"),
    [("BLOB_READ_WRITE_TOKEN", "vercel_blob_rw_a_b"), ("ENVIRONMENT", "production")],
)
def test_a_configured_token_and_production_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    before = dict(os.environ)
    monkeypatch.setattr(blob, "run_fake", pytest.fail)
    provide_fake_blob(print)
    assert dict(os.environ) == before
