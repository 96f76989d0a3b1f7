from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.core.services import provide
from app.features.file_previews.drawing import Drawings, PreviewNotFound, delete_in_thread
from app.features.file_previews.router import COOKIE
from app.features.file_previews.settings import PreviewSettings
from tests.conftest import ClientFor

PREVIEWS = "/api/v1/file-previews"
OWNER = uuid4()


@pytest.fixture
def drawings(tmp_path: Path) -> Iterator[Drawings]:
    settings = PreviewSettings(preview_folder=tmp_path, preview_program=Path("/bin/true"))
    with ThreadPoolExecutor(1) as executor:
        drawings = Drawings(settings, executor)
        with provide(Drawings, drawings), provide(PreviewSettings, settings):
            yield drawings


async def test_a_pass_opens_the_image_of_its_user(
    client_for: ClientFor, session: AsyncSession, drawings: Drawings
) -> None:
    ada, eve = await client_for("ada@example.com"), await client_for("eve@example.com")
    statement = select(User.id).where(User.email == "ada@example.com")
    path = drawings.path_of((await session.scalars(statement)).one(), "offer")
    path.parent.mkdir()
    path.write_bytes(b"png")
    given = await ada.post(f"{PREVIEWS}/passes")
    assert given.status_code == 204
    cookie = given.headers["set-cookie"]
    assert all(flag in cookie for flag in ("HttpOnly", "Secure", "SameSite=strict"))
    headers = {"Cookie": f"{COOKIE}={given.cookies[COOKIE]}"}
    image = await ada.get(f"{PREVIEWS}/image", params={"name": "offer"}, headers=headers)
    assert (image.status_code, image.content) == (200, b"png")
    assert (await ada.get(f"{PREVIEWS}/image", params={"name": "offer"})).status_code == 404
    hers = (await eve.post(f"{PREVIEWS}/passes")).cookies[COOKIE]
    stolen = await eve.get(
        f"{PREVIEWS}/image", params={"name": "offer"}, headers={"Cookie": f"{COOKIE}={hers}"}
    )
    assert stolen.status_code == 404
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
    drawn = await drawings.draw(tmp_path / "offer.pdf", OWNER, "offer")
    assert drawn == tmp_path / OWNER.hex / "offer.png"
    drawn.write_bytes(b"\x01\x03")
    assert await drawings.brightness(OWNER, "offer") == 2.0
    for name in ("../offer", "a/b", "."):
        with pytest.raises(PreviewNotFound):
            await drawings.read(OWNER, name)
    settings = PreviewSettings(preview_folder=tmp_path)
    assert await delete_in_thread(settings, OWNER, ["offer", "missing"]) == 1
