import pytest
from httpx2 import AsyncClient, Response

from tests.conftest import ClientFor

TOKENS = "/api/v1/access-tokens"


@pytest.fixture
async def ada(client_for: ClientFor) -> AsyncClient:
    return await client_for("ada@example.com")


@pytest.fixture
async def bob(client_for: ClientFor) -> AsyncClient:
    return await client_for("bob@example.com")


async def create(client: AsyncClient, name: str = "Nightly export") -> Response:
    return await client.post(TOKENS, json={"name": name})


async def test_a_token_is_shown_once_and_read_at_its_location_without_its_text(
    ada: AsyncClient,
) -> None:
    created = await create(ada)
    assert created.status_code == 201, created.text
    assert created.headers["cache-control"] == "no-store"
    read = await ada.get(created.headers["location"])
    assert read.json()["data"]["name"] == "Nightly export"
    assert created.json()["data"]["text"] not in read.text


async def test_the_token_of_another_user_is_not_found(ada: AsyncClient, bob: AsyncClient) -> None:
    location = (await create(ada)).headers["location"]
    for method in ("GET", "DELETE"):
        response = await bob.request(method, location)
        assert response.status_code == 404, response.text
    assert (await ada.delete(location)).status_code == 204


async def test_a_list_has_the_own_tokens_only(ada: AsyncClient, bob: AsyncClient) -> None:
    await create(ada, "Export")
    await create(bob, "Import")
    listed = await ada.get(TOKENS, params={"limit": 10})
    assert [token["name"] for token in listed.json()["data"]] == ["Export"]


async def test_a_token_names_its_user(ada: AsyncClient, bob: AsyncClient) -> None:
    token = (await create(ada)).json()["data"]["text"]
    checked = await bob.post(f"{TOKENS}/checks", headers={"X-Access-Token": token})
    me = await ada.get("/api/v1/users/me")
    assert checked.json()["data"]["user_id"] == me.json()["data"]["id"]
    refused = await bob.post(f"{TOKENS}/checks", headers={"X-Access-Token": token[:-1]})
    assert refused.json()["error"]["code"] == "access_token_invalid"
