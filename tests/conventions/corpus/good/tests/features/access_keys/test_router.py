from httpx2 import AsyncClient

from tests.conftest import ClientFor

KEYS, CHECKS = "/api/v1/access-keys", "/api/v1/access-key-checks"


async def test_a_key_is_shown_once_and_works_until_it_is_deleted(
    client_for: ClientFor, client: AsyncClient
) -> None:
    ada = await client_for("ada@example.com")
    given = {"name": "Scanner", "scopes": ["stock:read"]}
    created = await ada.post(KEYS, json=given)
    assert created.status_code == 201, created.text
    assert (await ada.post(KEYS, json=given)).status_code == 409
    headers = {"X-Access-Key": created.json()["data"]["secret"]}
    assert (await client.post(CHECKS, headers=headers)).status_code == 200
    [listed] = (await ada.get(KEYS)).json()["data"]
    assert "secret" not in listed
    assert listed["last_used_at"]
    assert (await ada.delete(created.headers["location"])).status_code == 204
    assert (await client.post(CHECKS, headers=headers)).status_code == 401


async def test_a_scope_is_needed(client_for: ClientFor, client: AsyncClient) -> None:
    ada = await client_for("ada@example.com")
    created = await ada.post(KEYS, json={"name": "Shop", "scopes": ["orders:read"]})
    headers = {"X-Access-Key": created.json()["data"]["secret"]}
    assert (await client.post(CHECKS, headers=headers)).status_code == 401
    assert (await client.post(CHECKS)).status_code == 401
