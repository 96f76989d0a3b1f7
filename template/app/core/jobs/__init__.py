"""Jobs: a transactional outbox in PostgreSQL for work that outlives its request.

from app.core.jobs import job
"""

from app.core.jobs.registry import Job, PermanentFailure, Retry, job

__all__ = ["Job", "PermanentFailure", "Retry", "job"]
