"""Routes that need a plan.

    @router.post("", dependencies=[Depends(require_plan("pro", "team"))])
    async def export_everything(session: Session) -> Answer[Export]: ...

Refused with 403 and the code `plan_required`, which OpenAPI names by itself. What counts as having
a plan is in `billing.gives_plan`. Keep 402 in mind only if a client of yours expects it: HTTP has
reserved it, and proxies and libraries treat it as they like.
"""

from collections.abc import Iterable
from typing import ClassVar

from fastapi import FastAPI, Request

from app.accounts.dependencies import CurrentUser
from app.core.api.routing import Guard, api_routes, guards_of
from app.core.config import ConfigurationError
from app.core.db import ReadSessionLocal
from app.core.errors import AppError
from app.integrations.paddle.billing import has_plan
from app.integrations.paddle.errors import PlanRequired
from app.integrations.paddle.settings import PaddleSettings


class PlanGuard(Guard):
    """A dependency that lets only users with a plan pass; see `require_plan`."""

    errors: ClassVar[tuple[type[AppError], ...]] = (PlanRequired,)

    def __init__(self, plans: Iterable[str]) -> None:
        """Take the names of the plans, one of which is enough."""
        self.plans = tuple(plans)

    async def __call__(self, request: Request, user: CurrentUser) -> None:
        """Look the user's subscriptions up; FastAPI calls this.

        Raises:
            PlanRequired: None of them gives such a plan.
        """
        settings = get(PaddleSettings)
        async with ReadSessionLocal() as session:  # gives its connection back before the route runs
            if not await has_plan(session, user.id, self.plans, settings=settings):
                raise PlanRequired


def require_plan(*plans: str) -> PlanGuard:
    """Return a dependency that lets only users with one of these plans pass.

    Args:
        plans: Names from `PADDLE_PLANS`.

    Raises:
        ValueError: None is named.
    """
    if not plans:
        message = 'require_plan() needs the name of a plan, as in require_plan("pro")'
        raise ValueError(message)
    return PlanGuard(plans)


def check_plans(app: FastAPI, settings: PaddleSettings) -> None:
    """Refuse to start when a route needs a plan that nobody can buy.

    Raises:
        ConfigurationError: There is one; the message names it.
    """
    needed = {
        plan
        for route in api_routes(app)
        for guard in guards_of(route)
        if isinstance(guard, PlanGuard)
        for plan in guard.plans
    }
    if unknown := sorted(needed - set(settings.paddle_plans)):
        message = f"PADDLE_PLANS: a route needs the plan {', '.join(unknown)}, which is not there"
        raise ConfigurationError(message)
