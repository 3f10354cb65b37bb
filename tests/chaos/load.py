"""Merchants who write all the time, and consultants who claim, answer and give back by the API."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import requests

from tests.chaos.platform import Platform

QUESTIONS = (
    "保证金怎么退", "登录不了店铺,手机号停用了", "转人工", "人工客服在吗", "怎么关店", "你好",
    "下一步", "1", "2", "没收到验证码", "谢谢", "多少钱", "店铺名:小满便利店,电话13800138000",
    "算了", "为什么还没退给我", "啊啊啊啊", "[微笑]", "关店要满足什么条件", "解决了",
)  # fmt: skip
GIVE_UP_SECONDS = 90.0
PATIENCE = (3.05, 15.0)
# WeChat's events have no id and a time in seconds: two of one merchant in one second are the same.
EVENT_SECONDS = 1.1


@dataclass(slots=True)
class Said:
    """What a consultant wanted to say. `marks` stand in the text, in order, once each.

    `status` is the API's last word: 201 stored, 4xx refused, 0 when it never answered.
    """

    conversation: int
    key: str
    text: str
    marks: tuple[str, ...]
    status: int = 0
    ids: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Load:
    """Threads that go on until `quit` is set; `paces` are seconds between two acts of one."""

    platform: Platform
    urls: Sequence[str]
    tokens: dict[str, str]
    seed: int
    merchants: int = 6
    pace: float = 0.6
    said: list[Said] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)
    quit: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        jobs: list[Callable[[], None]] = [
            Merchant(self, f"oChaos{self.seed}x{number}", self.seed * 1000 + number).run
            for number in range(self.merchants)
        ]
        jobs += [
            Desk(self, name, token, self.seed * 1000 + 500 + number).run
            for number, (name, token) in enumerate(self.tokens.items())
        ]
        self._threads = [threading.Thread(target=job) for job in jobs]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Everybody ends what they are doing."""
        self.quit.set()
        for thread in self._threads:
            thread.join()


class Merchant:
    def __init__(self, load: Load, openid: str, seed: int) -> None:
        self._load = load
        self._openid = openid
        self._random = random.Random(seed)

    def run(self) -> None:
        platform = self._load.platform
        while not self._load.quit.is_set():
            chance = self._random.random()
            if chance < 0.04:
                pushed = platform.event(self._openid, self._random.choice(["VIEW", "subscribe"]))
            elif chance < 0.08:
                pushed = platform.event(self._openid, "CLICK", "deposit")
            else:
                pushed = platform.say(self._openid, self._random.choice(QUESTIONS))
            if pushed.event:
                self._load.quit.wait(EVENT_SECONDS)
            if self._random.random() < 0.05:
                platform.again(pushed)
            self._load.quit.wait(self._random.uniform(0, 2 * self._load.pace))


class Desk:
    """One consultant. Every request is tried again until it is answered below 500."""

    def __init__(self, load: Load, name: str, token: str, seed: int) -> None:
        self._load = load
        self._name = name
        self._seed = seed
        self._random = random.Random(seed)
        self._number = 0
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {token}"

    def run(self) -> None:
        while not self._load.quit.is_set():
            state = self._random.choice(["waiting", "waiting", "waiting", "bot"])
            found = self._ask("GET", f"conversations?state={state}").get("conversations", [])
            if found:
                self._work(int(self._random.choice(found[:4])["id"]))  # type: ignore[index]
            self._load.quit.wait(self._random.uniform(0, 2 * self._load.pace))

    def serve(self, openid: str) -> Said:
        """Take this merchant's conversation, say one thing and leave."""
        found = self._ask("GET", f"conversations?merchant={openid}")["conversations"]
        conversation = int(found[0]["id"])  # type: ignore[index]
        self._ask("POST", f"conversations/{conversation}/claim", {})
        self._say(conversation, parts=1)
        self._ask("POST", f"conversations/{conversation}/release", {})
        return self._load.said[-1]

    def _work(self, conversation: int) -> None:
        if "error" in self._ask("POST", f"conversations/{conversation}/claim", {}):
            return  # a colleague was faster
        for _ in range(self._random.choice([1, 2, 3, 4, 7])):
            self._say(conversation, parts=40 if self._random.random() < 0.08 else 1)
            self._load.quit.wait(self._random.choice([0.0, 0.05, self._load.pace]))
        how = self._random.choice(["release", "resolve"])
        self._ask("POST", f"conversations/{conversation}/{how}", {})

    def _say(self, conversation: int, *, parts: int) -> None:
        self._number += 1
        name = f"{self._name}{self._seed}x{self._number}"
        marks = tuple(f"【{name}.{part}】" for part in range(parts))
        said = Said(conversation, name, "".join(f"请看这里{mark}。" * 1 for mark in marks), marks)
        if parts > 1:
            said.text = "".join(
                f"{mark}这一步要先在后台提交申请,再等平台审核通过。" for mark in marks
            )
        self._load.said.append(said)
        for _ in range(2 if self._random.random() < 0.1 else 1):
            body: dict[str, object] = {"text": said.text, "key": said.key}
            answer = self._ask("POST", f"conversations/{conversation}/messages", body)
            said.status = int(str(answer.get("status", 0)))
            if isinstance(answer.get("id"), int):
                said.ids.add(int(str(answer["id"])))

    def _ask(
        self, method: str, path: str, body: dict[str, object] | None = None
    ) -> dict[str, object]:
        """The answer with its `status`; {"error": …} for a refusal, or when nothing ever came."""
        give_up = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < give_up:
            url = self._random.choice(self._load.urls)
            try:
                answer = self._session.request(
                    method, f"{url}/api/v1/{path}", json=body, timeout=PATIENCE
                )
            except requests.RequestException:
                time.sleep(0.2)
                continue
            self._load.answers[answer.status_code] = (
                self._load.answers.get(answer.status_code, 0) + 1
            )
            if answer.status_code >= requests.codes.server_error:
                time.sleep(0.2)
                continue
            shown: dict[str, object] = answer.json()
            return {**shown, "status": answer.status_code}
        return {"error": "no answer", "status": 0}
