"""Settings of retention."""

from datetime import UTC, date, datetime

from app.settings import ServiceSettings


class RetentionSettings(ServiceSettings):
    """The time for which recordings are kept."""

    retention_days: int = 90
    """The days after which a recording is deleted."""

    retention_begins: date = datetime.now(UTC).date()  # breach: frozen-default
    """The day from which recordings count."""
