"""The service behind a proxy that serves it under a path prefix, over TLS."""

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
from sqlalchemy import URL

from tests.serving import serving

SERVICE = "from app.main import create_app"
PREFIX = "/prefix"
PROXY = {"Host": "api.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}


@pytest.fixture(scope="module")
def address(database_url: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    environment = {
        "DATABASE_URL": database_url.render_as_string(hide_password=False),
        "ALLOWED_HOSTS": "api.example.com",
        "ENVIRONMENT": "test",
        "ACCOUNT_MAIL": "off",
        "ROOT_PATH": PREFIX,
    }
    folder = tmp_path_factory.mktemp("prefix")
    with serving(SERVICE, folder=folder, environment=environment) as server:
        yield server.address


@pytest.fixture
async def proxy(address: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that sends what a proxy does when it has removed the prefix."""
    async with httpx2.AsyncClient(base_url=address, headers=PROXY) as client:
        yield client


async def test_health_checks_come_directly_and_through_the_proxy(
    proxy: httpx2.AsyncClient,
) -> None:
    for host in (PROXY["Host"], "10.0.0.7:8000"):
        for name in ("live", "ready"):
            healthy = await proxy.get(f"/health/{name}", headers={"Host": host})
            assert healthy.status_code == 200, healthy.text
    assert (await proxy.get("/docs", headers={"Host": "evil.com"})).status_code == 400


async def test_the_documentation_has_the_prefix_in_its_links(proxy: httpx2.AsyncClient) -> None:
    page = (await proxy.get("/docs")).text
    assert f"'{PREFIX}/openapi.json'" in page
    assert f'src="{PREFIX}/docs/assets/swagger-ui-bundle.js"' in page
    assert (await proxy.get("/docs/assets/swagger-ui.css")).status_code == 200
    document = (await proxy.get("/openapi.json")).json()
    assert document["servers"] == [{"url": PREFIX}]


async def test_a_created_resource_is_located_under_the_prefix(proxy: httpx2.AsyncClient) -> None:
    account = {"email": "prefix@example.com", "password": "correct horse battery"}
    assert (await proxy.post("/api/v1/users", json=account)).status_code in {201, 202}
    created = await proxy.post("/api/v1/sessions", json=account)
    assert created.status_code == 201, created.text
    location = created.headers["Location"]
    assert location.startswith(f"{PREFIX}/api/v1/sessions/")
    token = {"Authorization": f"Bearer {created.json()['data']['token']}"}
    read = await proxy.get(location.removeprefix(PREFIX), headers=token)
    assert read.status_code == 200


async def test_errors_and_security_headers_are_those_of_tls(proxy: httpx2.AsyncClient) -> None:
    missing = await proxy.get("/api/v1/missing")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    assert "strict-transport-security" in missing.headers
    refused = await proxy.put("/health/live")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
