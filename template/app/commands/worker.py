"""Run jobs until asked to stop: `python -m app.commands.worker`.

On SIGTERM or SIGINT, running jobs may go on for `JOBS_GRACE_SECONDS`; then they are given back. Run
as many of these, on as many machines, as there is work for.
"""

import asyncio
import signal
from typing import cast

from app.core.config import load_settings
from app.core.jobs.module import make_worker
from app.core.jobs.settings import JobSettings
from app.main import create_app


async def work(settings: JobSettings) -> None:
    """Open what the service holds open, and work."""
    app = create_app(settings.model_copy(update={"jobs_in_process": False}))
    async with app.router.lifespan_context(app):
        worker = make_worker(app)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, worker.stop)
        await worker.work()


def main() -> None:
    """Work as the environment says."""
    settings = cast("JobSettings", load_settings([JobSettings])[JobSettings])
    asyncio.run(work(settings))


if __name__ == "__main__":
    main()
