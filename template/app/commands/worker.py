"""Run jobs until stopped: `python -m app.commands.worker`.

On SIGTERM or SIGINT, running jobs may continue for `JOBS_GRACE_SECONDS`; then they are released for
other workers. Start as many workers, on as many machines, as the queue needs.
"""

import asyncio
import signal

from app.core.config import load_settings
from app.core.jobs.module import make_worker, require_connections
from app.core.jobs.settings import JobSettings
from app.main import create_app


async def work(settings: JobSettings) -> None:
    """Open everything that the service opens, and run jobs."""
    app = create_app(settings.model_copy(update={"jobs_in_process": False}))
    async with app.router.lifespan_context(app):
        require_connections()
        worker = make_worker()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, worker.stop)
        await worker.work()


def main() -> None:
    """Run with the settings of the environment."""
    asyncio.run(work(load_settings([JobSettings]).of(JobSettings)))


if __name__ == "__main__":
    main()
