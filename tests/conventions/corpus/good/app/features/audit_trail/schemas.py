"""Request and response models of policies and of the audit."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import MISSING, Field, StrictBool, StringConstraints

from app.core.api import Filter, ListQuery, Orders, RequestModel, ResponseModel, UtcDatetime
from app.features.audit_trail.models import AuditEntry

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"
_TIME = "2026-01-31T12:00:00Z"

ActionName = Annotated[str, StringConstraints(pattern=r"^[a-z]+[.][a-z]+$", max_length=60)]
Network = Annotated[str, StringConstraints(pattern=r"^[0-9a-f.:]{2,39}/[0-9]{1,3}$")]


class AuditQuery(ListQuery):
    """Filters and order of the audit."""

    sort: Annotated[
        Literal["happened_at", "-happened_at"],
        Orders(happened_at=[AuditEntry.happened_at, AuditEntry.id]),
    ] = Field(default="-happened_at", description="`-` is newest first.", examples=["-happened_at"])
    subject_id: Annotated[UUID | None, Filter(AuditEntry.subject_id.__eq__)] = Field(
        default=None, examples=[_ID]
    )
    action: Annotated[ActionName | None, Filter(AuditEntry.action.__eq__)] = Field(
        default=None, examples=["policy.changed"]
    )
    since: Annotated[UtcDatetime | None, Filter(AuditEntry.happened_at.__ge__)] = Field(
        default=None, examples=[_TIME]
    )


class PolicyPatch(RequestModel):
    """Changes of a policy; omitted fields stay as they are."""

    password_days: Annotated[int, Field(ge=1, le=3650)] | MISSING = Field(
        default=MISSING, examples=[180]
    )
    requires_second_factor: StrictBool | MISSING = Field(default=MISSING, examples=[True])
    allowed_networks: Annotated[list[Network], Field(max_length=20)] | MISSING = Field(
        default=MISSING, examples=[["192.0.2.0/24"]]
    )


class PolicyOut(ResponseModel):
    """The policy of an account."""

    password_days: int = Field(examples=[180])
    requires_second_factor: bool = Field(examples=[True])
    allowed_networks: list[str] = Field(examples=[["192.0.2.0/24"]])
    updated_at: datetime = Field(examples=[_TIME])


class RotationOut(ResponseModel):
    """The version of the secret from now on."""

    version: int = Field(examples=[2])


class AuditEntryOut(ResponseModel):
    """One change."""

    id: UUID = Field(examples=[_ID])
    actor_id: UUID | None = Field(examples=[_ID])
    subject_id: UUID = Field(examples=[_ID])
    action: str = Field(examples=["policy.changed"])
    changes: dict[str, Any] = Field(examples=[{"password_days": [365, 180]}])
    happened_at: datetime = Field(examples=[_TIME])
