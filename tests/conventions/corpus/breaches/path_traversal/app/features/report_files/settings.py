"""Settings of reports."""

from typing import Annotated

from pydantic import Field

from app.settings import ServiceSettings


class ReportSettings(ServiceSettings):
    """The storage of reports."""

    report_folder: Annotated[str, Field(max_length=200)] = "reports"
    """The folder of the reports."""
