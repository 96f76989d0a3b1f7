"""Jobs: a transactional outbox in PostgreSQL for work that outlives its request.

    from app.core.jobs import job

    @job(name="rename_files")
    async def rename_files(session: AsyncSession, payload: Rename) -> None: ...

`app.core.jobs.registry` shows how to enqueue one, retry and give up.
"""

from app.core.jobs.registry import Job, PermanentFailure, Retry, job

__all__ = ["Job", "PermanentFailure", "Retry", "job"]
