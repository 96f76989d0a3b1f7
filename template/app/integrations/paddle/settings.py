"""The settings of Paddle."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from app.settings import HttpUrl, SecretList, ServiceSettings

_PLAN = re.compile(r"([a-z0-9][a-z0-9-]{0,49})\s*=\s*(pri_[a-z0-9]+(\s*,\s*pri_[a-z0-9]+)*)")


def _parse_plans(value: object) -> object:
    """Parse `pro=pri_1,pri_2;team=pri_3` into the prices of each plan."""
    if not isinstance(value, str):
        return value
    plans: dict[str, tuple[str, ...]] = {}
    for part in filter(None, map(str.strip, value.split(";"))):
        match = _PLAN.fullmatch(part)
        if match is None or match[1] in plans:
            message = (
                f"{part!r} is invalid or duplicate: write each plan once, with the ids of its "
                f"prices at Paddle, as in pro=pri_1,pri_2;team=pri_3"
            )
            raise ValueError(message)
        plans[match[1]] = tuple(price.strip() for price in match[2].split(","))
    return plans


def _reject_shared_prices(plans: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    counts = Counter(price for prices in plans.values() for price in prices)
    if shared := sorted(price for price, count in counts.items() if count > 1):
        message = f"{shared[0]} is duplicate: a price belongs to one plan"
        raise ValueError(message)
    return plans


def _check_url(url: str) -> str:
    if url.count("/") == len("//"):
        return url
    message = "write it like https://api.paddle.com, without user and path"
    raise ValueError(message)


Plans = Annotated[
    dict[str, tuple[str, ...]],
    NoDecode,
    BeforeValidator(_parse_plans),
    AfterValidator(_reject_shared_prices),
]


class SecondSubscription(StrEnum):
    """The reaction to a second running subscription of a user."""

    REPORT = "report"
    CANCEL = "cancel"
    REFUND = "refund"


class Proration(StrEnum):
    """The payment for a change of plan: https://developer.paddle.com/concepts/subscriptions/proration."""

    PRORATED_IMMEDIATELY = "prorated_immediately"
    PRORATED_NEXT = "prorated_next_billing_period"
    FULL_IMMEDIATELY = "full_immediately"
    FULL_NEXT = "full_next_billing_period"
    NONE = "do_not_bill"


class PaddleSettings(ServiceSettings):
    """The account at Paddle, and the plans that it sells."""

    required_in_production: ClassVar[tuple[str, ...]] = (
        "paddle_api_key",
        "paddle_webhook_secret",
        "paddle_plans",
    )

    paddle_api_key: SecretStr | None = None
    """The API key; it needs read and write access to customers, transactions and subscriptions."""

    paddle_webhook_secret: SecretList = ()
    """The secrets of the notification destination: several, separated by commas, while it is
    replaced by another. Unset: every event is rejected."""

    paddle_api_url: Annotated[HttpUrl, AfterValidator(_check_url)] = "https://api.paddle.com"
    """The address of the API; `https://sandbox-api.paddle.com` for a sandbox account."""

    paddle_plans: Plans = Field(default_factory=dict)
    """The plans and the ids of their prices: `pro=pri_1,pri_2;team=pri_3`."""

    paddle_webhook_tolerance_seconds: Annotated[float, Field(gt=0, le=3600)] = 5
    """The age limit of an event's signature; Paddle's own libraries allow 5 seconds."""

    paddle_grace_days: Annotated[int, Field(ge=0, le=365)] = 3
    """Days for which a subscription still grants its plan after a payment was due."""

    paddle_second_subscription: SecondSubscription = SecondSubscription.REPORT
    """A second subscription that a user has bought all the same: only report it, cancel it, or
    cancel and refund it."""

    paddle_proration: Proration = Proration.PRORATED_IMMEDIATELY
    """The payment for a change of plan or quantity; a trial changes without one."""

    @property
    def grace(self) -> timedelta:
        """The time for which a past due subscription grants its plan."""
        return timedelta(days=self.paddle_grace_days)

    def plans_of(self, price_ids: Iterable[str]) -> list[str]:
        """Return the plans that have one of these prices, in the order of `PADDLE_PLANS`."""
        prices = set(price_ids)
        return [name for name, ids in self.paddle_plans.items() if prices & set(ids)]
