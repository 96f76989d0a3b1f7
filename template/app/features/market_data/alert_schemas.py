"""Request and response models of alerts."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    MISSING,
    AfterValidator,
    AliasPath,
    ConfigDict,
    Field,
    StrictBool,
    WithJsonSchema,
    model_validator,
)

from app.core.api import (
    MAX_BATCH_SIZE,
    BatchIds,
    Filter,
    ListQuery,
    Orders,
    RequestModel,
    ResponseModel,
)
from app.features.market_data.models import Alert, AlertCondition, Symbol
from app.features.market_data.schemas import DecimalOut, Price, Ticker

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"
_NOT_ZERO = r"^(?=.*[1-9])[0-9]{1,12}(\.[0-9]{1,8})?$"


def _quantize(value: Decimal) -> Decimal:
    # As the column does, so that the response to a POST shows the same digits as a later GET.
    return value.quantize(Decimal("1e-8"))


Threshold = Annotated[
    Price,
    Field(gt=0),
    AfterValidator(_quantize),
    WithJsonSchema({"type": "string", "pattern": _NOT_ZERO, "examples": ["187.25"]}),
]
"""The price or the volume that triggers the alert."""


class AlertQuery(ListQuery):
    """Filters and order of a list of alerts."""

    sort: Annotated[
        Literal["created_at", "-created_at"], Orders(created_at=[Alert.created_at, Alert.id])
    ] = Field(default="-created_at", description="`-` sorts newest first.", examples=["created_at"])
    symbol: Annotated[Ticker | None, Filter(Symbol.ticker.__eq__)] = None
    condition: Annotated[AlertCondition | None, Filter(Alert.condition.__eq__)] = Field(
        default=None, examples=["price_above"]
    )
    active: Annotated[bool | None, Filter(Alert.active.__eq__)] = Field(
        default=None, examples=[True]
    )


class AlertIn(RequestModel):
    """A new alert."""

    symbol: Ticker
    condition: AlertCondition = Field(examples=["price_above"])
    threshold: Threshold
    active: StrictBool = Field(default=True, examples=[True])


class AlertPatch(RequestModel):
    """Changes to an alert; omitted fields stay unchanged."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    condition: AlertCondition | MISSING = Field(default=MISSING, examples=["price_below"])
    threshold: Threshold | MISSING = MISSING
    active: StrictBool | MISSING = Field(default=MISSING, examples=[False])

    @model_validator(mode="after")
    def _require_a_change(self) -> Self:
        if not self.model_fields_set:
            message = "send at least one of condition, threshold and active"
            raise ValueError(message)
        return self


class AlertOut(ResponseModel):
    """A condition on a symbol that a user wants to be notified of."""

    id: UUID = Field(examples=[_ID])
    symbol: str = Field(validation_alias=AliasPath("ticker"), examples=["AAPL"])
    condition: str = Field(examples=["price_above"], json_schema_extra={"enum": [*AlertCondition]})
    threshold: DecimalOut = Field(examples=["187.25000000"])
    active: bool = Field(examples=[True])
    version: int = Field(description="The ETag is this number in quotes.", examples=[1])
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])
    updated_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


class AlertBatch(RequestModel):
    """Alerts to create."""

    alerts: list[AlertIn] = Field(min_length=1, max_length=MAX_BATCH_SIZE)


class AlertDeletion(RequestModel):
    """Alerts to delete."""

    ids: BatchIds[UUID] = Field(examples=[[_ID]])


class DeletedAlertOut(ResponseModel):
    """An alert that was deleted."""

    id: UUID = Field(examples=[_ID])
