"""Logs: one event name with fields a line; JSON unless a person is watching."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog


def configure(level: str = "info", *, people: bool | None = None) -> None:
    """Send our events and the libraries' warnings to stderr in one format."""
    threshold = logging.getLevelName(level.upper())
    for_people = sys.stderr.isatty() if people is None else people
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(for_people),
            ],
        )
    )
    handler.addFilter(_ours_or_trouble)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(threshold)


def _ours_or_trouble(record: logging.LogRecord) -> bool:
    """Libraries speak of trouble only: below that they quote payloads, texts and all.

    Levels of theirs do not help: Bolt gives its loggers the root's.
    """
    return isinstance(record.msg, dict) or record.levelno >= logging.WARNING


def _rendering(for_people: bool) -> list[Any]:
    if for_people:
        # Plain tracebacks: local variables may hold tokens.
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; `name` is the room and noun, as in `jobs.outbox`."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
