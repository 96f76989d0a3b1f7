from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS
from app.core.http import HttpClient
from app.core.services import provide
from app.features.pdf_rendering.models import PdfRendering
from app.features.pdf_rendering.renderer import Renderer, RenderRejected
from app.features.pdf_rendering.service import RenderPdf, render_pdf
from tests.conftest import ClientFor
from tests.features.upstream import upstream_response

RENDERINGS = "/api/v1/pdf-renderings"


def renderer_that(*answers: dict[str, object], content: bytes = b"%PDF") -> Renderer:
    rest = list(answers)

    async def respond(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/content"):
            return upstream_response(200, content)
        return upstream_response(200, rest.pop(0))

    transport = httpx2.MockTransport(respond)
    http = HttpClient("renderer", base_url="http://127.0.0.1", transport=transport)
    return Renderer(http, wait_seconds=5)


async def test_a_rendering_is_polled_until_it_is_done(
    client_for: ClientFor, session: AsyncSession
) -> None:
    ada = await client_for("ada@example.com")
    headers = {"Idempotency-Key": str(uuid4())}
    queued = await ada.post(RENDERINGS, json={"template": "offer"}, headers=headers)
    assert queued.status_code == 202, queued.text
    path, rendering_id = queued.headers["location"], UUID(queued.json()["data"]["id"])
    found = select(PdfRendering).where(PdfRendering.id == rendering_id).options(ALL_OWNERS)
    owner_id = (await session.scalars(found)).one().owner_id
    answers: list[dict[str, object]] = [
        {"id": "7", "status": "waiting"},
        {"id": "7", "status": "done", "pages": 2},
    ]
    with provide(Renderer, renderer_that(*answers)):
        payload = RenderPdf(owner_id=owner_id, rendering_id=rendering_id, template="offer")
        await render_pdf.handler(session, payload)
    await session.commit()
    read = (await ada.get(path)).json()["data"]
    assert (read["state"], read["pages"], len(read["content_hash"])) == ("done", 2, 64)


@pytest.mark.parametrize("answer", [{"id": "7", "status": "failed"}, {"status": 1}])
async def test_a_failed_rendering_is_rejected(answer: dict[str, object]) -> None:
    with pytest.raises(RenderRejected):
        await renderer_that(answer).render("offer", key="1")
