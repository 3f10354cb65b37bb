"""A webhook as the product has one, whose answers a test decides."""

import time
from collections.abc import Callable

from flask import Flask, Response, request

from tests.wechat.tools import ACCOUNT, AES_KEY, APP_ID, OPENID, TOKEN, Clock
from wechat.errors import PushError
from wechat.push import Push
from wechat.replies import render_text
from wechat.simulator import Simulator
from wechat.verifier import Verifier

Answer = Callable[[Push], str]


class Bot:
    """A webhook as the product has one, with an answer that a test decides."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.mode = "safe"
        self.seen: list[Push] = []
        self.queries: list[bytes] = []
        self.answer: Answer = lambda push: render_text(push, f"收到{push.words}", clock())
        self.status = 200
        self.stall = 0.0
        self.sealed = True
        self.app = Flask("bot")
        self.app.add_url_rule("/wechat", "wechat", self.receive, methods=["POST"])

    def receive(self) -> Response:
        self.queries.append(request.query_string)
        verifier = Verifier(
            token=TOKEN,
            app_id=APP_ID,
            mode="safe" if self.mode == "safe" else "plain",
            encoding_aes_key=AES_KEY,
            original_id=ACCOUNT,
        )
        try:
            push = verifier.open(request.args, request.get_data(), self.clock())
        except PushError as error:
            return Response(status=error.status)
        self.seen.append(push)
        stall, self.stall = self.stall, 0.0
        time.sleep(stall)
        if self.status != 200:
            return Response(status=self.status)
        xml = self.answer(push)
        if self.sealed:
            seconds = int(self.clock().timestamp())
            xml = verifier.seal(xml, request.args["nonce"], seconds, push.sealing)
        return Response(xml, content_type="text/xml")


def spoken(simulator: Simulator, openid: str = OPENID) -> list[tuple[str, str]]:
    return [(line.sender, line.text) for line in simulator.transcript(openid)]
