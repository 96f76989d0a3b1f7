"""Endpoints: each validates, calls one service function and returns."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from app.accounts.dependencies import Admin, CurrentUser
from app.accounts.errors import InsufficientRole
from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import (
    API_V1,
    IF_MATCH_ERRORS,
    Batch,
    BatchEnvelope,
    DataResponse,
    Envelope,
    IfMatch,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    Sunset,
    errors,
    make_etag,
    with_etag,
    with_location,
)
from app.core.db import ReadSession, Session
from app.core.guards import Idempotent, RateLimit
from app.core.middleware.request_logging import log_sample
from app.features.market_data.alert_schemas import (
    AlertBatch,
    AlertDeletion,
    AlertIn,
    AlertOut,
    AlertPatch,
    AlertQuery,
    DeletedAlertOut,
)
from app.features.market_data.errors import AlertNotFound, EmptyRange, SymbolExists, SymbolNotFound
from app.features.market_data.models import Alert, Symbol
from app.features.market_data.schemas import (
    CandleBatchQuery,
    CandleImport,
    CandleOut,
    CandleQuery,
    ImportedCandleOut,
    MarketSummaryOut,
    SymbolCandlesOut,
    SymbolIn,
    SymbolOut,
    SymbolPatch,
    SymbolQuery,
    Ticker,
)
from app.features.market_data.service import alerts, candle_imports, candles, summaries, symbols

ALERT_BATCHES = RateLimit("30/minute", name="alert_batches")
CANDLE_BATCHES = RateLimit("120/minute", name="candle_batches")
PRICES = Sunset(deprecated=date(2026, 12, 1), removed=date(2027, 12, 1))

router = Router(prefix=API_V1)


@router.get(
    "/symbols",
    tags=["symbols"],
    response_model=PageEnvelope[SymbolOut],
    responses=errors(InvalidCursor),
)
async def list_symbols(
    session: ReadSession, query: Annotated[SymbolQuery, Query()]
) -> Page[Symbol]:
    """List the symbols, page by page."""
    return await symbols.list_symbols(session, query)


@router.post(
    "/symbols",
    tags=["symbols"],
    response_model=Envelope[SymbolOut],
    status_code=201,
    responses=with_location(InsufficientRole, SymbolExists),
)
async def create_symbol(
    _: Admin, session: Session, new: SymbolIn, request: Request, response: Response
) -> DataResponse[Symbol]:
    """Create a symbol. Store its candles with `POST /candle-imports`. Administrators only."""
    symbol = await symbols.create_symbol(session, new)
    response.headers["Location"] = request.url_for("read_symbol", ticker=symbol.ticker).path
    return DataResponse(symbol)


@router.get(
    "/symbols/{ticker}",
    tags=["symbols"],
    response_model=Envelope[SymbolOut],
    responses=errors(SymbolNotFound),
)
async def read_symbol(session: ReadSession, ticker: Ticker) -> DataResponse[symbols.SymbolRow]:
    """Return one symbol."""
    return DataResponse(await symbols.get_symbol(session, ticker))


@router.patch(
    "/symbols/{ticker}",
    tags=["symbols"],
    response_model=Envelope[SymbolOut],
    responses=errors(InsufficientRole, SymbolNotFound),
)
async def change_symbol(
    _: Admin, session: Session, ticker: Ticker, changes: SymbolPatch
) -> DataResponse[Symbol]:
    """Change the name or the currency of a symbol, not its ticker. Administrators only."""
    return DataResponse(await symbols.change_symbol(session, ticker, changes))


@router.delete(
    "/symbols/{ticker}",
    tags=["symbols"],
    status_code=204,
    responses=errors(InsufficientRole, SymbolNotFound),
)
async def delete_symbol(_: Admin, session: Session, ticker: Ticker) -> None:
    """Delete a symbol with its candles and the alerts of all users on it. Administrators only."""
    await symbols.delete_symbol(session, ticker)


@router.get("/market-summary", tags=["symbols"], response_model=Envelope[MarketSummaryOut])
async def read_market_summary(session: ReadSession) -> DataResponse[summaries.MarketSummary]:
    """Return a summary of the newest daily candles, at most a minute old."""
    return DataResponse(await summaries.get_market_summary(session))


@router.get(
    "/symbols/{ticker}/candles",
    tags=["candles"],
    response_model=PageEnvelope[CandleOut],
    responses=errors(InvalidCursor, EmptyRange, SymbolNotFound),
)
@log_sample(0.1)  # the busiest route: a log line for one request in ten is enough
async def list_candles(
    session: ReadSession, ticker: Ticker, query: Annotated[CandleQuery, Query()]
) -> Page[candles.CandleRow]:
    """List the candles of one symbol that open between `start` and `end`, page by page."""
    return await candles.list_candles(session, ticker, query)


@router.get(
    "/symbols/{ticker}/prices",
    tags=["candles"],
    deprecated=True,
    dependencies=[Depends(PRICES)],
    response_model=PageEnvelope[CandleOut],
    responses=errors(InvalidCursor, EmptyRange, SymbolNotFound),
)
async def list_prices(
    session: ReadSession, ticker: Ticker, query: Annotated[CandleQuery, Query()]
) -> Page[candles.CandleRow]:
    """List candles at their former path. Use `GET /symbols/{ticker}/candles` instead."""
    return await candles.list_candles(session, ticker, query)


# conventions: ignore[undeclared-error] the query of a batch has no cursor
@router.post(
    "/candle-queries",
    tags=["candles"],
    response_model=BatchEnvelope[SymbolCandlesOut],
    dependencies=[Depends(CANDLE_BATCHES)],
    responses=errors(EmptyRange),
)
async def query_candles(
    session: ReadSession, query: CandleBatchQuery
) -> Batch[candles.SymbolCandles]:
    """Return the first candles of up to 100 symbols; unknown symbols are among the failures."""
    return await candles.query_candles(session, query)


@router.post(
    "/candle-imports",
    tags=["candles"],
    response_model=BatchEnvelope[ImportedCandleOut],
    dependencies=[Depends(CANDLE_BATCHES)],
    responses=errors(InsufficientRole),
)
async def import_candles(
    _: Admin, session: Session, new: CandleImport
) -> Batch[candle_imports.ImportedCandle]:
    """Store up to 1,000 candles. Existing candles are replaced. Administrators only.

    Invalid candles are among the failures, and the others are stored:

    - `symbol_not_found`: create the symbol first.
    - `misaligned_candle`: the open time is not a start of the interval.
    - `inconsistent_candle`: send prices above zero, with `low` the lowest and `high` the highest.
    - `duplicate_candle`: the request contains the candle more than once.
    """
    return await candle_imports.import_candles(session, new.candles)


@router.get(
    "/alerts",
    tags=["alerts"],
    response_model=PageEnvelope[AlertOut],
    responses=errors(InvalidCursor),
)
async def list_alerts(
    user: CurrentUser, session: OwnReadSession, query: Annotated[AlertQuery, Query()]
) -> Page[alerts.AlertRow]:
    """List your alerts, page by page."""
    return await alerts.list_alerts(session, query, owner_id=user.id)


@router.post(
    "/alerts",
    tags=["alerts"],
    response_model=Envelope[AlertOut],
    status_code=201,
    dependencies=[Depends(Idempotent(required=False))],
    responses=with_etag(with_location(SymbolNotFound), status=201),
)
async def create_alert(
    session: OwnSession, new: AlertIn, request: Request, response: Response
) -> DataResponse[Alert]:
    """Create an alert. With an `Idempotency-Key`, a retry does not create a second one."""
    alert = await alerts.create_alert(session, new)
    response.headers["Location"] = request.url_for("read_alert", alert_id=str(alert.id)).path
    response.headers["ETag"] = make_etag(alert.version)
    return DataResponse(alert)


@router.get(
    "/alerts/{alert_id}",
    tags=["alerts"],
    response_model=Envelope[AlertOut],
    responses=with_etag(errors(AlertNotFound)),
)
async def read_alert(
    session: OwnReadSession, alert_id: UUID, response: Response
) -> DataResponse[alerts.AlertRow]:
    """Return one of your alerts."""
    alert = await alerts.get_alert(session, alert_id)
    response.headers["ETag"] = make_etag(alert.version)
    return DataResponse(alert)


@router.patch(
    "/alerts/{alert_id}",
    tags=["alerts"],
    response_model=Envelope[AlertOut],
    responses=with_etag(errors(AlertNotFound, *IF_MATCH_ERRORS)),
)
async def change_alert(
    session: OwnSession,
    alert_id: UUID,
    changes: AlertPatch,
    expected: IfMatch,
    response: Response,
) -> DataResponse[alerts.AlertRow]:
    """Change an alert, if `If-Match` names its version. Its symbol is fixed."""
    alert = await alerts.change_alert(session, alert_id, changes, expected=expected)
    response.headers["ETag"] = make_etag(alert.version)
    return DataResponse(alert)


@router.delete(
    "/alerts/{alert_id}",
    tags=["alerts"],
    status_code=204,
    responses=errors(AlertNotFound, *IF_MATCH_ERRORS),
)
async def delete_alert(session: OwnSession, alert_id: UUID, expected: IfMatch) -> None:
    """Delete an alert, if `If-Match` names its version."""
    await alerts.delete_alert(session, alert_id, expected=expected)


@router.post(
    "/alert-batches",
    tags=["alerts"],
    response_model=BatchEnvelope[AlertOut],
    dependencies=[Depends(ALERT_BATCHES), Depends(Idempotent())],
)
async def create_alerts(session: OwnSession, new: AlertBatch) -> Batch[Alert]:
    """Create up to 100 alerts; a failure has its position in the request as id: `alerts.3`."""
    return await alerts.create_alerts(session, new.alerts)


@router.post(
    "/alert-deletions",
    tags=["alerts"],
    response_model=BatchEnvelope[DeletedAlertOut],
    dependencies=[Depends(ALERT_BATCHES)],
)
async def delete_alerts(session: OwnSession, deletion: AlertDeletion) -> Batch[alerts.DeletedAlert]:
    """Delete up to 100 of your alerts in any version; unknown ids are among the failures."""
    return await alerts.delete_alerts(session, deletion.ids)
