"""Events: following, menu clicks, and the ones that deserve silence."""

from dataclasses import replace

from faq.firm import PERSON
from handlers.dialogue import handoff, small_talk
from handlers.dialogue.entry_answer import take
from handlers.dialogue.turn import CONSULTANT, Outcome, Turn, blocks
from handlers.firm import menu

SILENT = frozenset(
    {
        "unsubscribe",
        "view",
        "view_miniprogram",
        "location_event",
        "masssendjobfinish",
        "templatesendjobfinish",
        "publishjobfinish",
        "subscribe_msg_popup_event",
        "subscribe_msg_change_event",
        "subscribe_msg_sent_event",
        "user_info_modified",
        "user_authorization_revoke",
        "user_authorization_cancellation",
        "kf_create_session",
        "kf_close_session",
        "kf_switch_session",
        "kf_msg_or_event",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
        "qualification_verify_success",
        "qualification_verify_fail",
        "naming_verify_success",
        "naming_verify_fail",
        "annual_renew",
        "verify_expired",
    }
)
"""Reports of the platform: nobody said anything, so nothing is said."""
FROM_DEVICES = ("device_", "hardware_")
"""Kinds of messages that a bound device sends, not a person."""


def event(turn: Turn) -> Outcome | None:
    """What an event leads to; None for a message."""
    kind = turn.incoming.kind
    if kind in ("subscribe", "scan"):
        return _greet(turn)
    if kind == "click":
        return _click(turn)
    if kind in SILENT or turn.incoming.is_event or kind.startswith(FROM_DEVICES):
        why = f"{kind}: a report of the platform, nobody asked anything"
        return Outcome("", turn.memory, end="ignored", why=why)
    return None


def _greet(turn: Turn) -> Outcome:
    if turn.waiting:
        return Outcome(handoff.position_line(turn), turn.memory, end="queued")
    memory = replace(
        turn.memory, options=small_talk.offered(turn), numbers="options", question="", form=None
    )
    text = blocks(turn.say("welcome"), small_talk.things(turn), turn.say("things_footer"))
    return Outcome(text, memory)


def _click(turn: Turn) -> Outcome:
    tapped = menu.target(turn.incoming.text, turn.bank.firm)
    target = CONSULTANT if tapped == PERSON else tapped
    if target == CONSULTANT or turn.entry(target):
        clear = replace(turn.memory, form=None, question="", times=0)
        return take(replace(turn, memory=clear, text=""), target)
    return _greet(turn)
