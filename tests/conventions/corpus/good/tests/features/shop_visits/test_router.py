from httpx2 import AsyncClient

from tests.conftest import ClientFor

VISIT = "/api/v1/shop-visits/current"


async def test_the_cookie_of_a_visit_is_out_of_reach_of_scripts(client: AsyncClient) -> None:
    response = await client.put(VISIT)
    cookie = response.headers["set-cookie"].lower()
    assert {"httponly", "secure", "samesite=lax"} <= set(cookie.split("; "))


async def test_the_end_of_a_visit_deletes_its_cookie(client: AsyncClient) -> None:
    response = await client.delete(VISIT)
    assert "Max-Age=0" in response.headers["set-cookie"]


async def test_recommendations_are_a_few_of_the_items(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    response = await ada.get("/api/v1/shop-visits/recommendations")
    assert 2 <= len(response.json()["data"]["items"]) <= 3
