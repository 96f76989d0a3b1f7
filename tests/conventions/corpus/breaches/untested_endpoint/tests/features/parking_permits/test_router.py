from tests.conftest import ClientFor

PERMITS = "/api/v1/parking-permits"


async def test_a_permit_is_found_by_its_plate(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    response = await ada.get(f"{PERMITS}/ZH 123456")
    assert response.json()["data"] == {"plate": "ZH 123456"}


async def test_the_first_zone_has_a_name(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    response = await ada.get(f"{PERMITS}/zones/first/name")
    assert response.json()["data"] == {"name": "Old town"}
