"""Pushes as WeChat sends them, each unique, signed and encrypted before the clock starts."""

import random
import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench.labelled import read_lines
from faq.bank import Bank
from handlers.context import Context
from handlers.dialogue.commands import content
from handlers.dialogue.fragments import MAX_PIECE
from handlers.knowledge import bank_versions
from tests.wechat.tools import account
from wechat.simulator.pushing import dressed, written
from wechat.verifier import Verifier

SETTINGS = account()
SMALL_TALK = ("你好", "谢谢", "好的", "在吗", "下一步", "好了", "上一步", "没找到")
STRANGE = ("今天天气怎么样", "拼多多怎么开店", "推荐一部电影", "你们老板是谁")
LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class MerchantSample:
    """How many merchants there are, and the seed of what they say: mostly what stands in the guide,
    or what was `written` by people (tests/data/held-out.jsonl). `whole`: nothing so short that the
    bot waits 2.4 seconds whether more follows."""

    merchants: int = 2000
    seed: int = 7
    first: int = 0
    written: bool = False
    whole: bool = False

    def openid(self, number: int) -> str:
        return f"oBench{self.first + number:022d}"


def words(
    bank: Bank, count: int, seed: int, *, written: bool = False, whole: bool = False
) -> list[str]:
    """What merchants say: four of five a phrasing of the guide, the rest small talk or strange; or
    any of the labelled messages."""
    chance = random.Random(seed)  # noqa: S311 (the same load for everybody)
    if written:
        return chance.choices([line.text for line in read_lines("held-out.jsonl")], k=count)
    asked = [phrasing for entry in bank.entries for phrasing in entry.phrasings]
    if whole:
        asked = [text for text in asked if len(content(text)) > MAX_PIECE]
        return chance.choices(asked, k=count)
    kinds = chance.choices((asked, SMALL_TALK, STRANGE), weights=(80, 15, 5), k=count)
    return [chance.choice(kind) for kind in kinds]


def requests(path: str, count: int, crowd: MerchantSample) -> list[bytes]:
    """Complete HTTP requests. They are good for some minutes: the timestamp is now."""
    now = datetime.now(UTC)
    chance = random.Random(crowd.seed)  # noqa: S311
    bank = bank_versions.read(bank_versions.GUIDES)
    texts = words(bank, count, crowd.seed, written=crowd.written, whole=crowd.whole)
    return [
        _request(path, crowd.openid(chance.randrange(crowd.merchants)), text, number, now)
        for number, text in enumerate(texts)
    ]


def _request(path: str, openid: str, text: str, number: int, now: datetime) -> bytes:
    stamp = int(now.timestamp())
    xml = written(
        {
            "ToUserName": SETTINGS.original_id,
            "FromUserName": openid,
            "CreateTime": str(stamp),
            "MsgType": "text",
            "Content": text,
            "MsgId": str(stamp * 10**9 + number),
        }
    )
    args, body = dressed(SETTINGS, xml, openid, now)
    query = "&".join(f"{name}={value}" for name, value in args.items())
    head = (
        f"POST {path}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n"
        f"User-Agent: Mozilla/4.0\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def with_verifier(context: Context) -> Context:
    """The same house, with the keys that these requests are signed with."""
    return replace(context, verifier=verifier())


def verifier() -> Verifier:
    return Verifier(
        token=SETTINGS.token,
        app_id=SETTINGS.app_id,
        mode="safe",
        encoding_aes_key=SETTINGS.encoding_aes_key,
        original_id=SETTINGS.original_id,
    )


def write(file: Path, shots: list[bytes]) -> None:
    with file.open("wb") as out:
        for shot in shots:
            out.write(LENGTH.pack(len(shot)) + shot)


def read(file: Path) -> list[bytes]:
    data, shots, at = file.read_bytes(), [], 0
    while at < len(data):
        (length,) = LENGTH.unpack_from(data, at)
        shots.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return shots
