"""The settings of jobs."""

from typing import Annotated

from pydantic import Field

from app.settings import Environment, ServiceSettings


class JobSettings(ServiceSettings):
    """How jobs are run."""

    jobs_in_process: bool | None = None
    """Whether the web process runs jobs too. Unset: in development only."""

    jobs_concurrency: Annotated[int, Field(ge=1, le=100)] = 4
    """Jobs that one process runs at the same time; each takes a connection of the pool."""

    jobs_poll_seconds: Annotated[float, Field(gt=0, le=3600)] = 1
    """How often to look for what other processes have enqueued."""

    jobs_grace_seconds: Annotated[float, Field(ge=0, le=3600)] = 20
    """How long running jobs may go on when the process is asked to stop."""

    jobs_key_days: Annotated[int, Field(ge=1, le=3650)] = 7
    """How long the key of a job that is done keeps others of the same key away."""

    @property
    def runs_in_process(self) -> bool:
        """Whether the web process runs jobs too."""
        if self.jobs_in_process is None:
            return self.environment is Environment.DEVELOPMENT
        return self.jobs_in_process
