"""Headers and bodies that differ from request to request, for the load generator."""

import os
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from itertools import count
from time import time
from uuid import UUID, uuid4

import orjson

Part = tuple[dict[str, str], bytes]
SUBSCRIPTIONS = MESSAGES = 100


def idempotency_keys() -> Iterator[Part]:
    """Yield a new key for each request."""
    while True:
        yield {"Idempotency-Key": uuid4().hex}, b""


def paddle_events() -> Iterator[Part]:
    """Yield events that each change one of a hundred subscriptions, of a usual size of 3 kB."""
    secret = os.environ["PADDLE_WEBHOOK_SECRET"].encode()
    price = {"id": "pri_1", "product_id": "pro_1", "description": "x" * 1200}
    for number in count():
        now = datetime.now(UTC).isoformat()
        data = {
            "id": f"sub_measured_{number % SUBSCRIPTIONS}",
            "customer_id": f"ctm_measured_{number % SUBSCRIPTIONS}",
            "status": "active",
            "currency_code": "USD",
            "items": [{"price": price, "quantity": 1}] * 2,
            "updated_at": now,
        }
        event = {"event_id": f"evt_{uuid4().hex}", "event_type": "subscription.updated"}
        body = orjson.dumps(event | {"occurred_at": now, "data": data})
        signed_at = str(int(time())).encode()
        signature = digest(secret, signed_at + b":" + body, sha256).hex()
        yield {"Paddle-Signature": f"ts={signed_at.decode()};h1={signature}"}, body


def resend_events() -> Iterator[Part]:
    """Yield events that each tell the delivery of one of a hundred messages."""
    key = b64decode(os.environ["RESEND_WEBHOOK_SECRET"].removeprefix("whsec_"))
    for number in count():
        now = datetime.now(UTC).isoformat()
        data = {
            "email_id": f"resend_{number % MESSAGES}",
            "from": "service@example.com",
            "to": ["ada@example.com"],
            "subject": "Welcome",
            "tags": {"mail": str(UUID(int=number % MESSAGES))},
        }
        body = orjson.dumps({"type": "email.delivered", "created_at": now, "data": data})
        event, signed_at = f"msg_{uuid4().hex}", str(int(time()))
        signature = b64encode(digest(key, f"{event}.{signed_at}.".encode() + body, sha256))
        yield (
            {
                "svix-id": event,
                "svix-timestamp": signed_at,
                "svix-signature": f"v1,{signature.decode()}",
            },
            body,
        )
