from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pydantic import SecretStr

from app.core.services import provide
from app.core.signing import derive_key, seal, sign, unseal, unsign
from app.settings import Settings

INVALID = "invalid signature"


@pytest.fixture(autouse=True)
def settings_provided(bare_settings: Settings) -> Iterator[None]:
    with provide(Settings, bare_settings):
        yield


@contextmanager
def key(settings: Settings, key: str) -> Iterator[None]:
    """Use a secret key during a block."""
    with provide(Settings, settings.model_copy(update={"secret_key": SecretStr(key)})):
        yield


@pytest.mark.parametrize("value", [["a", 1, None], {"key": "välue"}, "text", 0])
def test_a_signed_value_is_read_back(value: object) -> None:
    assert unsign(sign(value, salt="test"), salt="test") == value


def test_signed_text_is_safe_in_a_url() -> None:
    text = sign(["ö?&/+", {"x": "y" * 50}], salt="test")
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def test_a_text_signed_for_another_purpose_is_invalid() -> None:
    with pytest.raises(ValueError, match=INVALID):
        unsign(sign("value", salt="one"), salt="other")


def test_a_text_signed_with_another_key_is_invalid(bare_settings: Settings) -> None:
    with key(bare_settings, "a" * 32):
        text = sign("value", salt="test")
    with key(bare_settings, "b" * 32), pytest.raises(ValueError, match=INVALID):
        unsign(text, salt="test")


def test_changed_text_is_invalid() -> None:
    text = sign({"admin": False}, salt="test")
    payload, signature = text.rsplit(".", 1)
    forged = sign({"admin": True}, salt="other").rsplit(".", 1)[0]
    for changed in (f"{forged}.{signature}", payload, "", ".", f".{signature}", "ä"):
        with pytest.raises(ValueError, match=INVALID):
            unsign(changed, salt="test")


def test_a_cipher_key_depends_on_the_secret_key_and_the_purpose(
    bare_settings: Settings,
) -> None:
    with key(bare_settings, "a" * 32):
        keys = [derive_key(purpose="one"), derive_key(purpose="other"), derive_key(purpose="one")]
    with key(bare_settings, "b" * 32):
        keys.append(derive_key(purpose="one"))
    assert keys[0] == keys[2]
    assert {len(key) for key in keys} == {32}
    assert len(set(keys)) == 3


def test_a_sealed_value_is_unreadable_and_opened_again() -> None:
    text = seal(b"hunter2", salt="test")
    assert "hunter2" not in text
    assert unseal(text, salt="test") == b"hunter2"


def test_a_sealed_value_is_not_opened_for_another_purpose_or_key(bare_settings: Settings) -> None:
    text = seal(b"hunter2", salt="test")
    with pytest.raises(ValueError, match="sealed under another SECRET_KEY"):
        unseal(text, salt="other")
    with key(bare_settings, "b" * 32), pytest.raises(ValueError, match="SECRET_KEY"):
        unseal(text, salt="test")
