"""Events: following, menu clicks, and the ones that deserve silence."""

from dataclasses import replace

from faq.firm import PERSON
from handlers import menu
from handlers.dialogue import handoff, small_talk
from handlers.dialogue.entry_answer import take
from handlers.dialogue.turn import CONSULTANT, Outcome, Turn, blocks

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


def event(talk: Turn) -> Outcome | None:
    """What an event leads to; None for a message."""
    kind = talk.incoming.kind
    if kind in ("subscribe", "scan"):
        return _greet(talk)
    if kind == "click":
        return _click(talk)
    if kind in SILENT or talk.incoming.is_event or kind.startswith(FROM_DEVICES):
        why = f"{kind}: a report of the platform, nobody asked anything"
        return Outcome("", talk.memory, end="ignored", why=why)
    return None


def _greet(talk: Turn) -> Outcome:
    if talk.waiting:
        return Outcome(handoff.position_line(talk), talk.memory, end="queued")
    memory = replace(
        talk.memory, options=small_talk.offered(talk), numbers="options", question="", form=None
    )
    text = blocks(talk.say("welcome"), small_talk.things(talk), talk.say("things_footer"))
    return Outcome(text, memory)


def _click(talk: Turn) -> Outcome:
    tapped = menu.target(talk.incoming.text, talk.bank.firm)
    target = CONSULTANT if tapped == PERSON else tapped
    if target == CONSULTANT or talk.entry(target):
        clear = replace(talk.memory, form=None, question="", times=0)
        return take(replace(talk, memory=clear, text=""), target)
    return _greet(talk)
