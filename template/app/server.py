"""Serve the service: `python -m app.server`, with the settings of `ServerSettings`."""

import sys

import uvicorn
from uvicorn.supervisors import Multiprocess

from app.core.config import load_settings
from app.core.server.settings import ServerSettings

STARTUP_FAILED = 3
WORKER_SECONDS = 60
"""How long a worker may take to import the service, before the parent takes it for hung."""


class Supervisor(Multiprocess):
    """The parent of worker processes."""

    def terminate_all(self) -> None:
        """Stop the workers, and accept nothing that no worker would serve.

        The parent's copy of the listener would otherwise take connections until the last worker
        has stopped.
        """
        for listener in self.sockets:
            listener.close()
        super().terminate_all()


def make_config(settings: ServerSettings, app: str = "app.main:create_app") -> uvicorn.Config:
    """Return uvicorn's configuration.

    Args:
        settings: The address and the limits.
        app: The import string of the function that returns the application.
    """
    return uvicorn.Config(
        app,
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.web_concurrency,
        root_path=settings.root_path,
        http="app.core.server.protocol:LimitedProtocol",
        forwarded_allow_ips=list(settings.forwarded_allow_ips),
        proxy_headers=True,
        access_log=False,
        server_header=False,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_worker_healthcheck=WORKER_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_timeout_seconds,
    )


def serve(config: uvicorn.Config) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Args:
        config: The configuration, as `make_config` returns it.

    Raises:
        SystemExit: The service could not start.
    """
    if config.workers > 1:
        Supervisor(config, sockets=[config.bind_socket()]).run()
        return
    config.load_app()  # so that a missing setting is a message, not a traceback
    server = uvicorn.Server(config)
    try:
        server.run()
    except KeyboardInterrupt:
        return
    if not server.started:
        sys.exit(STARTUP_FAILED)


if __name__ == "__main__":
    serve(make_config(load_settings([ServerSettings]).of(ServerSettings)))
