"""The service's log: one JSON object a line on standard error."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_log() -> None:
    """Set up the log of this process.

    A traceback is written without the values of variables: they may be passwords, and collecting
    them takes seconds.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=_to_stderr,
        cache_logger_on_first_use=False,
    )


def _to_stderr(*_names: object) -> structlog.WriteLogger:
    # Looked up for each logger: whoever runs the service may have put another stream there.
    return structlog.WriteLogger(sys.stderr)
