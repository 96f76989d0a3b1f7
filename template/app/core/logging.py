"""Logs: one event a line, JSON in production, readable in a terminal.

Write `log = structlog.get_logger()` and `log.info("candles_loaded", rows=3)`: a constant event name
and values beside it. The request id is added by itself.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import Processor

from app.core.context import current_request
from app.settings import Settings

_SECRET = re.compile(
    r"passw|pwd|secret|token|credential|authorization|cookie|(api|private)[_-]?key|signature"
    r"|database_url|dsn",
    re.IGNORECASE,
)
REDACTED = "[redacted]"


@lru_cache(maxsize=2048)
def is_secret_name(name: str) -> bool:
    """Return whether a value of this name must not be written to a log."""
    return _SECRET.search(name) is not None


def add_request_id(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Name the request that is being answered; a structlog processor."""
    if request := current_request():
        event["request_id"] = request.request_id
    return event


def redact_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace the values whose names say that they are secret; a structlog processor."""
    for name, value in event.items():
        if is_secret_name(name):
            event[name] = REDACTED
        elif isinstance(value, (dict, list, tuple)):
            event[name] = _without_secrets(value)
    return event


def _without_secrets(value: object) -> object:
    if isinstance(value, dict):
        return {
            key: REDACTED if is_secret_name(str(key)) else _without_secrets(part)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(part) for part in value]
    if isinstance(value, tuple):
        return tuple(_without_secrets(part) for part in value)
    return value


def configure_logging(settings: Settings, *, stream: TextIO | None = None) -> None:
    """Send structlog's and the standard library's lines to one place in one form.

    Args:
        settings: The level, and whether this is production (JSON) or not (readable).
        stream: Where to write; standard output unless given.
    """
    out = stream or sys.stdout
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact_secrets,
    ]
    rendering = _json() if settings.is_production else _readable(colours=out.isatty())
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=settings.is_production,
    )
    _route_standard_library(shared, rendering, level=settings.log_level, stream=out)


def _json() -> list[Processor]:
    return [
        structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # they hold secrets
        ),
        structlog.processors.JSONRenderer(serializer=_to_json),
    ]


def _readable(*, colours: bool) -> list[Processor]:
    plain = structlog.dev.plain_traceback  # others show local variables, and take seconds
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)]


def _to_json(event: object, **_: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _route_standard_library(
    shared: list[Processor], rendering: list[Processor], *, level: str, stream: TextIO
) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for client in ("httpx2", "httpcore2"):  # a line per call; at DEBUG, headers with secrets
        logging.getLogger(client).setLevel(max(root.level, logging.WARNING))
    for name in ("uvicorn", "uvicorn.error"):
        server = logging.getLogger(name)
        server.handlers = []
        server.propagate = True
        server.setLevel(logging.NOTSET)
