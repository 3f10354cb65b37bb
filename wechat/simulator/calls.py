"""The API that the simulator answers: WeChat's rules, limits and error codes, without HTTP."""

import json
from collections.abc import Mapping

from wechat.errors import MediaError
from wechat.media_limits import MAX_IMAGE_BYTES
from wechat.simulator.credentials import Refusal
from wechat.simulator.engine import Simulator
from wechat.simulator.phones import Phone
from wechat.simulator.records import Called, ShownLine
from wechat.text import MAX_BYTES, size

Json = dict[str, object]
_OK: Json = {"errcode": 0, "errmsg": "ok"}
_IPS = ["101.226.103.0/25", "127.0.0.1"]


def read_json(body: bytes) -> Json:
    """The object in `body`. Escaped characters are refused, for WeChat wants plain UTF-8."""
    if b"\\u" in body.replace(b"\\\\", b""):
        raise Refusal(40033, "invalid charset. please check your request, if include \\uxxxx")
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refusal(47001, "data format error")
    return value


def stable_token(simulator: Simulator, body: bytes) -> Json:
    asked = read_json(body)
    if asked.get("grant_type") != "client_credential":
        raise Refusal(40002, "invalid grant_type")
    force = asked.get("force_refresh") is True
    return simulator.credentials.stable(asked.get("appid"), asked.get("secret"), force=force)


def classic_token(simulator: Simulator, args: Mapping[str, str]) -> Json:
    if args.get("grant_type") != "client_credential":
        raise Refusal(40002, "invalid grant_type")
    return simulator.credentials.classic(args.get("appid"), args.get("secret"))


def addressed(body: bytes) -> dict[str, str]:
    """Whom and what a message is for, as far as it can be read: the part of it for the log."""
    try:
        message = read_json(body)
    except Refusal:
        return {}
    return {
        "openid": str(message.get("touser", "")),
        "kind": str(message.get("msgtype", "")),
        "text": _part(message, "text", "content"),
        "media_id": _part(message, "image", "media_id"),
    }


def send(simulator: Simulator, path: str, body: bytes, cut: str) -> Json:
    """message/custom/send. The checks come in the order in which a person would mend the causes."""
    read_json(body)
    said = addressed(body)
    now = simulator.clock()
    with simulator.alone() as number:
        try:
            phone = _reachable(simulator, said)
            phone.check(now)
        except Refusal as refusal:
            simulator.called(Called(number, now, path, refusal.code, **said, cut=cut))
            refusal.noted = True
            raise
        phone.spend(now)
        raw = body.decode(errors="replace")
        line = ShownLine(0, "api", said["kind"], said["text"], now, raw, said["media_id"])
        simulator.called(Called(number, now, path, 0, **said, cut=cut), line)
    return _OK


def typing(simulator: Simulator, body: bytes) -> Json:
    message = read_json(body)
    _may_speak(simulator)
    phone = simulator.known(str(message.get("touser", "")))
    if phone is None:
        raise Refusal(40003, "invalid openid")
    phone.type(simulator.clock(), str(message.get("command", "")))
    return _OK


def upload(simulator: Simulator, kind: str, content: bytes) -> Json:
    _may_speak(simulator)
    if kind != "image":
        raise Refusal(40004, "invalid media type")
    if not content or len(content) > MAX_IMAGE_BYTES:
        raise Refusal(40009, "invalid image size")
    try:
        media_id = simulator.keep(content)
    except MediaError:
        raise Refusal(40005, "invalid file type") from None
    created = int(simulator.clock().timestamp())
    return {"type": kind, "media_id": media_id, "created_at": created}


def create_menu(simulator: Simulator, body: bytes) -> Json:
    menu = read_json(body)
    buttons = menu.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:  # noqa: PLR2004 - WeChat's limit
        raise Refusal(40016, "invalid button size")
    simulator.menu = menu
    return _OK


def get_menu(simulator: Simulator) -> Json:
    if simulator.menu is None:
        raise Refusal(46003, "menu no exist")
    return {"menu": simulator.menu}


def delete_menu(simulator: Simulator) -> Json:
    simulator.menu = None
    return _OK


def callback_ips() -> Json:
    return {"ip_list": list(_IPS)}


def _may_speak(simulator: Simulator) -> None:
    if simulator.settings.account == "passive":
        raise Refusal(48001, "api unauthorized")


def _reachable(simulator: Simulator, said: Mapping[str, str]) -> Phone:
    _may_speak(simulator)
    phone = simulator.known(said["openid"])
    if phone is None:
        raise Refusal(40003, "invalid openid")
    if said["kind"] == "image":
        simulator.media(said["media_id"])
    elif said["kind"] != "text":
        raise Refusal(40008, "invalid message type")
    elif not said["text"]:
        raise Refusal(44004, "empty content")
    elif size(said["text"]) > MAX_BYTES:
        raise Refusal(45002, "content size out of limit")
    return phone


def _part(message: Json, kind: str, name: str) -> str:
    part = message.get(kind)
    value = part.get(name) if isinstance(part, dict) else ""
    return value if isinstance(value, str) else ""
