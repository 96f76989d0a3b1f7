import hmac
from base64 import b64encode
from collections.abc import Iterator
from time import time

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from httpx2 import AsyncClient
from pydantic import SecretStr

from app.core.services import provide
from app.features.vendor_hooks.settings import VendorHookSettings

HOOKS = "/api/v1/vendor-hooks"
KEY = Ed25519PrivateKey.generate()
EVENT = {"id": "ev_1", "kind": "delivered", "parcel": "P1", "at": "2026-01-31T12:00:00Z"}


@pytest.fixture(autouse=True)
def known_keys() -> Iterator[None]:
    public = b64encode(KEY.public_key().public_bytes_raw()).decode()
    settings = VendorHookSettings(
        courier_public_key=public,
        signing_service_key=SecretStr("key-of-a-test"),
        sms_callback_password=SecretStr("word-of-a-test"),
    )
    with provide(VendorHookSettings, settings):
        yield


async def test_an_event_of_the_courier_is_taken_twice_and_stored_once(client: AsyncClient) -> None:
    body, now = orjson.dumps(EVENT), str(int(time()))
    signature = b64encode(KEY.sign(now.encode() + b"." + body)).decode()
    headers = {"X-Courier-Signature": signature, "X-Courier-Time": now}
    for _ in range(2):
        taken = await client.post(f"{HOOKS}/courier", content=body, headers=headers)
        assert taken.status_code == 204, taken.text


async def test_another_body_is_refused(client: AsyncClient) -> None:
    now = str(int(time()))
    signature = b64encode(KEY.sign(now.encode() + b".{}")).decode()
    headers = {"X-Courier-Signature": signature, "X-Courier-Time": now}
    refused = await client.post(f"{HOOKS}/courier", json=EVENT, headers=headers)
    assert refused.status_code == 403


async def test_the_mac_of_the_body_proves_the_signing_service(client: AsyncClient) -> None:
    event = {"event_id": "1", "outcome": "signed", "envelope_id": "e", "at": EVENT["at"]}
    body = orjson.dumps(event)
    mac = hmac.new(b"key-of-a-test", body, "sha512").hexdigest()
    for given, status in ((mac, 204), (mac[::-1], 403), ("none", 403)):
        headers = {"X-Signature-512": given}
        taken = await client.post(f"{HOOKS}/signatures", content=body, headers=headers)
        assert taken.status_code == status


async def test_the_sms_gateway_knows_its_password(client: AsyncClient) -> None:
    report = {"message_id": "m1", "state": "delivered", "at": EVENT["at"]}
    for password, status in (("word-of-a-test", 204), ("another", 403)):
        taken = await client.post(
            f"{HOOKS}/sms-deliveries", json=report, auth=("sms-gateway", password)
        )
        assert taken.status_code == status
