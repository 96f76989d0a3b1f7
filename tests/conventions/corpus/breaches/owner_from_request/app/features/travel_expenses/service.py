"""Services of expenses."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS, OwnerSession, owned_by
from app.core.errors import NotFound
from app.features.travel_expenses.models import TravelExpense
from app.features.travel_expenses.schemas import ExpenseIn


class ExpenseNotFound(NotFound):
    """No expense has this id."""

    code = "expense_not_found"
    message = "No expense has this id."


async def create_expense(session: AsyncSession, new: ExpenseIn) -> TravelExpense:
    """Store an expense of the person who paid."""
    expense = TravelExpense(purpose=new.purpose, cents=new.cents, owner_id=new.paid_by.user_id)
    session.add(expense)
    await session.flush()
    return expense


async def sum_expenses(session: AsyncSession, employee: UUID) -> int:
    """Return the sum of a person's expenses."""
    statement = select(func.sum(TravelExpense.cents)).options(owned_by(employee))
    return await session.scalar(statement) or 0


async def sum_own_expenses(session: OwnerSession) -> int:
    """Return the sum of the owner's expenses."""
    return await session.scalar(select(func.sum(TravelExpense.cents))) or 0


async def approve_expense(
    session: AsyncSession, expense_id: UUID, *, approver: UUID
) -> TravelExpense:
    """Approve an expense of any user.

    Raises:
        ExpenseNotFound: There is no expense with this id.
    """
    statement = (
        update(TravelExpense)
        .where(TravelExpense.id == expense_id)
        .values(approved_by=approver)
        .options(ALL_OWNERS)
        .returning(TravelExpense)
    )
    expense = await session.scalar(statement)
    if expense is None:
        raise ExpenseNotFound
    return expense


async def get_expense(session: OwnerSession, expense_id: UUID) -> TravelExpense:
    """Return one of the owner's expenses.

    Raises:
        ExpenseNotFound: The owner has no expense with this id.
    """
    statement = select(TravelExpense).where(TravelExpense.id == expense_id)
    expense = await session.scalar(statement)
    if expense is None:
        raise ExpenseNotFound
    return expense
