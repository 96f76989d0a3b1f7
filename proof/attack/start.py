"""The service of an attack: run as in production, but without the default limit."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2

from proof.attack.target import SECONDS, Target
from proof.service import running_service
from scripts.commands import run

SETTINGS = {
    "ALLOWED_HOSTS": "127.0.0.1,localhost",
    "RATE_LIMIT": "off",  # it would hide what later requests find
}
SECRETS = {"paddle": "PADDLE_WEBHOOK_SECRET", "resend": "RESEND_WEBHOOK_SECRET"}
SECONDS_UNUSED = 2.0
"""Less than the server keeps an unused connection, which it could close during the next request."""


@contextmanager
def attacked(folder: Path, environment: Mapping[str, str]) -> Iterator[Target]:
    """Serve an installed service.

    Args:
        folder: The folder of the service.
        environment: The variables of its commands.
    """
    run(["make", "--silent", "openapi"], cwd=folder, environment=environment)
    document = json.loads((folder / "openapi.json").read_text("utf-8"))
    with running_service(folder, settings=SETTINGS, environment=environment) as service:
        yield Target(
            address=service.address,
            service=service,
            secrets={name: service.settings[setting] for name, setting in SECRETS.items()},
            document=document,
            client=httpx2.AsyncClient(
                base_url=service.address,
                timeout=SECONDS,
                trust_env=False,
                limits=httpx2.Limits(keepalive_expiry=SECONDS_UNUSED),
            ),
        )
