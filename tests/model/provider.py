"""A provider of models on a free port, over real HTTP: it plays whatever a test asks for."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], str]


@dataclass
class Provider:
    """`play` is what it does next: a number is a status, other words are named below."""

    url: str = ""
    play: str | int = "right"
    right: str = "none"
    """The id that it chooses when it plays `right`."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def content(self, question: dict[str, Any]) -> str:
        ids = [each["id"] for each in question.get("candidates", [])]
        return {
            "right": json.dumps({"id": self.right}),
            "first": json.dumps({"id": ids[0] if ids else "none"}),
            "elsewhere": json.dumps({"id": "an-entry-that-nobody-offered"}),
            "prose": "我觉得是第一条，亲，全额退款马上到账！",
            "broken": '{"id": "' + self.right,
            "more": json.dumps({"id": self.right, "reply": "全额退款马上到账"}),
            "draft": "您好，保证金 3 天内保证全额到账，请放心。",
            "phrasings": json.dumps({"phrasings": ["保证金咋退", "怎么关店", "押金啥时候回来", 7]}),
        }[str(self.play)]


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = json.loads(self.rfile.read(length))
        question = json.loads(body["messages"][1]["content"])
        self.provider.asked.append(question)
        self.provider.keys.append(self.headers["Authorization"])
        play = self.provider.play
        if isinstance(play, int):
            self._say(play, b'{"error": "no"}')
        elif play == "slow":
            time.sleep(1.2)
            self._say(200, b"{}")
        elif play == "cut":
            self.close_connection = True
        elif play == "half":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"choices": [')
        else:
            self._say(200, self._completion(self.provider.content(question)))

    def _completion(self, content: str) -> bytes:
        return json.dumps(
            {
                "choices": [{"message": {"role": "assistant", "content": content}}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 8},
            }
        ).encode()

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except BrokenPipeError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def provider() -> Iterator[Provider]:
    played = Provider()
    handler = type("Handler", (_Handler,), {"provider": played})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    played.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield played
    finally:
        server.shutdown()
        server.server_close()
