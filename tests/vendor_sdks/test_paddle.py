"""Paddle's own SDKs work with the fake of Paddle, and accept its webhooks."""

from pathlib import Path

import pytest

from scripts.commands import free_port
from tests.vendor_sdks.conftest import Serve, run_node, run_python

pytestmark = pytest.mark.xdist_group("vendors' SDKs")


@pytest.fixture
def settings(serve: Serve) -> dict[str, str]:
    port = str(free_port())
    secrets = {"PADDLE_API_KEY": "pdl_key", "PADDLE_WEBHOOK_SECRET": "pdl_secret"}
    address = serve("devtools.fakes.paddle:create_app", PORT=port, **secrets)
    return {"PADDLE_API_URL": address, "WEBHOOK_PORT": port, **secrets}


def test_the_sdk_for_node(settings: dict[str, str], node_modules: Path) -> None:
    run_node("paddle.mjs", node_modules, **settings)


def test_the_sdk_for_python(settings: dict[str, str]) -> None:
    run_python("paddle_sdk.py", "paddle-python-sdk>=1.16,<2", **settings)
