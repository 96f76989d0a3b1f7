"""Tests of places."""

from uuid import uuid4

from tests.conftest import ClientFor

PLACES = "/api/v1/untested-endpoints"


async def test_a_place_is_stored(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    assert (await ada.put(f"{PLACES}/{uuid4()}")).status_code == 204


async def test_the_name_of_a_place_is_deleted(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    place = f"{PLACES}/{uuid4()}"
    assert (await ada.request("DELETE", place + "/name")).status_code == 204
