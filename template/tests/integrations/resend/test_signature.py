import time

import pytest
from pydantic import SecretStr

from app.integrations.resend.settings import decode_secret
from app.integrations.resend.signature import InvalidSignature, Signature
from devtools.fakes.resend import sign
from tests.integrations.resend.conftest import SECRET

BODY = '{"type": "email.sent"}'
OTHER_SECRET = "whsec_bm90IHRoZSBzZWNyZXQgb2YgdGhpcyBzZXJ2aWNl"


def check(headers: dict[str, str], *, body: str = BODY) -> None:
    given = (headers[f"svix-{part}"] for part in ("id", "timestamp", "signature"))
    Signature(*given).check(body.encode(), keys=[decode_secret(SecretStr(SECRET))])


def test_the_example_of_svix_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """From https://docs.svix.com/receiving/verifying-payloads/how."""
    monkeypatch.setattr("app.integrations.resend.signature.time", lambda: 1_614_265_330.0)
    signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    given = Signature("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", signature)
    key = decode_secret(SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    given.check(b'{"test": 2432232314}', keys=[key])


def test_a_fresh_signature_passes() -> None:
    check(sign("msg_1", BODY, secret=SECRET))


@pytest.mark.parametrize("seconds", [-3600, -301, 330])
def test_an_old_signature_is_refused_and_one_from_the_future(seconds: int) -> None:
    with pytest.raises(InvalidSignature):
        check(sign("msg_1", BODY, secret=SECRET, at=time.time() + seconds))


@pytest.mark.parametrize("seconds", [-200, 200])
def test_a_clock_may_be_a_little_off(seconds: int) -> None:
    check(sign("msg_1", BODY, secret=SECRET, at=time.time() + seconds))


@pytest.mark.parametrize("place", ["first", "last"])
def test_while_secrets_change_either_signature_will_do(place: str) -> None:
    headers = sign("msg_1", BODY, secret=SECRET)
    other = sign("msg_1", BODY, secret=OTHER_SECRET)["svix-signature"]
    ours = headers["svix-signature"]
    both = f"{ours} v1a,eA== {other}" if place == "first" else f"{other} v1a,eA== {ours}"
    check(headers | {"svix-signature": both})


@pytest.mark.parametrize(
    "changed",
    [
        {"svix-id": "msg_2"},
        {"svix-signature": ""},
        {"svix-signature": "v1,"},
        {"svix-signature": "v2,eA=="},
        {"svix-signature": "é"},
        {"svix-signature": sign("msg_1", BODY, secret=OTHER_SECRET)["svix-signature"]},
    ],
)
def test_an_event_without_a_valid_signature_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        check(sign("msg_1", BODY, secret=SECRET) | changed)


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(InvalidSignature):
        check(sign("msg_1", BODY, secret=SECRET), body=BODY.replace("sent", "bounced"))


def test_any_of_several_secrets_may_have_signed() -> None:
    given = sign("msg_1", BODY, secret=OTHER_SECRET)
    keys = [decode_secret(SecretStr(secret)) for secret in (SECRET, OTHER_SECRET)]
    headers = (given["svix-id"], given["svix-timestamp"], given["svix-signature"])
    Signature(*headers).check(BODY.encode(), keys=keys)
    with pytest.raises(InvalidSignature):
        Signature(*headers).check(BODY.encode(), keys=keys[:1])


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%", "eA==", "whpub_eA=="])
def test_an_invalid_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        decode_secret(SecretStr(secret))
