from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from app.core.signing import derive_key, set_signing_key, sign, unsign
from app.settings import Settings


@pytest.fixture(autouse=True)
def key(bare_settings: Settings) -> Iterator[None]:
    yield
    set_signing_key(bare_settings)


def use_key(settings: Settings, key: str) -> None:
    set_signing_key(settings.model_copy(update={"secret_key": SecretStr(key)}))


@pytest.mark.parametrize("value", [["a", 1, None], {"key": "välue"}, "text", 0])
def test_a_signed_value_comes_back(value: object) -> None:
    assert unsign(sign(value, salt="test"), purpose="test") == value


def test_signed_text_fits_into_an_address() -> None:
    text = sign(["ö?&/+", {"x": "y" * 50}], salt="test")
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def test_another_purpose_does_not_fit() -> None:
    with pytest.raises(ValueError, match="the signature does not fit"):
        unsign(sign("value", salt="one"), purpose="other")


def test_another_key_does_not_fit(bare_settings: Settings) -> None:
    use_key(bare_settings, "a" * 32)
    text = sign("value", salt="test")
    use_key(bare_settings, "b" * 32)
    with pytest.raises(ValueError, match="the signature does not fit"):
        unsign(text, salt="test")


def test_changed_text_does_not_fit() -> None:
    text = sign({"admin": False}, salt="test")
    payload, signature = text.rsplit(".", 1)
    forged = sign({"admin": True}, salt="other").rsplit(".", 1)[0]
    for changed in (f"{forged}.{signature}", payload, "", ".", f".{signature}", "ä"):
        with pytest.raises(ValueError, match="the signature does not fit"):
            unsign(changed, salt="test")


def test_a_key_for_a_cipher_belongs_to_the_secret_key_and_to_its_purpose(
    bare_settings: Settings,
) -> None:
    use_key(bare_settings, "a" * 32)
    keys = [derive_key(purpose="one"), derive_key(purpose="other"), derive_key(purpose="one")]
    use_key(bare_settings, "b" * 32)
    keys.append(derive_key(purpose="one"))
    assert keys[0] == keys[2]
    assert {len(key) for key in keys} == {32}
    assert len(set(keys)) == 3
