"""Which of a merchant's questions the bot did not settle, read from what was said afterwards.

Plain functions of one conversation's messages. Silence teaches nothing; neither does an alarm, a
single character, or what was said while a consultant had the floor.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from faq.matching.normalize import key
from storage.models.conversations import Message

SOON = timedelta(minutes=30)
A_DAY = timedelta(hours=24)
NEXT = 2  # messages in which asking for a person says something of the answer before
SHORTEST = 2
ANSWER_MAX = 1500
READABLE = ("text", "voice")
REFUSED = re.compile(
    r"不是(?:这|那)(?:个|意思|事)|都不是|没有我要|不是我(?:要|想)?问|答非所问|牛头不对马嘴"
    r"|文不对题|不是问这|说的不是|没回答我|没听懂|听不懂我|你没懂|^不对"
)
WORKED = re.compile(r"解决了|弄好了|搞定|可以了|好了|成功了|会了|懂了|明白了")


@dataclass(frozen=True, slots=True)
class Unsettled:
    """`why`: missed | refused | not_this | asked | wrong | outside."""

    message: Message
    why: str
    solved: bool
    bot: str
    consultant: str


def unsettled(said: Sequence[Message], wrong: Collection[int] = ()) -> Iterator[Unsettled]:
    """Of these messages, oldest first; `wrong` are those that a person called wrongly answered."""
    for number, message in enumerate(said):
        if not _is_question(message):
            continue
        after = said[number + 1 :]
        why = "wrong" if message.id in wrong else _why(message, after)
        if why:
            solved = any(WORKED.search(each.text) for each in _merchants(message, after)[:NEXT])
            solved = solved or why == "outside"  # an honest answer, if that subject is not ours
            yield Unsettled(message, why, solved, _bot(after), _consultant(message, after))


def _is_question(message: Message) -> bool:
    """Whether the bot read it as one, and not as an alarm."""
    meaning = message.understanding
    if message.author != "merchant" or message.kind not in READABLE or not meaning:
        return False
    return not meaning.get("alarm") and len(key(message.text)) >= SHORTEST


def _why(message: Message, after: Sequence[Message]) -> str:
    """What shows that the bot's answer was none; "" for nothing."""
    meaning, outcome = message.understanding or {}, _outcome(message)
    following = _merchants(message, after)[:NEXT]
    if outcome not in ("answer", "options", "none"):
        return ""
    refused = bool(following) and bool(REFUSED.search(following[0].text))
    if meaning.get("rule"):  # a move or a fact: the bank was not asked, and only a refusal tells
        return "not_this" if refused else ""
    if outcome == "none" and not meaning.get("neighbour"):
        return "missed"
    if refused:
        return "refused" if outcome == "options" else "not_this"
    return _unhelped(outcome, following)


def _unhelped(outcome: object, following: Sequence[Message]) -> str:
    """They asked for a person, or went on asking."""
    if any(_outcome(each) == "human" for each in following):
        return "asked"
    if outcome == "options" and following and _in_vain(following[0]):
        return "refused"
    return "outside" if outcome == "none" else ""


def _outcome(message: Message) -> object:
    return (message.understanding or {}).get("outcome")


def _in_vain(message: Message) -> bool:
    """Instead of one of the options they asked anew, and were not answered either."""
    meaning = message.understanding or {}
    return meaning.get("outcome") in ("options", "none") and not meaning.get("rule")


def _merchants(message: Message, after: Sequence[Message]) -> list[Message]:
    until = message.created_at + SOON
    return [each for each in after if each.author == "merchant" and each.created_at <= until]


def _bot(after: Sequence[Message]) -> str:
    """What the bot said to it."""
    texts = []
    for message in after:
        if message.author != "bot":
            break
        texts.append(message.text)
    return "\n\n".join(texts)[:ANSWER_MAX]


def _consultant(message: Message, after: Sequence[Message]) -> str:
    """What a person then answered, until the merchant went on."""
    texts: list[str] = []
    for each in after:
        if each.created_at > message.created_at + A_DAY:
            break
        if each.author == "consultant" and each.kind in READABLE:
            texts.append(each.text)
        elif each.author == "merchant" and texts:
            break
    return "\n".join(texts)[:ANSWER_MAX]
