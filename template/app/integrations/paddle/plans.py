"""Routes that need a plan.

    @router.post("", dependencies=[Depends(require_plan("pro", "team"))])
    async def export_everything(session: Session) -> DataResponse[Export]: ...

Other users get 403 with the code `plan_required`, which is declared in OpenAPI automatically. A
plan that is needed only above a limit is checked in the service function:

    MORE_NOTES = require_plan("pro")  # in the module, so that it is checked at start too

    async def create_note(session: AsyncSession, user_id: UUID, note: NoteIn) -> Note:
        if await count_notes(session, user_id) >= FREE_NOTES:
            await MORE_NOTES.check(session, user_id)

and its route declares `responses=errors(PlanRequired)`.

`OwnedSubscription.is_active` decides which subscriptions grant their plans. The status is not
402: HTTP has reserved it, and proxies and libraries disagree about it.
"""

import sys
from collections.abc import Iterator
from typing import ClassVar
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.dependencies import CurrentUser
from app.core.api.routing import Guard, api_routes, guards_of
from app.core.config import ConfigurationError
from app.core.db import ReadSessionLocal
from app.core.errors import AppError
from app.core.services import get
from app.integrations.paddle.billing import has_plan
from app.integrations.paddle.errors import PlanRequired
from app.integrations.paddle.settings import PaddleSettings


class PlanGuard(Guard):
    """A dependency that rejects users without one of some plans; see `require_plan`."""

    errors: ClassVar[tuple[type[AppError], ...]] = (PlanRequired,)

    def __init__(self, *plans: str) -> None:
        """Take the names of the plans."""
        self.plans = plans

    async def __call__(self, user: CurrentUser) -> None:
        """Check the subscriptions of the user; called by FastAPI.

        Raises:
            PlanRequired: No subscription grants one of the plans.
        """
        async with ReadSessionLocal() as session:  # closed before the route runs
            await self.check(session, user.id)

    async def check(self, session: AsyncSession, user_id: UUID) -> None:
        """Check the subscriptions of a user, in a service function.

        Raises:
            PlanRequired: No subscription grants one of the plans.
        """
        if not await has_plan(session, user_id, self.plans):
            raise PlanRequired


def require_plan(*plans: str) -> PlanGuard:
    """Return a dependency that rejects users without one of the plans.

    Args:
        plans: Names from `PADDLE_PLANS`.

    Raises:
        ValueError: No plan is given.
    """
    if not plans:
        message = 'require_plan() needs the name of a plan, as in require_plan("pro")'
        raise ValueError(message)
    return PlanGuard(*plans)


def check_plans(app: FastAPI) -> None:
    """Refuse to start when a route or a service function needs a plan that is not for sale.

    Raises:
        ConfigurationError: A plan is not in `PADDLE_PLANS`.
    """
    for_sale = set(get(PaddleSettings).paddle_plans)
    for place, guard in (*_guards_of_routes(app), *_guards_of_modules()):
        if unknown := sorted(set(guard.plans) - for_sale):
            message = f"PADDLE_PLANS: {place} needs the plan {unknown[0]}, which is missing"
            raise ConfigurationError(message)


def _guards_of_routes(app: FastAPI) -> Iterator[tuple[str, PlanGuard]]:
    for route in api_routes(app):
        for guard in guards_of(route):
            if isinstance(guard, PlanGuard):
                yield str(route.path), guard


def _guards_of_modules() -> Iterator[tuple[str, PlanGuard]]:
    """Yield the guards that are constants of the service's modules."""
    package = __name__.partition(".")[0]
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] == package:
            for constant, value in vars(module).items():
                if isinstance(value, PlanGuard):
                    yield f"{name}.{constant}", value
