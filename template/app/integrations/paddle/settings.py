"""The settings of Paddle."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from app.settings import ServiceSettings

_PLAN = re.compile(r"([a-z0-9][a-z0-9-]{0,49})\s*=\s*(pri_[a-z0-9]+(\s*,\s*pri_[a-z0-9]+)*)")


def _read_plans(value: object) -> object:
    """Turn `pro=pri_1,pri_2;team=pri_3` into the prices of each plan."""
    if not isinstance(value, str):
        return value
    plans: dict[str, tuple[str, ...]] = {}
    for part in filter(None, map(str.strip, value.split(";"))):
        written = _PLAN.fullmatch(part)
        if written is None or written[1] in plans:
            message = (
                f"{part!r} is no plan, or is there twice: write each plan once, with Paddle's ids "
                f"of its prices, as in pro=pri_1,pri_2;team=pri_3"
            )
            raise ValueError(message)
        plans[written[1]] = tuple(price.strip() for price in written[2].split(","))
    return plans


def _refuse_shared_prices(plans: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    prices = [price for of_plan in plans.values() for price in of_plan]
    if repeated := sorted({price for price in prices if prices.count(price) > 1}):
        message = f"{repeated[0]} is there twice: a price belongs to one plan"
        raise ValueError(message)
    return plans


def _check_url(url: str) -> str:
    if re.fullmatch(r"https?://[^\s/?#]+", url.rstrip("/")):
        return url.rstrip("/")
    message = "write it like https://api.paddle.com, without a path"
    raise ValueError(message)


Plans = Annotated[
    dict[str, tuple[str, ...]],
    NoDecode,
    BeforeValidator(_read_plans),
    AfterValidator(_refuse_shared_prices),
]


class PaddleSettings(ServiceSettings):
    """Who we are to Paddle, and what it sells for us."""

    required_in_production: ClassVar[tuple[str, ...]] = (
        "paddle_api_key",
        "paddle_webhook_secret",
        "paddle_plans",
    )

    paddle_api_key: SecretStr | None = None
    """The key of Paddle's API. It may read and write customers, transactions and subscriptions."""

    paddle_webhook_secret: SecretStr | None = None
    """The secret of the notification destination that leads here. Unset: every event is refused."""

    paddle_api_url: Annotated[str, AfterValidator(_check_url)] = "https://api.paddle.com"
    """Paddle's API; `https://sandbox-api.paddle.com` for a sandbox account."""

    paddle_plans: Plans = Field(default_factory=dict)
    """The plans and the ids of their prices: `pro=pri_1,pri_2;team=pri_3`."""

    paddle_webhook_tolerance_seconds: Annotated[float, Field(gt=0, le=3600)] = 5
    """How old the signature of an event may be; 5 is what Paddle's own libraries allow."""

    paddle_grace_days: Annotated[int, Field(ge=0, le=365)] = 3
    """For how many days a subscription goes on to give its plan when a payment has failed."""

    @property
    def grace(self) -> timedelta:
        """For how long a subscription that is past due gives its plan."""
        return timedelta(days=self.paddle_grace_days)

    def plan_of(self, price_ids: Iterable[str]) -> str | None:
        """Return the plan that one of these prices belongs to, if any does."""
        wanted = set(price_ids)
        return next((name for name, ids in self.paddle_plans.items() if wanted & set(ids)), None)
