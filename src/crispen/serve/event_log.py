"""The server's log: one JSON object per line, written through `logging`.

Each line has `time` (seconds since 1970), `event` and the fields of that event. Tokens, addresses and text that a peer
sent are never logged.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from traceback import extract_tb
from typing import TextIO

from crispen.serve.guards.rate_limiter import RateLimiter

_LOGGER = logging.getLogger("crispen.serve")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False
_LOGGER.setLevel(logging.INFO)
_RATES = {"fault": 5, "refused": 20}  # lines per second; peers can cause many of these


def log_event(event: str, **fields: object) -> None:
    """Logs an event with its fields. Any thread may call it."""
    _LOGGER.info(event, extra={"fields": fields})


def log_fault(error: BaseException) -> None:
    """Logs an unexpected exception: its type, and the file and line that raised it."""
    *_, last = extract_tb(error.__traceback__) or [None]
    where = f"{Path(last.filename).name}:{last.lineno}" if last else ""
    log_event("fault", why=type(error).__name__, where=where)


def log_to(stream: TextIO) -> logging.Handler:
    """Writes all further events to `stream`, until the returned handler is given to `stop_logging`."""
    handler = _EventHandler(stream)
    handler.setFormatter(_JsonFormatter())
    handler.addFilter(_RateFilter())
    _LOGGER.addHandler(handler)
    return handler


def stop_logging(handler: logging.Handler) -> None:
    """Ends what `log_to` started."""
    _LOGGER.removeHandler(handler)


class _EventHandler(logging.StreamHandler[TextIO]):
    """Ignores write errors, so that a closed log does not end a call."""

    def handleError(self, record: logging.LogRecord) -> None: ...


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        return json.dumps({"time": round(record.created, 3), "event": record.getMessage()} | fields)


class _RateFilter(logging.Filter):
    """Drops events above their rate in `_RATES`."""

    def __init__(self):
        super().__init__()
        self._limiters = {event: RateLimiter(rate) for event, rate in _RATES.items()}

    def filter(self, record: logging.LogRecord) -> bool:
        limiter = self._limiters.get(record.msg)
        return limiter is None or limiter.allow()
