from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.services import provide
from app.features.file_previews.drawing import Drawings, PreviewNotFound, delete_in_thread
from app.features.file_previews.router import COOKIE
from app.features.file_previews.settings import PreviewSettings
from tests.conftest import ClientFor

PREVIEWS = "/api/v1/file-previews"


@pytest.fixture
def drawings(tmp_path: Path) -> Iterator[Drawings]:
    settings = PreviewSettings(preview_folder=tmp_path, preview_program=Path("/bin/true"))
    with ThreadPoolExecutor(1) as executor:
        drawings = Drawings(settings, executor)
        with provide(Drawings, drawings), provide(PreviewSettings, settings):
            yield drawings


async def test_a_pass_opens_the_image(client_for: ClientFor, drawings: Drawings) -> None:
    drawings.path_of("offer").write_bytes(b"png")
    ada = await client_for("ada@example.com")
    given = await ada.post(f"{PREVIEWS}/passes")
    assert given.status_code == 204
    cookie = given.headers["set-cookie"]
    assert all(flag in cookie for flag in ("HttpOnly", "Secure", "SameSite=strict"))
    headers = {"Cookie": f"{COOKIE}={given.cookies[COOKIE]}"}
    image = await ada.get(f"{PREVIEWS}/image", params={"name": "offer"}, headers=headers)
    assert (image.status_code, image.content) == (200, b"png")
    assert (await ada.get(f"{PREVIEWS}/image", params={"name": "offer"})).status_code == 404
    page = await ada.get(
        f"{PREVIEWS}/page", params={"name": "offer", "caption": "<b>"}, headers=headers
    )
    assert "&lt;b&gt;" in page.text


async def test_only_pages_of_the_settings_are_led_to(
    client_for: ClientFor, drawings: Drawings
) -> None:
    assert drawings.counts() == {"drawn": 0, "failed": 0}
    ada = await client_for("ada@example.com")
    led = await ada.get(f"{PREVIEWS}/partner", params={"to": "help"})
    assert (led.status_code, led.headers["location"]) == (
        307,
        "https://help.example.com/previews",
    )
    assert (await ada.get(f"{PREVIEWS}/partner", params={"to": "evil"})).status_code == 404


async def test_a_program_draws_within_the_folder(drawings: Drawings, tmp_path: Path) -> None:
    drawn = await drawings.draw(tmp_path / "offer.pdf", "offer")
    assert drawn == tmp_path / "offer.png"
    drawn.write_bytes(b"\x01\x03")
    assert await drawings.brightness("offer") == 2.0
    for name in ("../offer", "a/b", "."):
        with pytest.raises(PreviewNotFound):
            await drawings.read(name)
    settings = PreviewSettings(preview_folder=tmp_path)
    assert await delete_in_thread(settings, ["offer", "missing"]) == 1
