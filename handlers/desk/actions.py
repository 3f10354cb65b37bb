"""Routes of a case's buttons: claim, transfer, snooze, resolve, reopen, tag."""

from datetime import datetime, time, timedelta
from functools import partial

from flask import Response, abort, request

from handlers import cases
from handlers.actions import casework, profile
from handlers.china_time import SHANGHAI, local
from handlers.context import current_context
from handlers.desk.labels import words
from handlers.desk.pages import act, desk, done

SNOOZES = {"1h": timedelta(hours=1), "3h": timedelta(hours=3)}
MORNING = time(9)


@desk.post("/c/<int:conversation_id>/claim")
def claim(conversation_id: int) -> Response:
    take_over = "take_over" in request.form
    act(conversation_id, partial(casework.claim, take_over=take_over))
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/release")
def release(conversation_id: int) -> Response:
    act(conversation_id, partial(casework.release, tell="tell" in request.form))
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/continue")
def let_bot_continue(conversation_id: int) -> Response:
    """Back to the bot, which goes on with the chosen entry."""
    entry = current_context().published_bank.bank().by_id.get(request.form.get("entry", ""))
    if entry is None:
        raise cases.CaseError("没有找到这条内容，可能刚刚更新过。请重新选一条。")
    act(conversation_id, partial(casework.release_to_entry, entry=entry))
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/requeue")
def requeue(conversation_id: int) -> Response:
    act(conversation_id, partial(casework.requeue, tell="tell" in request.form))
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/transfer")
def transfer(conversation_id: int) -> Response:
    to, word = request.form.get("to", ""), request.form.get("word", "").strip()
    act(conversation_id, partial(casework.transfer, to=to, word=word))
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/resolve")
def resolve(conversation_id: int) -> Response:
    outcome = request.form.get("outcome", "resolved")
    if outcome not in words().choosable():
        abort(400)
    tell, ask = "tell" in request.form, "rating" in request.form
    act(conversation_id, partial(casework.resolve, outcome=outcome, tell=tell, ask_rating=ask))
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/reopen")
def reopen(conversation_id: int) -> Response:
    act(conversation_id, casework.reopen)
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/snooze")
def snooze(conversation_id: int) -> Response:
    until = _until(
        request.form.get("until", ""), request.form.get("at", ""), current_context().now()
    )
    act(conversation_id, partial(casework.snooze, until=until))
    return done(conversation_id=conversation_id)


def _until(choice: str, at: str, now: datetime) -> datetime:
    if choice in SNOOZES:
        return now + SNOOZES[choice]
    if choice == "reply":
        return now + cases.UNTIL_REPLY
    there = local(now)
    if choice == "morning":
        return datetime.combine(there.date() + timedelta(days=1), MORNING, SHANGHAI)
    try:
        chosen = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise cases.CaseError("请选一个以后的时间。") from None
    if chosen <= now:
        raise cases.CaseError("这个时间已经过去了，请选一个以后的时间。")
    return chosen


@desk.post("/c/<int:conversation_id>/tags")
def tag(conversation_id: int) -> Response:
    act(conversation_id, partial(profile.tag, name=request.form.get("name", "")))
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/tags/<int:tag_id>/remove")
def untag(conversation_id: int, tag_id: int) -> Response:
    act(conversation_id, partial(profile.untag, tag_id=tag_id))
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/name")
def rename(conversation_id: int) -> Response:
    act(conversation_id, partial(profile.rename, name=request.form.get("name", "")))
    return done(conversation_id=conversation_id)
