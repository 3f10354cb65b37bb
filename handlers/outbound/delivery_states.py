"""The states of a delivery and every transition between them. Nothing else sets `Delivery.state`.

New deliveries start as *pending*, *held* or, in a passive reply, *sent*. docs/architecture.md
shows this table, and tests/outbound/test_delivery_states.py checks it.
"""

from types import MappingProxyType
from typing import Literal

from storage.models.conversations import Delivery

State = Literal["pending", "held", "sending", "in_passive_reply", "sent", "uncertain", "failed"]
Event = Literal[
    "take",  # the sender begins a call
    "accept",  # WeChat took it
    "retry",  # certainly not sent, worth another try
    "hold",  # no quota, no API, or only the operator can help
    "refuse",  # certainly not sent, and never will be
    "doubt",  # unknown whether WeChat shows it
    "lose",  # the process that was sending it is gone
    "overtake",  # a consultant took over before the bot's words were sent
    "reply",  # the bot's words are in the passive reply
    "put_in_reply",  # a consultant's words are in the passive reply, which is not sent yet
    "reply_sent",  # that reply was sent
    "reply_missed",  # nobody was there any more to read that reply
    "defer",  # does not fit into the passive reply
    "resend",  # a person wants it tried again
    "confirm",  # a person knows that it arrived
]

TRANSITIONS: MappingProxyType[tuple[str, str], State] = MappingProxyType(
    {
        ("pending", "take"): "sending",
        ("held", "take"): "sending",
        ("pending", "hold"): "held",
        ("held", "hold"): "held",
        ("pending", "defer"): "pending",
        ("held", "defer"): "pending",
        ("pending", "overtake"): "failed",
        ("held", "overtake"): "failed",
        ("pending", "reply"): "sent",
        ("held", "reply"): "sent",
        ("pending", "put_in_reply"): "in_passive_reply",
        ("held", "put_in_reply"): "in_passive_reply",
        ("in_passive_reply", "reply_sent"): "sent",
        ("in_passive_reply", "lose"): "uncertain",
        ("in_passive_reply", "reply_missed"): "pending",
        ("sent", "reply_missed"): "pending",
        ("in_passive_reply", "doubt"): "uncertain",
        ("sent", "doubt"): "uncertain",
        ("sending", "accept"): "sent",
        ("sending", "retry"): "pending",
        ("sending", "hold"): "held",
        ("sending", "refuse"): "failed",
        ("sending", "doubt"): "uncertain",
        ("sending", "lose"): "uncertain",
        ("uncertain", "resend"): "pending",
        ("failed", "resend"): "pending",
        ("uncertain", "confirm"): "sent",
        ("uncertain", "reply_sent"): "sent",
    }
)


def move(delivery: Delivery, event: Event, error: str | None = None) -> bool:
    """Apply the event; False, and nothing changed, where the table has no such transition.

    `error` is the sentence for the consultant, "" clears it, None leaves it as it is.
    """
    state = TRANSITIONS.get((delivery.state, event))
    if state is None:
        return False
    delivery.state = state
    if error is not None:
        delivery.error = error
    return True
