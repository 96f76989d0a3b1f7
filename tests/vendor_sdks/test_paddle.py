"""Paddle's own SDKs work with the fake Paddle."""

from pathlib import Path

import pytest

from scripts.commands import free_port
from tests.vendor_sdks.conftest import Serve, run_node, run_python

pytestmark = pytest.mark.xdist_group("vendors' SDKs")
Settings = dict[str, str]


@pytest.fixture
def settings(serve: Serve) -> Settings:
    port = str(free_port())
    account = {
        "PADDLE_API_KEY": "pdl_sdbx_apikey_test",
        "PADDLE_WEBHOOK_SECRET": "pdl_ntfset_test",
        "PADDLE_PLANS": "pro=pri_promonthly,pri_proyearly",
    }
    address = serve("devtools.fakes.paddle:create_app", PORT=port, **account)
    return {**account, "PADDLE_ADDRESS": address, "RECEIVER_PORT": port}


def test_the_sdk_for_node(settings: Settings, node_modules: Path) -> None:
    run_node("paddle.mjs", node_modules, **settings)


def test_the_sdk_for_python(settings: Settings) -> None:
    run_python("paddle_sdk.py", "paddle-python-sdk>=1.16,<2", **settings)
