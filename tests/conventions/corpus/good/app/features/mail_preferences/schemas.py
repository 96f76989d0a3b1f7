"""Request and response models of preferences."""

from datetime import datetime, time
from typing import Literal

from pydantic import MISSING, Field

from app.core.api import RequestModel, ResponseModel


class PreferencesPatch(RequestModel):
    """Changes of preferences; a quiet time of `null` ends the quiet hours."""

    digest: Literal["off", "daily", "weekly"] | MISSING = Field(default=MISSING, examples=["daily"])
    quiet_from: time | MISSING | None = Field(default=MISSING, examples=["22:00:00"])
    quiet_until: time | MISSING | None = Field(default=MISSING, examples=["07:00:00"])
    language: Literal["en", "de", "fr"] | MISSING = Field(default=MISSING, examples=["de"])


class PreferencesOut(ResponseModel):
    """The preferences of the caller."""

    digest: str = Field(examples=["daily"])
    quiet_from: time | None = Field(examples=["22:00:00"])
    quiet_until: time | None = Field(examples=["07:00:00"])
    language: str = Field(examples=["de"])
    updated_at: datetime | None = Field(examples=["2026-01-31T12:00:00Z"])
