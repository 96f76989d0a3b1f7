from collections.abc import Iterator

import httpx2
import pytest

from app.core.http import HttpClient
from app.core.services import provide
from app.features.fx_rates.client import BankClient
from app.features.fx_rates.document import UnreadableRates, parse_rates
from tests.conftest import ClientFor
from tests.features.upstream import upstream_response

CONVERSIONS = "/api/v1/currency-conversions"
RATES = b"""<?xml version="1.0"?>
<g:Envelope xmlns:g="http://www.gesmes.org/xml/2002-08-01"
  xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <Cube><Cube time="2026-01-30">
    <Cube currency="CHF" rate="0.9400"/><Cube currency="JPY" rate="160.00"/>
  </Cube></Cube>
</g:Envelope>"""
BOMB = b'<!DOCTYPE b [<!ENTITY a "aaaa">]><b>&a;</b>'


@pytest.fixture
def bank() -> Iterator[list[str]]:
    asked: list[str] = []

    async def respond(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        return upstream_response(body=RATES)

    transport = httpx2.MockTransport(respond)
    http = HttpClient("bank", base_url="http://127.0.0.1", transport=transport)
    with provide(BankClient, BankClient(http, deadline=1)):
        yield asked


async def test_an_amount_is_converted_by_rates_that_are_read_once(
    client_for: ClientFor, bank: list[str]
) -> None:
    ada = await client_for("ada@example.com")
    query = {"amount": "100.00", "source": "EUR", "target": "CHF"}
    for _ in range(2):
        converted = (await ada.get(CONVERSIONS, params=query)).json()["data"]
        assert converted == {"amount": "94.00", "currency": "CHF", "day": "2026-01-30"}
    assert bank == ["/rates/daily.xml"]
    unknown = await ada.get(CONVERSIONS, params=query | {"target": "XXX"})
    assert unknown.status_code == 404


@pytest.mark.parametrize("document", [BOMB, b"<html/>", b"<"])
def test_other_documents_are_refused(document: bytes) -> None:
    with pytest.raises(UnreadableRates):
        parse_rates(document)
