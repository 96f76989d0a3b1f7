"""Resend's own SDKs work with the fake of Resend, and accept its webhooks."""

from base64 import b64encode
from pathlib import Path

import pytest

from scripts.commands import free_port
from tests.vendor_sdks.conftest import Serve, run_node, run_python

pytestmark = pytest.mark.xdist_group("vendors' SDKs")


@pytest.fixture
def settings(serve: Serve) -> dict[str, str]:
    port, secret = str(free_port()), f"whsec_{b64encode(b'secret' * 4).decode()}"
    secrets = {"RESEND_API_KEY": "re_key", "RESEND_WEBHOOK_SECRET": secret}
    address = serve("devtools.fakes.resend:create_app", PORT=port, **secrets)
    return {"RESEND_API_URL": address, "WEBHOOK_PORT": port, **secrets}


def test_the_sdk_for_node(settings: dict[str, str], node_modules: Path) -> None:
    run_node("resend.mjs", node_modules, **settings)


def test_the_sdk_for_python(settings: dict[str, str]) -> None:
    run_python("resend_sdk.py", "resend>=2.30,<3", **settings)
