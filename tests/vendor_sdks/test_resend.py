"""Resend's own SDKs work with the fake Resend."""

from pathlib import Path

import pytest

from tests.vendor_sdks.conftest import Serve, run_node, run_python

pytestmark = pytest.mark.xdist_group("vendors' SDKs")


@pytest.fixture
def settings(serve: Serve) -> dict[str, str]:
    account = {"RESEND_API_KEY": "re_test", "RESEND_WEBHOOK_SECRET": "whsec_c2VjcmV0"}
    address = serve("devtools.fakes.resend:create_app", **account)
    return {**account, "RESEND_API_URL": address}


def test_the_sdk_for_node(settings: dict[str, str], node_modules: Path) -> None:
    run_node("resend.mjs", node_modules, **settings)


def test_the_sdk_for_python(settings: dict[str, str]) -> None:
    run_python("resend_sdk.py", "resend>=2.50,<3", **settings)
