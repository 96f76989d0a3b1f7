"""Only events that Paddle has signed a moment ago are accepted."""

import hmac
from hashlib import sha256

import httpx2
import pytest
from pydantic import SecretStr

from app.core.services import provide
from app.integrations.paddle.errors import InvalidSignature
from app.integrations.paddle.settings import PaddleSettings
from app.integrations.paddle.signature import check_signature
from devtools.fakes.paddle import FakePaddle, sign
from tests.integrations.paddle.conftest import SECRET, WEBHOOKS, paddle_settings

BODY = b'{"event_id": "evt_1", "data": "\xc3\xa9"}'
NOW = 1_770_000_000.0


def check(header: str | None, body: bytes = BODY, *, now: float = NOW) -> None:
    secrets = [SecretStr("next"), SecretStr(SECRET)]
    check_signature(header, body, secrets=secrets, now=now, tolerance=5)


def digest(body: bytes = BODY, *, secret: str = SECRET, at: int = int(NOW)) -> str:
    return hmac.new(secret.encode(), f"{at}:".encode() + body, sha256).hexdigest()


def test_a_signature_of_paddle_is_accepted() -> None:
    check(f"ts={int(NOW)};h1={digest()}")


def test_the_fake_signs_as_paddle_documents_it() -> None:
    assert sign(BODY, secret=SECRET, at=NOW) == f"ts={int(NOW)};h1={digest()}"


@pytest.mark.parametrize("position", range(3))
def test_any_of_several_signatures_may_match_during_a_rotation(position: int) -> None:
    signatures = [digest(secret="old"), digest(secret="older"), "zz"]
    signatures[position] = digest()
    check(f"ts={int(NOW)};" + ";".join(f"h1={signature}" for signature in signatures))


@pytest.mark.parametrize("secret", ["next", SECRET])
def test_any_of_several_secrets_may_have_signed_during_a_rotation(secret: str) -> None:
    check(f"ts={int(NOW)};h1={digest(secret=secret)}")
    with pytest.raises(InvalidSignature):
        check(f"ts={int(NOW)};h1={digest(secret='last')}")


def test_unknown_keys_are_ignored() -> None:
    check(f"v=2;ts={int(NOW)};h2=abc;h1={digest()};x")


@pytest.mark.parametrize("age", [-5, 0, 5])
def test_a_signature_may_be_as_old_as_the_tolerance(age: int) -> None:
    check(f"ts={int(NOW)};h1={digest()}", now=NOW + age)


@pytest.mark.parametrize("age", [-6, 6, 86_400, -86_400])
def test_a_signature_from_another_time_is_rejected(age: int) -> None:
    with pytest.raises(InvalidSignature):
        check(f"ts={int(NOW)};h1={digest()}", now=NOW + age)


def test_the_time_itself_is_signed() -> None:
    with pytest.raises(InvalidSignature):
        check(f"ts={int(NOW) + 1};h1={digest()}")


@pytest.mark.parametrize("body", [BODY + b" ", BODY.replace(b": ", b":"), b""])
def test_a_body_that_differs_by_a_byte_is_rejected(body: bytes) -> None:
    with pytest.raises(InvalidSignature):
        check(f"ts={int(NOW)};h1={digest()}", body)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        ";",
        "ts=;h1=",
        f"h1={digest()}",
        f"ts={int(NOW)}",
        f"ts={int(NOW)};h1=",
        f"ts={int(NOW)};h1={digest()[:-1]}",
        f"ts={int(NOW)};h1={digest().upper()}",
        f"ts={int(NOW)};ts={int(NOW)};h1={digest()}",
        f"ts=-{int(NOW)};h1={digest()}",
        f"ts=٣;h1={digest()}",
        f"ts={'9' * 10_000};h1={digest()}",
        f"ts={int(NOW)};h1=é;h1=\udcff".encode("utf-8", "replace").decode(),
        ";" * 10_000,
        digest(),
    ],
)
def test_any_other_header_is_rejected(header: str | None) -> None:
    with pytest.raises(InvalidSignature):
        check(header)


async def test_a_refusal_has_the_error_envelope(
    client: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    assert paddle
    for header in ("Paddle-Signature", "Other"):
        response = await client.post(WEBHOOKS, content=BODY, headers={header: "ts=1;h1=ab"})
        assert response.status_code == 400
        assert response.json()["error"]["code"] == "invalid_signature"


async def test_without_a_secret_every_event_is_rejected(client: httpx2.AsyncClient) -> None:
    settings = paddle_settings(paddle_webhook_secret=())
    header = {"Paddle-Signature": sign(BODY, secret="")}
    with provide(PaddleSettings, settings):
        response = await client.post(WEBHOOKS, content=BODY, headers=header)
    assert response.json()["error"]["code"] == "invalid_signature"
