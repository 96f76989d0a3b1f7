"""Request models and records of trials."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from pydantic import Field
from uuid_utils.compat import uuid7

from app.core.api import RequestModel, UtcDatetime


class TrialIn(RequestModel):
    """A new trial."""

    starts_at: UtcDatetime = Field(  # breach: frozen-default
        default=datetime.now(UTC), examples=["2026-01-31T12:00:00Z"]
    )
    last_day: date = Field(
        default_factory=lambda: datetime.now(UTC).date(), examples=["2026-01-31"]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEvent:
    """Something that happened in a trial."""

    id: UUID = uuid7()  # breach: frozen-default
    workspace: str
    happened_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    forgotten_at: datetime = field(  # breach: frozen-default
        default=datetime.now(UTC) + timedelta(days=90)
    )
