"""Structured logs: one event per line, JSON in production and readable in a terminal.

    log = structlog.get_logger()
    log.info("candles_loaded", rows=3)

An event has a constant name; the values are keyword arguments. The request id is added
automatically, and values with secret names are redacted.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
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
_SCALARS = frozenset({bool, float, int, str, type(None)})
"""The types of values that hold no other values, whose names would have to be read."""


@lru_cache(maxsize=2048)
def is_secret_name(name: str) -> bool:
    """Return whether values of this name are secret."""
    return _SECRET.search(name) is not None


@lru_cache(maxsize=2048)
def _has_secret_name(names: tuple[str, ...]) -> bool:
    return any(is_secret_name(name) for name in names)


def add_request_id(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Add the id of the current request; a structlog processor."""
    if request := current_request():
        event["request_id"] = request.request_id
    return event


def redact_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace the values of secret names; a structlog processor."""
    if _SCALARS.issuperset(map(type, event.values())) and not _has_secret_name(tuple(event)):
        return event
    for name, value in event.items():
        if is_secret_name(name):
            event[name] = REDACTED
        elif isinstance(value, (dict, list, tuple)):
            event[name] = _redact(value)
    return event


def _redact(value: object) -> object:
    if isinstance(value, dict):
        return {
            key: REDACTED if is_secret_name(str(key)) else _redact(part)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [_redact(part) for part in value]
    if isinstance(value, tuple):
        return tuple(_redact(part) for part in value)
    return value


def configure_logging(settings: Settings, *, stream: TextIO | None = None) -> None:
    """Route the logs of structlog and of the standard library to one stream in one format.

    Args:
        settings: The level and the environment; production logs JSON.
        stream: The destination; standard output by default.
    """
    out = stream or sys.stdout
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_request_id,
        structlog.processors.add_log_level,
        redact_secrets,
    ]
    rendering = _json() if settings.is_production else _console(colors=out.isatty())
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
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # may be secret
        ),
        _render_json,
    ]


def _console(*, colors: bool) -> list[Processor]:
    plain = structlog.dev.plain_traceback  # others show local variables and take seconds
    return [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain),
    ]


def _render_json(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    event["timestamp"] = datetime.now(UTC)  # orjson writes it in a tenth of `isoformat`'s time
    options = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
    return orjson.dumps(event, default=str, option=options).decode()


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
    for client in ("httpx2", "httpcore2"):  # one line per call; at DEBUG, headers with secrets
        logging.getLogger(client).setLevel(max(root.level, logging.WARNING))
    for name in ("uvicorn", "uvicorn.error"):  # its own handlers would bypass this format
        server = logging.getLogger(name)
        server.handlers = []
        server.propagate = True
        server.setLevel(logging.NOTSET)
