"""The simulator's answers to the calls that a bot makes, over HTTP."""

import socket
import time
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request

from wechat.media_limits import MAX_MEDIA_BYTES
from wechat.simulator import calls
from wechat.simulator.credentials import Refusal
from wechat.simulator.engine import Simulator
from wechat.simulator.records import Called

_KEY = "dianban_simulator"
api = Blueprint("simulator_api", __name__, url_prefix="/cgi-bin")


def attach(app: Flask, simulator: Simulator) -> None:
    """Let the blueprints of `app` find their simulator."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_MEDIA_BYTES + 64 * 1024
    app.extensions[_KEY] = simulator


def attached() -> Simulator:
    simulator = current_app.extensions[_KEY]
    if not isinstance(simulator, Simulator):
        raise TypeError("attach a simulator to the app first")
    return simulator


@api.before_request
def strike() -> Response | None:
    """Let the fault happen that somebody ordered for this call."""
    fault = g.fault = attached().fault_for(request.path)
    time.sleep(fault.stall)
    if fault.cut == "before":
        _note(-1)
        _hang_up()
        return Response(status=503)
    if fault.status:
        _note(fault.status)
        return Response("<html>busy</html>", fault.status)
    if fault.code:
        raise Refusal(fault.code, "by order")
    return None


@api.after_request
def cut_off(response: Response) -> Response:
    if g.fault.cut == "after":
        _hang_up()
    if g.fault.drip:
        response.response = _dripping(response.get_data(), g.fault.drip)
    return response


def _dripping(body: bytes, seconds: float) -> Iterator[bytes]:
    for byte in body:
        yield bytes([byte])
        time.sleep(seconds)


@api.errorhandler(Refusal)
def refused(refusal: Refusal) -> Response:
    if not refusal.noted:
        _note(refusal.code)
    return jsonify(errcode=refusal.code, errmsg=f"{refusal} rid: 00000000-00000000-00000000")


@api.post("/stable_token")
def stable_token() -> Response:
    return _noted(calls.stable_token(attached(), request.get_data()))


@api.get("/token")
def token() -> Response:
    return _noted(calls.classic_token(attached(), request.args))


@api.post("/message/custom/send")
def send() -> Response:
    _authorise()
    return jsonify(calls.send(attached(), request.path, request.get_data(), g.fault.cut))


@api.post("/message/custom/typing")
def typing() -> Response:
    _authorise()
    return _noted(calls.typing(attached(), request.get_data()))


@api.post("/media/upload")
def upload() -> Response:
    _authorise()
    file = request.files.get("media")
    content = file.read() if file else b""
    return _noted(calls.upload(attached(), request.args.get("type", ""), content))


@api.get("/media/get")
def download() -> Response:
    _authorise()
    kept = attached().media(request.args.get("media_id", ""))
    _note(0)
    return Response(kept.content, content_type=kept.content_type)


@api.post("/menu/create")
def create_menu() -> Response:
    _authorise()
    return _noted(calls.create_menu(attached(), request.get_data()))


@api.get("/menu/get")
def get_menu() -> Response:
    _authorise()
    return _noted(calls.get_menu(attached()))


@api.get("/menu/delete")
def delete_menu() -> Response:
    _authorise()
    return _noted(calls.delete_menu(attached()))


@api.get("/getcallbackip")
def callback_ips() -> Response:
    _authorise()
    return _noted(calls.callback_ips())


def _authorise() -> None:
    attached().credentials.check(request.args.get("access_token", ""))


def _note(code: int) -> None:
    simulator = attached()
    sends = request.path.endswith("/custom/send")
    said = calls.addressed(request.get_data()) if sends else {}
    with simulator.alone() as number:
        now = simulator.clock()
        simulator.called(Called(number, now, request.path, code, **said, cut=g.fault.cut))


def _noted(answer: calls.Json) -> Response:
    _note(0)
    return jsonify(answer)


def _hang_up() -> None:
    """What the caller sees: the connection is gone, and no answer came."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
