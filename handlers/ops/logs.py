"""Logging: one JSON line per event, with its request id and without message texts.

An exception is told by its kind and the places it passed, not by its text: that may hold what a
merchant wrote. A merchant is a short hash (`log_name`), a route is its pattern and not its
address, for the webhook's query string has signatures in it.
"""

import hashlib
import json
import logging
import time
import traceback
from datetime import UTC, datetime
from types import TracebackType

from flask import Flask, Response, g, has_request_context, request

log = logging.getLogger(__name__)
_JSON = json.JSONEncoder(ensure_ascii=False)
DEEP = 12  # places of an exception that are told, the last ones
CLIENT_ERROR, SERVER_ERROR = 400, 500


class JsonLines(logging.Formatter):
    """at, level, logger, request (where there is one), said; and error with its places."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        if has_request_context():
            line["request"] = g.get("request_id", "")
        line["said"] = record.getMessage()
        line.update(getattr(record, "facts", {}))
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["places"] = _places(record.exc_info[2])
        return _JSON.encode(line)


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-DEEP:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]


def log_name(openid: str) -> str:
    """What a log may say instead of an openid: the same merchant, not who it is."""
    return hashlib.sha256(openid.encode()).hexdigest()[:8]


def set_up(level: str) -> None:
    """Every logger of this process writes such lines to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("huey", "urllib3", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def install(app: Flask) -> None:
    """A line for each push; for other requests one when they fail, or at DEBUG."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.monotonic()


def _end(response: Response) -> Response:
    status = response.status_code
    level = logging.INFO if "push" in g or status >= CLIENT_ERROR else logging.DEBUG
    # A live page that finds no free thread is told to ask instead: nothing is wrong.
    if status >= SERVER_ERROR and request.endpoint != "desk.events":
        level = logging.ERROR
    facts = {
        "method": request.method,
        "route": str(request.url_rule) if request.url_rule else "none",
        "status": status,
        "ms": round((time.monotonic() - g.get("began", time.monotonic())) * 1000, 1),
        **g.get("push", {}),
    }
    log.log(level, "answered", extra={"facts": facts})
    return response
