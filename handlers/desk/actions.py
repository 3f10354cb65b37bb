"""What a consultant does with a case: claim, hand on, put off, finish, take back, tag."""

from contextlib import nullcontext
from datetime import datetime, time, timedelta

from flask import Response, abort, request

from faq.bank import Entry
from handlers import cases, outbox, scenes
from handlers.desk.brief import whole_text
from handlers.desk.pages import act, desk, done, me
from handlers.desk.words import CHOOSABLE_OUTCOMES, SHANGHAI
from handlers.dialogue.decide import decide
from handlers.dialogue.turn import Incoming
from handlers.parts import parts
from storage import cases as rows
from storage import conversations, messages, notes, tags, turns
from storage.database import Session
from storage.tables import Conversation, Message

TAG_MAX = 12
SNOOZES = {"1h": timedelta(hours=1), "3h": timedelta(hours=3)}
MORNING = time(9)
RATING = "这次的帮助您打几分？回复 1 到 5 的数字，5 分最好。不想打分不用回。"


@desk.post("/c/<int:conversation_id>/claim")
def claim(conversation_id: int) -> Response:
    limit = parts().firm.capacity
    act(conversation_id, lambda s, c, by: cases.claim(s, c, by, parts().now(), limit=limit))
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/release")
def release(conversation_id: int) -> Response:
    act(conversation_id, lambda s, c, by: cases.release(s, c, by, parts().now()))
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/continue")
def let_bot_continue(conversation_id: int) -> Response:
    """Back to the bot, which goes on with the chosen entry."""
    entry = parts().shelf.bank().by_id.get(request.form.get("entry", ""))
    if entry is None:
        raise cases.CaseError("没有找到这条内容，可能刚刚更新过。请重新选一条。")

    def work(session: Session, talk: Conversation, _by: object) -> None:
        now = parts().now()
        case = cases.release(session, talk, me(), now)
        rows.trace(
            session, case, at=now, actor=me().name, action="continued", detail=entry.question
        )
        _take_up(session, talk, entry, now)

    act(conversation_id, work)
    parts().ring(conversation_id)
    return done(conversation_id=conversation_id)


def _take_up(session: Session, talk: Conversation, entry: Entry, now: datetime) -> None:
    """The bot answers as if the merchant had asked for this entry, so that its steps go on."""
    house = parts()
    session.flush()
    known = turns.snapshot(session.connection(), talk.openid)
    turn = decide(
        scenes.scene(house, known, now, lambda: nullcontext(session)),
        Incoming("text", entry.question),
        bank=house.shelf.bank(),
        matcher=house.shelf.matcher(),
        texts=house.texts,
    )
    if [reply.entry for reply in turn.replies][:1] != [entry.id]:
        say_as_bot(session, talk, whole_text(entry), now, entry=entry.id)
        return
    talk.memory = dict(turn.memory)
    for reply in turn.replies:
        say_as_bot(session, talk, reply.text, now, entry=reply.entry)


def say_as_bot(
    session: Session, talk: Conversation, text: str, now: datetime, *, entry: str | None = None
) -> None:
    message = messages.add(
        session,
        Message(conversation_id=talk.id, author="bot", text=text, entry=entry, created_at=now),
    )
    outbox.enqueue(session, message, now)
    conversations.touch(session, talk, now)


@desk.post("/c/<int:conversation_id>/requeue")
def requeue(conversation_id: int) -> Response:
    act(conversation_id, lambda s, c, by: cases.requeue(s, c, by, parts().now()))
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/transfer")
def transfer(conversation_id: int) -> Response:
    to, word = request.form.get("to", ""), request.form.get("word", "").strip()

    def work(session: Session, talk: Conversation, _by: object) -> None:
        now = parts().now()
        cases.transfer(session, talk, me(), to=to, word=word, now=now)
        if word:
            notes.add(
                session, conversation_id=talk.id, consultant_id=me().id, text=f"给 {to}:{word}",
                now=now,
            )  # fmt: skip

    act(conversation_id, work)
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/resolve")
def resolve(conversation_id: int) -> Response:
    outcome = request.form.get("outcome", "resolved")
    if outcome not in CHOOSABLE_OUTCOMES:
        abort(400)

    def work(session: Session, talk: Conversation, _by: object) -> None:
        now = parts().now()
        case = cases.resolve(session, talk, me(), now=now, outcome=outcome)
        if "rating" in request.form:
            rows.trace(session, case, at=now, actor=me().name, action="rating_asked")
            talk.memory = {
                **talk.memory,
                "numbers": "rating",
                "rated": now.isoformat(),
                "at": now.isoformat(),
            }
            say_as_bot(session, talk, RATING, now)

    act(conversation_id, work)
    parts().ring(conversation_id)
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/reopen")
def reopen(conversation_id: int) -> Response:
    act(conversation_id, lambda s, c, by: cases.reopen(s, c, by, parts().now()))
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/snooze")
def snooze(conversation_id: int) -> Response:
    now = parts().now()
    until = _until(request.form.get("until", ""), request.form.get("at", ""), now)
    act(conversation_id, lambda s, c, by: cases.snooze(s, c, by, until=until, now=now))
    return done(conversation_id=conversation_id)


def _until(choice: str, at: str, now: datetime) -> datetime:
    if choice in SNOOZES:
        return now + SNOOZES[choice]
    if choice == "reply":
        return now + timedelta(days=30)
    there = now.astimezone(SHANGHAI)
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
    name = " ".join(request.form.get("name", "").split())
    if not name or len(name) > TAG_MAX:
        raise cases.CaseError(f"标签要有 1 到 {TAG_MAX} 个字。")

    def work(session: Session, talk: Conversation, _by: object) -> None:
        now = parts().now()
        tags.put(session, talk.id, tags.named(session, name, now))
        _trace(session, talk, "tagged", name, now)

    act(conversation_id, work)
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/tags/<int:tag_id>/remove")
def untag(conversation_id: int, tag_id: int) -> Response:
    def work(session: Session, talk: Conversation, _by: object) -> None:
        found = tags.get(session, tag_id)
        if found is not None:
            tags.take(session, talk.id, tag_id)
            _trace(session, talk, "untagged", found.name, parts().now())

    act(conversation_id, work)
    return done(conversation_id=conversation_id)


@desk.post("/c/<int:conversation_id>/name")
def rename(conversation_id: int) -> Response:
    """The shop's name, where the bot did not learn it."""
    name = " ".join(request.form.get("name", "").split())[:32]

    def work(session: Session, talk: Conversation, _by: object) -> None:
        talk.name = name
        conversations.touch(session, talk, parts().now())

    act(conversation_id, work)
    return done(conversation_id=conversation_id)


def _trace(session: Session, talk: Conversation, action: str, detail: str, now: datetime) -> None:
    """In the trace of the open or latest case, where there is one."""
    history = rows.history(session, talk.id)
    if history:
        rows.trace(session, history[-1], at=now, actor=me().name, action=action, detail=detail)
    conversations.touch(session, talk, now)
