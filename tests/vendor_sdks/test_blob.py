"""Vercel's own SDKs work with the fake of Vercel Blob."""

from pathlib import Path

import pytest

from tests.vendor_sdks.conftest import Serve, run_node, run_python

pytestmark = pytest.mark.xdist_group("vendors' SDKs")
TOKEN = "vercel_blob_rw_fake_development"  # noqa: S105 (a token of the fake)


@pytest.fixture
def settings(serve: Serve) -> dict[str, str]:
    address = serve("devtools.fakes.blob:create_app")
    api, content = f"{address}/api/blob", f"{address}/content"
    return {
        "VERCEL_BLOB_API_URL": api,
        "CONTENT_URL": content,
        "BLOB_READ_WRITE_TOKEN": TOKEN,
        "VERCEL_BLOB_RETRIES": "0",
    }


def test_the_sdk_for_node(settings: dict[str, str], node_modules: Path) -> None:
    run_node("blob.mjs", node_modules, **settings)


def test_the_sdk_for_python(settings: dict[str, str]) -> None:
    run_python("blob_sdk.py", "vercel>=0.12,<1", **settings)
