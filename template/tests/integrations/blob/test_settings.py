import pytest
from pydantic import SecretStr, ValidationError

from app.core.config import ConfigurationError, load_settings
from app.integrations.blob.settings import BlobSettings
from app.settings import Environment


def test_production_does_not_start_without_a_token() -> None:
    settings = BlobSettings(environment=Environment.PRODUCTION, blob_read_write_token=None)
    with pytest.raises(ConfigurationError, match="BLOB_READ_WRITE_TOKEN: missing"):
        load_settings([BlobSettings], given=[settings])


@pytest.mark.parametrize("token", ["secret", "vercel_blob_rw_", "vercel_blob_client_a_b"])
def test_an_invalid_token_is_rejected_and_not_shown(token: str) -> None:
    with pytest.raises(ValidationError, match="vercel_blob_rw_STORE_SECRET") as rejected:
        BlobSettings(blob_read_write_token=SecretStr(token))
    assert token not in str(rejected.value).replace("vercel_blob_rw_STORE_SECRET", "")


def test_an_unknown_content_type_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOB_CONTENT_TYPES", "image/png, text/csv")
    assert BlobSettings().blob_content_types == ("image/png", "text/csv")
    monkeypatch.setenv("BLOB_CONTENT_TYPES", "image/png,text/html")
    with pytest.raises(ValidationError, match="unknown types: text/html"):
        BlobSettings()


@pytest.mark.parametrize("name", ["blob_api_url", "blob_content_url", "blob_callback_url"])
@pytest.mark.parametrize(
    "address",
    ["vercel.com/api", "ftp://vercel.com", "https://ada:hunter2@vercel.com", "'https://a'"],
)
def test_an_invalid_address_is_rejected(name: str, address: str) -> None:
    with pytest.raises(ValidationError, match="write it as in https://api") as rejected:
        BlobSettings.model_validate({name: address})
    assert "hunter2" not in str(rejected.value)


@pytest.mark.parametrize("name", ["quota_bytes", "transfers"])
def test_a_user_has_at_most_half_of_everything(name: str) -> None:
    of_user, of_all = f"blob_user_{name}", f"blob_{name}"
    assert BlobSettings.model_validate({of_user: 50, of_all: 100})
    with pytest.raises(ValidationError, match=f"{of_user.upper()} must be at most half"):
        BlobSettings.model_validate({of_user: 51, of_all: 100})
