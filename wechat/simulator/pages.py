"""The other side of the simulator over HTTP: a merchant's phone, faults to order, the log to read.

Everything that changes something wants JSON or a file as its body, which no other site's page can
send here without asking first.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from flask import Blueprint, Response, abort, jsonify, request

from wechat.errors import MediaError
from wechat.media import recognised
from wechat.simulator.credentials import Refusal
from wechat.simulator.records import Called, Fault, Pushed, ShownLine
from wechat.simulator.web import attached

pages = Blueprint("simulator_pages", __name__)


@pages.post("/phone/<openid>/say")
def say(openid: str) -> tuple[Response, int]:
    """`{"text", "menu_id"?}`. 202 at once; with `?wait=1` 200 and how it ended."""
    simulator, body = attached(), _json_body()
    text, menu_id = str(body.get("text", "")), str(body.get("menu_id", ""))
    return _done(lambda: simulator.say(openid, text, menu_id))


@pages.post("/phone/<openid>/event")
def event(openid: str) -> tuple[Response, int]:
    """`{"event": "subscribe" | "unsubscribe" | "SCAN" | "CLICK" | …, "key"?}`"""
    simulator, body = attached(), _json_body()
    name, key = str(body.get("event", "")), str(body.get("key", ""))
    return _done(lambda: simulator.event(openid, name, key))


@pages.post("/phone/<openid>/send")
def send(openid: str) -> tuple[Response, int]:
    """Any other kind of message: `{"kind", "fields": {element: text}}`"""
    simulator, body = attached(), _json_body()
    given = body.get("fields")
    fields = {str(k): str(v) for k, v in given.items()} if isinstance(given, dict) else {}
    return _done(lambda: simulator.send(openid, str(body.get("kind", "")), fields))


@pages.post("/phone/<openid>/image")
def image(openid: str) -> tuple[Response, int]:
    """The body is the picture itself, its content type an image's."""
    simulator, content = attached(), _file_body("image/")
    return _done(lambda: simulator.picture(openid, content))


@pages.post("/phone/<openid>/voice")
def voice(openid: str) -> tuple[Response, int]:
    """The body is the sound; `?recognition=` what WeChat would have understood."""
    simulator, content = attached(), _file_body("audio/")
    recognition = request.args.get("recognition", "")
    return _done(lambda: simulator.voice(openid, content, recognition))


@pages.post("/phone/<openid>/file")
def file(openid: str) -> tuple[Response, int]:
    """The body is the document; `?title=` its name."""
    simulator, content = attached(), _file_body("application/")
    title = request.args.get("title", "")
    return _done(lambda: simulator.file(openid, content, title))


@pages.get("/phone/<openid>/transcript")
def transcript(openid: str) -> Response:
    """JSON lines, those after line `?after=N`: n, from, kind, text, at, raw, media_id, push."""
    after = request.args.get("after", 0, int)
    return _lines([_line(line) for line in attached().transcript(openid, after)])


@pages.get("/phone/<openid>/state")
def state(openid: str) -> Response:
    """`{"following", "typing", "left"}`; `left` is null when no window is open."""
    simulator = attached()
    now, phone = simulator.clock(), simulator.phone(openid)
    typing = phone.typing_until is not None and now < phone.typing_until
    return jsonify(following=phone.following, typing=typing, left=phone.left(now))


@pages.get("/phone/<openid>/media/<media_id>")
def media(openid: str, media_id: str) -> Response:
    """A picture as the phone shows it."""
    simulator = attached()
    if not any(line.media_id == media_id for line in simulator.transcript(openid)):
        abort(404)
    try:
        kept = simulator.media(media_id)
    except Refusal:
        abort(404)
    headers = {"X-Content-Type-Options": "nosniff"}
    return Response(kept.content, content_type=kept.content_type, headers=headers)


@pages.post("/faults")
def order_fault() -> tuple[Response, int]:
    """A `Fault` as JSON."""
    try:
        fault = Fault(**_json_body())  # type: ignore[arg-type]  # a test's own order
    except TypeError:
        abort(400)
    attached().break_next(fault)
    return jsonify(asdict(fault)), 201


@pages.delete("/faults")
def mend() -> tuple[str, int]:
    attached().mend()
    return "", 204


@pages.get("/log")
def log() -> Response:
    """JSON lines, those after `?after=N`: every push with its attempts and every API call."""
    after = request.args.get("after", 0, int)
    return _lines([_entry(entry) for entry in attached().log[after:]])


def _done(act: Callable[[], Pushed]) -> tuple[Response, int]:
    if not request.args.get("wait"):
        threading.Thread(target=act, daemon=True).start()
        return jsonify(outcome="pending"), 202
    entry = _entry(act())
    return Response(_json(entry), content_type="application/json"), 200


def _json_body() -> dict[str, object]:
    body = request.get_json()
    if not isinstance(body, dict):
        abort(400)
    return body


def _file_body(kind: str) -> bytes:
    content = request.get_data()
    try:
        known = recognised(content).content_type
    except MediaError:
        known = ""
    if not (known.startswith(kind) and request.mimetype.startswith(kind)):
        abort(415)
    return content


def _line(line: ShownLine) -> dict[str, object]:
    shown = asdict(line)
    shown["from"] = shown.pop("sender")
    return shown


def _entry(entry: Pushed | Called) -> dict[str, object]:
    shown = asdict(entry)
    if isinstance(entry, Pushed):
        shown |= {"what": "push", "outcome": entry.outcome}
        del shown["body"], shown["args"]
    else:
        shown |= {"what": "call", "delivered": entry.delivered}
    return shown


def _lines(rows: list[dict[str, object]]) -> Response:
    text = "".join(f"{_json(row)}\n" for row in rows)
    return Response(text, content_type="application/x-ndjson; charset=utf-8")


def _json(row: dict[str, object]) -> str:
    return json.dumps(row, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
