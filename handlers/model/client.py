"""The HTTP client of the language model: plain HTTPS and the chat API that providers share."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import requests

Kind = Literal["key", "name", "balance", "region", "busy", "server", "slow", "cut", "broken"]
Message = dict[str, str]

MAX_BYTES = 64 * 1024
CONNECT_SECONDS = 1.0
CHUNK = 4096
KINDS: dict[int, Kind] = {401: "key", 402: "balance", 403: "region", 404: "name", 429: "busy"}

ADVICE: dict[Kind, str] = {
    "key": "密钥不对或已停用，请在服务商后台重新生成，写进 [model] api_key。",
    "name": "没有这个模型，可能已经下线。请在服务商的文档里查现在的名字，写进 [model] name。",
    "balance": "账户余额不足，请在服务商后台充值。",
    "region": "服务商拒绝了这个地区或这个账户，请换一个境内的服务地址。",
    "busy": "请求太多，被限速了。请过一会儿再试，或找服务商提高限额。",
    "server": "服务商那边出错了，请过一会儿再试。",
    "slow": "服务商没有在期限内回答，可以把 [model] deadline_ms 调大一点，最多 3000。",
    "cut": "连不上服务商，请检查 [model] base_url 和网络。",
    "broken": "服务商的回答读不懂，请确认 base_url 是兼容 OpenAI 的地址。",
}


class ModelError(Exception):
    """The model gave no usable answer; `kind` says why, `ADVICE[kind]` what the owner can do."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back, and what it cost."""

    text: str
    tokens_in: int
    tokens_out: int


@dataclass(frozen=True, slots=True)
class ModelClient:
    """`base_url` without `/chat/completions`, `name` the model's."""

    base_url: str
    api_key: str
    name: str

    def complete(
        self, messages: Sequence[Message], *, seconds: float, max_tokens: int, as_json: bool
    ) -> Completion:
        """One answer within `seconds`, without a retry. Raises ModelError."""
        body: dict[str, object] = {
            "model": self.name,
            "messages": list(messages),
            "temperature": 0,
            "max_tokens": max_tokens,
            "stream": False,
        }
        if as_json:
            body["response_format"] = {"type": "json_object"}
        until = time.monotonic() + seconds
        try:
            with requests.post(
                f"{self.base_url.rstrip('/')}/chat/completions",
                json=body,
                headers={"Authorization": f"Bearer {self.api_key}"},
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
                stream=True,
                allow_redirects=False,  # the key belongs to this address only
            ) as response:
                return _read(response, until)
        except requests.Timeout:
            raise ModelError("slow") from None
        except requests.RequestException:
            raise ModelError("cut") from None


def _read(response: requests.Response, until: float) -> Completion:
    content = b""
    for chunk in response.iter_content(CHUNK):
        content += chunk
        if len(content) > MAX_BYTES:
            raise ModelError("broken")
        if time.monotonic() > until:  # an answer that drips keeps the time-out of a read happy
            raise ModelError("slow")
    if response.status_code != requests.codes.ok:
        raise ModelError(_kind(response.status_code, content))
    try:
        data = json.loads(content)
        text = data["choices"][0]["message"]["content"]
        usage = data.get("usage") or {}
        if not isinstance(text, str):
            raise ModelError("broken")
        return Completion(
            text, _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise ModelError("broken") from None


def _kind(status: int, content: bytes) -> Kind:
    """Some providers say 400 to a model's name that has ended."""
    if status == requests.codes.bad_request and b"model" in content.lower():
        return "name"
    return KINDS.get(status, "server")


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 1_000_000 else 0  # noqa: PLR2004
