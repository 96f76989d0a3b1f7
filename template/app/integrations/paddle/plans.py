"""Routes that need a plan.

    @router.post("", dependencies=[Depends(require_plan("pro", "team"))])
    async def export_everything(session: Session) -> DataResponse[Export]: ...

Other users get 403 with the code `plan_required`, which is declared in OpenAPI automatically.
`billing.grants_plan` decides which subscriptions grant a plan. The status is not 402: HTTP has
reserved it, and proxies and libraries disagree about it.
"""

from typing import ClassVar

from fastapi import FastAPI

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
            if not await has_plan(session, user.id, self.plans):
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
    """Refuse to start when a route needs a plan that is not for sale.

    Raises:
        ConfigurationError: A route needs a plan that is not in `PADDLE_PLANS`.
    """
    needed = {
        plan
        for route in api_routes(app)
        for guard in guards_of(route)
        if isinstance(guard, PlanGuard)
        for plan in guard.plans
    }
    if unknown := sorted(needed - set(get(PaddleSettings).paddle_plans)):
        message = f"PADDLE_PLANS: a route needs the plan {', '.join(unknown)}, which is missing"
        raise ConfigurationError(message)
