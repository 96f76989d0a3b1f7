"""Endpoints of expenses."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from app.accounts.dependencies import Admin, CurrentUser
from app.accounts.errors import InsufficientRole
from app.accounts.owned import OwnReadSession, limit_to_owner
from app.core.api import API_V1, DataResponse, Envelope, Router, errors, with_location
from app.core.db import ReadSession, Session
from app.core.guards import Idempotent
from app.features.travel_expenses import service
from app.features.travel_expenses.dependencies import ClaimantSession, TravelDesk
from app.features.travel_expenses.models import TravelExpense
from app.features.travel_expenses.schemas import (
    ExpenseApproval,
    ExpenseIn,
    ExpenseOut,
    ExpenseSummaryOut,
    ExpenseSummaryQuery,
)

router = Router(prefix=f"{API_V1}/travel-expenses", tags=["travel-expenses"])


@router.post(
    "",
    response_model=Envelope[ExpenseOut],
    status_code=201,
    dependencies=[Depends(Idempotent())],
    responses=with_location(),
)
async def create_expense(
    _: CurrentUser, session: Session, new: ExpenseIn, request: Request, response: Response
) -> DataResponse[TravelExpense]:
    """Store an expense."""
    expense = await service.create_expense(session, new)
    location = request.url_for("read_expense", expense_id=str(expense.id)).path
    response.headers["Location"] = location
    return DataResponse(expense)


@router.get("/sums", response_model=Envelope[ExpenseSummaryOut])
async def read_sum(
    _: CurrentUser, session: ReadSession, query: Annotated[ExpenseSummaryQuery, Query()]
) -> DataResponse[ExpenseSummaryOut]:
    """Return the sum of a person's expenses."""
    cents = await service.sum_expenses(session, query.employee)
    return DataResponse(ExpenseSummaryOut(cents=cents))


@router.get("/claims", response_model=Envelope[ExpenseSummaryOut])
async def read_claims(_: CurrentUser, session: ClaimantSession) -> DataResponse[ExpenseSummaryOut]:
    """Return the sum of the claimant's expenses."""
    return DataResponse(ExpenseSummaryOut(cents=await service.sum_own_expenses(session)))


@router.get("/desk", response_model=Envelope[ExpenseSummaryOut])
async def read_desk(
    _: CurrentUser, desk: Annotated[TravelDesk, Depends()]
) -> DataResponse[ExpenseSummaryOut]:
    """Return the sum of the expenses of the traveller at the desk."""
    cents = await service.sum_own_expenses(desk.session) if desk.session else 0
    return DataResponse(ExpenseSummaryOut(cents=cents))


# breach: owner-from-request
@router.get("/travellers/{traveller_id}/sum", response_model=Envelope[ExpenseSummaryOut])
async def read_traveller_sum(
    _: CurrentUser, session: ReadSession, traveller_id: UUID
) -> DataResponse[ExpenseSummaryOut]:
    """Return the sum of a traveller's expenses."""
    own = limit_to_owner(session, traveller_id)
    return DataResponse(ExpenseSummaryOut(cents=await service.sum_own_expenses(own)))


@router.patch(
    "/{expense_id}/approval",
    response_model=Envelope[ExpenseOut],
    responses=errors(InsufficientRole, service.ExpenseNotFound),
)
async def approve_expense(
    _: Admin, session: Session, expense_id: UUID, approval: ExpenseApproval
) -> DataResponse[TravelExpense]:
    """Approve an expense of any user. Administrators only."""
    return DataResponse(
        await service.approve_expense(session, expense_id, approver=approval.approver)
    )


@router.get(
    "/{expense_id}",
    response_model=Envelope[ExpenseOut],
    responses=errors(service.ExpenseNotFound),
)
async def read_expense(session: OwnReadSession, expense_id: UUID) -> DataResponse[TravelExpense]:
    """Return one of your expenses."""
    return DataResponse(await service.get_expense(session, expense_id))
