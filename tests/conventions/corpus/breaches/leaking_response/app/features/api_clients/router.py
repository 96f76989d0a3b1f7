"""Endpoints of programs."""

from datetime import UTC, datetime

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.features.api_clients.schemas import ClientOut, ClientSummaryOut, Pairing

router = Router(prefix=f"{API_V1}/api-clients", tags=["api-clients"])


@router.get("/first", response_model=Envelope[ClientOut])
async def read_first_client(user: CurrentUser) -> DataResponse[ClientOut]:
    """Return your first program."""
    client = ClientOut(
        name=user.email,
        client_secret_digest=user.id.hex,
        created_at=datetime.now(UTC),
        webhooks=[],
    )
    return DataResponse(client)


@router.get("/first/summary", response_model=Envelope[ClientSummaryOut])
async def read_client_summary(user: CurrentUser) -> DataResponse[ClientSummaryOut]:
    """Return a summary of your first program."""
    pairing = Pairing(device="Pixel", seed=user.id.hex)
    return DataResponse(ClientSummaryOut(name=user.email, pairing=pairing))
