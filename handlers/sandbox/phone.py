"""The page and a thin proxy: what the phone does goes to the simulator, which pushes it to the
webhook as WeChat would; nothing here knows the program behind it."""

import json
import re
from pathlib import Path

import requests
from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    render_template,
    request,
    send_from_directory,
    url_for,
)

from handlers.context import current_context
from handlers.ops.static_files import YEAR_SECONDS, version_of

ADDRESS = "dianban-simulator-url"
STATIC = Path(__file__).parent / "static"
SECONDS = 10
UPLOAD_MAX = 10 * 1024 * 1024
# Browsers know neither AMR nor every document; the simulator looks at the bytes.
MEDIA_TYPES = {"voice": "audio/amr", "file": "application/octet-stream"}
WHO = re.compile(r"[0-9A-Za-z]{1,20}")
FIRST = "a"

sandbox = Blueprint("sandbox", __name__, template_folder="templates")


@sandbox.get("/phone-static/<tag>/<path:name>")
def asset(tag: str, name: str) -> Response:
    return send_from_directory(
        STATIC, name, max_age=YEAR_SECONDS if tag == version_of(STATIC) else 0
    )


@sandbox.get("/")
def phone() -> str:
    """`?who=name` is another merchant's phone. Its menu is the one that stands."""
    who = request.args.get("who", FIRST)
    if not WHO.fullmatch(who):
        abort(404)
    base, firm = url_for("sandbox.phone"), current_context().firm
    return render_template(
        "sandbox/phone.html",
        who=who,
        openid=openid_of(who),
        tag=version_of(STATIC),
        base=f"{base}phone/{who}",
        buttons=current_context().menu,
        firm=current_context().firm_name,
        account=firm.account,
    )


@sandbox.get("/phone/<who>/news")
def news(who: str) -> Response:
    """`{"lines": […], "following", "left"}`: what the phone shows after line `?after=N`."""
    after = request.args.get("after", 0, int)
    answer = _call("GET", f"{_phone(who)}/transcript?after={after}")
    lines = [json.loads(line) for line in answer.text.splitlines() if line]
    return jsonify(lines=lines, **_call("GET", f"{_phone(who)}/state").json())


@sandbox.post("/phone/<who>/say")
def say(who: str) -> Response:
    _call("POST", f"{_phone(who)}/say", json={"text": request.form.get("text", "")})
    return Response(status=204)


@sandbox.post("/phone/<who>/event")
def event(who: str) -> Response:
    body = {"event": request.form.get("event", ""), "key": request.form.get("key", "")}
    _call("POST", f"{_phone(who)}/event", json=body)
    return Response(status=204)


@sandbox.post("/phone/<who>/<any(image, voice, file):kind>")
def upload(who: str, kind: str) -> Response:
    """A picture, a voice or a document; what it is called goes along."""
    found = request.files.get("file")
    content = found.read(UPLOAD_MAX + 1) if found else b""
    if found is None or not content or len(content) > UPLOAD_MAX:
        abort(400)
    _call(
        "POST",
        f"{_phone(who)}/{kind}",
        data=content,
        params={"title": found.filename or ""} if kind == "file" else {},
        headers={"Content-Type": MEDIA_TYPES.get(kind, found.mimetype)},
    )
    return Response(status=204)


@sandbox.get("/phone/<who>/media/<media_id>")
def media(who: str, media_id: str) -> Response:
    answer = _call("GET", f"{_phone(who)}/media/{media_id}")
    return Response(answer.content, content_type=answer.headers["Content-Type"])


def openid_of(who: str) -> str:
    return f"oSandbox-{who}"


def _phone(who: str) -> str:
    if not WHO.fullmatch(who):
        abort(404)
    return f"/phone/{openid_of(who)}"


def _call(method: str, path: str, **more: object) -> requests.Response:
    url = f"{current_app.extensions[ADDRESS]}{path}"
    try:
        answer = requests.request(method, url, timeout=SECONDS, **more)  # type: ignore[arg-type]
    except requests.RequestException:
        abort(503)
    if answer.status_code >= 400:  # noqa: PLR2004 (an error, passed on as it is)
        abort(answer.status_code)
    return answer
