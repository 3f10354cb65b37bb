"""How a message of ours fares, as a consultant reads it below the message."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from handlers.context import current_context
from storage.models.conversations import Delivery, Message
from storage.queries.messages import delivery_state, outside_state

WORDS = {
    "sent": "已送达微信",
    "pending": "发送中",
    "held": "暂存，等对方来消息",
    "uncertain": "不确定是否送达",
    "failed": "没有发出去",
}


@dataclass(frozen=True, slots=True)
class Part:
    """What of a message fares alike: `state` for the colour, words for the reader."""

    state: str
    words: str
    why: str = ""
    text: str = ""


def parts(message: Message) -> list[Part]:
    """One for a message that fares as a whole, or is still under way; else one for each stretch
    that fares alike.

    Empty for what was never to be sent: the merchant's own, the desk's lines.
    """
    stretches = [
        _part(state, list(alike)) for state, alike in groupby(message.deliveries, outside_state)
    ]
    under_way = any(each.state == "pending" for each in stretches)
    if len(stretches) > 1 and not under_way:
        return stretches
    state = delivery_state(message.deliveries)
    return [replace(each, text=message.text) for each in stretches if each.state == state][:1]


def _part(state: str, deliveries: Sequence[Delivery]) -> Part:
    why = next((each.error for each in deliveries if each.error), "")
    if state == "uncertain":
        why = why or "微信没有回应。可以先问对方有没有收到，再决定要不要再发一次。"
    if state == "held":
        why = why or _why_held()
    return Part(state, WORDS[state], why, "\n".join(each.text for each in deliveries))


def _why_held() -> str:
    if current_context().firm.account == "passive":
        return "这个公众号不能主动发消息，对方下次来消息时会一起带出去。"
    return "微信允许的条数或时间用完了，对方下次来消息时自动发出。"
