"""The settings of jobs."""

from typing import Annotated

from pydantic import Field

from app.settings import Environment, ServiceSettings


class JobSettings(ServiceSettings):
    """Execution of jobs."""

    jobs_in_process: bool | None = None
    """Whether the web process runs jobs. Unset: yes, except in tests. `false`: a worker does."""

    jobs_concurrency: Annotated[int, Field(ge=1, le=100)] = 4
    """Jobs that one process runs at the same time, each with one or two connections of the pool.
    Those of one name leave a slot to the others."""

    jobs_poll_seconds: Annotated[float, Field(gt=0, le=3600)] = 1
    """The interval of polling for jobs that other processes enqueued. In the web process it grows
    while there are none, up to an hour, so that an idle database can be suspended."""

    jobs_grace_seconds: Annotated[float, Field(ge=0, le=3600)] = 20
    """How long running jobs may continue when the process is asked to stop."""

    jobs_key_days: Annotated[int, Field(ge=1, le=3650)] = 7
    """How long the key of a completed job still excludes duplicates."""

    @property
    def runs_in_process(self) -> bool:
        """True if the web process runs jobs."""
        if self.jobs_in_process is None:
            return self.environment is not Environment.TEST
        return self.jobs_in_process
