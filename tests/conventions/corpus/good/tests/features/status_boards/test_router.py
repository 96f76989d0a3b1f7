import httpx2
from starlette.types import Receive, Scope, Send

from app.accounts.models import Role
from app.core.http import HttpClient
from app.core.services import provide
from app.features.status_boards.checks import Board, Part, table_sizes
from app.features.status_boards.stamping import StampMiddleware, current_board
from tests.conftest import ClientFor
from tests.features.upstream import upstream_response

BOARD = "/api/v1/status-board"


def board_with(status: int) -> Board:
    async def respond(request: httpx2.Request) -> httpx2.Response:
        return upstream_response(status if request.url.host == "tax.example" else 200)

    transport = httpx2.MockTransport(respond)
    return Board(
        {
            part: HttpClient(part, base_url=f"https://{part}.example", transport=transport)
            for part in Part
        }
    )


async def test_a_part_that_is_down_is_a_line(client_for: ClientFor) -> None:
    root = await client_for("root@example.com", role=Role.ADMIN)
    with provide(Board, board_with(503)) as board:
        parts = (await root.get(BOARD)).json()["data"]["parts"]
        assert [part["part"] for part in parts if not part["is_up"]] == ["tax"]
        assert len(await board.check_clients()) == len(Part)
    ada = await client_for("ada@example.com")
    assert (await ada.get(BOARD)).status_code == 403


async def test_tables_have_sizes(client_for: ClientFor) -> None:
    await client_for("ada@example.com")
    sizes = await table_sizes(("users", "sessions"))
    assert all(size > 0 for size in sizes.values())


async def test_responses_are_stamped() -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": current_board().encode()})

    transport = httpx2.ASGITransport(StampMiddleware(app, name="north"))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/")).headers["x-status-board"] == "north"
    assert current_board() == "main"
