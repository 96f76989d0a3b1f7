"""Endpoints of the ledger."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
    with_location,
)
from app.core.db.errors import AlreadyExists
from app.core.guards import Idempotent
from app.features.house_ledger import service
from app.features.house_ledger.errors import (
    AccountFrozen,
    LedgerAccountNotFound,
    MixedCurrencies,
    OverdrawnAccount,
    RepeatedAccount,
    UnbalancedLines,
)
from app.features.house_ledger.models import LedgerAccount, LedgerTransaction
from app.features.house_ledger.schemas import (
    FreezeIn,
    LedgerAccountIn,
    LedgerAccountOut,
    LedgerAccountQuery,
    LedgerTransactionIn,
    LedgerTransactionOut,
    LedgerTransactionQuery,
)

router = Router(prefix=API_V1, tags=["ledger"])


@router.get(
    "/ledger-accounts",
    response_model=PageEnvelope[LedgerAccountOut],
    responses=errors(InvalidCursor),
)
async def list_ledger_accounts(
    user: CurrentUser, session: OwnReadSession, query: Annotated[LedgerAccountQuery, Query()]
) -> Page[LedgerAccount]:
    """List the accounts of your books, page by page."""
    return await service.list_accounts(session, query, owner_id=user.id)


@router.post(
    "/ledger-accounts",
    response_model=Envelope[LedgerAccountOut],
    status_code=201,
    responses=with_location(AlreadyExists),
)
async def open_ledger_account(
    user: CurrentUser,
    session: OwnSession,
    new: LedgerAccountIn,
    request: Request,
    response: Response,
) -> DataResponse[LedgerAccount]:
    """Open an account. Its number must be new to your books."""
    account = await service.open_account(session, new, owner_id=user.id)
    response.headers["Location"] = f"{request.url.path}/{account.id}"
    return DataResponse(account)


@router.post(
    "/ledger-freezes",
    response_model=Envelope[LedgerAccountOut],
    responses=errors(LedgerAccountNotFound),
)
async def freeze_ledger_account(
    session: OwnSession, freeze: FreezeIn
) -> DataResponse[LedgerAccount]:
    """Close one of your accounts for postings; repeating it changes nothing."""
    return DataResponse(await service.freeze_account(session, freeze.account_id))


@router.get(
    "/ledger-transactions",
    response_model=PageEnvelope[LedgerTransactionOut],
    responses=errors(InvalidCursor),
)
async def list_ledger_transactions(
    user: CurrentUser, session: OwnReadSession, query: Annotated[LedgerTransactionQuery, Query()]
) -> Page[LedgerTransaction]:
    """List your transactions with their lines, newest first."""
    return await service.list_transactions(session, query, owner_id=user.id)


@router.post(
    "/ledger-transactions",
    response_model=Envelope[LedgerTransactionOut],
    status_code=201,
    dependencies=[Depends(Idempotent())],
    responses=with_location(
        LedgerAccountNotFound,
        AccountFrozen,
        OverdrawnAccount,
        MixedCurrencies,
        RepeatedAccount,
        UnbalancedLines,
    ),
)
async def post_ledger_transaction(
    session: OwnSession, new: LedgerTransactionIn, request: Request, response: Response
) -> DataResponse[LedgerTransaction]:
    """Post a transaction: two lines or more, on different accounts, that add up to zero."""
    transaction = await service.post_transaction(session, new)
    response.headers["Location"] = f"{request.url.path}/{transaction.id}"
    return DataResponse(transaction)
