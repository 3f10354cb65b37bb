"""How soon open desk pages hear of a message, measured on a running sandbox.

    python bot.py sandbox --port 8000          (in another terminal; it shows the password)
    python -m bench.open_pages http://127.0.0.1:8000 PASSWORD 100

Each page holds its own stream, or asks where the server has none to
spare, as static/live.js does. The simulator listens one port higher.
"""

import json
import re
import statistics
import sys
import threading
import time
from dataclasses import dataclass, field

import requests

MESSAGES = 20
SAID = "保证金怎么退"
"""A question that says enough alone: one that does not waits inside its request on purpose."""
POLL = 0.9
NAME = "小满"


@dataclass
class OpenPage:
    url: str
    cookie: dict[str, str]
    over: threading.Event
    kind: str = ""
    heard: dict[int, float] = field(default_factory=dict)
    asked: list[float] = field(default_factory=list)

    def run(self) -> None:
        at = ""
        session = requests.Session()
        session.headers.update(self.cookie)
        while not self.over.is_set():
            if self.kind != "poll":
                with session.get(f"{self.url}/desk/events", stream=True, timeout=90) as answer:
                    self.kind = "stream" if answer.status_code == requests.codes.ok else "poll"
                    if self.kind == "stream":
                        self._listen(answer)
                continue
            begin = time.monotonic()
            got = session.get(f"{self.url}/desk/changes", params={"since": at}, timeout=30)
            self.asked.append(time.monotonic() - begin)
            at = got.json()["at"]
            self._note(got.text)
            time.sleep(POLL)

    def _listen(self, answer: requests.Response) -> None:
        for line in answer.iter_lines():
            if line.startswith(b"data: "):
                self._note(line[6:].decode())
            if self.over.is_set():
                return

    def _note(self, news: str) -> None:
        for conversation_id, _version in json.loads(news)["changed"]:
            self.heard.setdefault(conversation_id, time.monotonic())


def login(url: str, password: str) -> dict[str, str]:
    session = requests.Session()
    form = session.get(f"{url}/desk/login", timeout=30).text
    token = re.findall(r'name="csrf" content="([^"]+)"', form)[0]
    fields = {"csrf_token": token, "name": NAME, "password": password}
    session.post(f"{url}/desk/login", data=fields, timeout=30).raise_for_status()
    return {"Cookie": "; ".join(f"{key}={value}" for key, value in session.cookies.items())}


def main(url: str, password: str, count: int) -> None:
    over = threading.Event()
    cookie = login(url, password)
    pages = [OpenPage(url, cookie, over) for _ in range(count)]
    for page in pages:
        threading.Thread(target=page.run, daemon=True).start()
        time.sleep(0.03)
    time.sleep(4)
    host, _, port = url.rpartition(":")
    simulator, run = f"{host}:{int(port) + 1}", int(time.time())
    sent, webhook = [], []
    for number in range(MESSAGES):
        sent.append(time.monotonic())
        answer = requests.post(
            f"{simulator}/phone/oBench{run}n{number}/say?wait=1", json={"text": SAID}, timeout=30
        )
        webhook.append(answer.json()["attempts"][-1]["seconds"])
        time.sleep(1)
    time.sleep(3)
    over.set()
    report(pages, sent, webhook)


def report(pages: list[OpenPage], sent: list[float], webhook: list[float]) -> None:
    for kind in ("stream", "poll", "all"):
        group = [page for page in pages if kind in {page.kind, "all"}]
        delays = sorted(
            first - at
            for page in group
            for at in sent
            for first in [min((t for t in page.heard.values() if t >= at), default=None)]
            if first is not None
        )
        if delays:
            say(
                f"{kind}: {len(group)} pages, {len(delays)} of {len(group) * len(sent)} heard, "
                f"median {1000 * statistics.median(delays):.0f} ms, "
                f"99th {1000 * delays[int(len(delays) * 0.99) - 1]:.0f} ms"
            )
    say(f"webhook: median {1000 * statistics.median(webhook):.0f} ms, "
        f"longest {1000 * max(webhook):.0f} ms")  # fmt: skip


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
