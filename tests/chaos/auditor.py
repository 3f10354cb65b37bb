"""What came out: the simulator's memory against the database's. Every function lists violations."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from storage.database import Database, Session
from storage.models.conversations import (
    Case,
    Conversation,
    Delivery,
    Message,
    ReceivedPush,
)
from tests.chaos.load import Said
from tests.chaos.matching import explained
from tests.chaos.platform import AnsweredPush, Platform
from wechat.push import read_push
from wechat.replies import SUCCESS
from wechat.simulator import Called
from wechat.xml_fields import read_fields

TELLING = 12  # characters: shorter texts stand inside others by chance
OVER = ("waiting", "claimed")
HELD_FROM, HELD_UNTIL = (
    "接入了对话",
    ("交还给机器人", "结束了这次服务", "放回了待接入", "回到待接入"),
)


@dataclass(frozen=True, slots=True)
class Audit:
    """`figures` say how much was looked at; `violations` are sentences, hopefully none."""

    figures: dict[str, int]
    violations: list[str]


def audit(
    platform: Platform, said: Sequence[Said], database: Database, *, killed: bool = False
) -> Audit:
    """Look at everything, after the program has come to rest.

    `killed`: processes died. A reply whose process dies between the commit and the connection, and
    which no retry fetches, is called sent and unseen: that is counted among the figures.
    """
    with database.read() as session:
        violations = [
            *_pushes(platform, session),
            *_records(session),
            *_cases(session),
            *_deliveries(session),
            *_silence(session),
            *_consultants(platform, said, session),
            *_sends(platform, session),
        ]
        unseen = [*_unread(platform, session), *_seen(platform, session)]
        figures = _figures(platform, said, session)
        if killed:
            return Audit({**figures, "not seen as called": len(unseen)}, violations)
        return Audit(figures, violations + unseen)


def _pushes(platform: Platform, session: Session) -> Iterator[str]:
    """Every push has its one end and its one reply; a lost one left nothing behind."""
    stored = {row.key: row for row in session.scalars(select(ReceivedPush))}
    seen: set[str] = set()
    for tried in platform.tried.values():
        key = read_push(read_fields(tried.pushed.xml.encode()), "plain").key
        seen.add(key)
        yield from _push(tried, stored.get(key))
    for key in stored.keys() - seen:
        yield f"a push is stored that nobody sent: {key}"


def _push(tried: AnsweredPush, row: ReceivedPush | None) -> Iterator[str]:
    name = f"push {tried.pushed.n} ({tried.pushed.kind}{tried.pushed.event})"
    wrong = [status for status in tried.statuses if status not in {200, 503}]
    if wrong:
        yield f"{name} was answered with {wrong}"
    if any(attempt.outcome == "malformed" for attempt in tried.pushed.attempts):
        yield f"{name} got an answer that WeChat cannot show"
    if row is None:
        if tried.answers:
            yield f"{name} was answered and is not stored"
        return
    if row.end not in {"answered", "queued", "ignored"}:
        yield f"{name} is stored without an end"
    yield from _reply(name, tried, row)


def _reply(name: str, tried: AnsweredPush, row: ReceivedPush) -> Iterator[str]:
    """A reply is read once, or it is not called given. Tries that come too late get nothing."""
    words = [answer for answer in tried.answers if answer]
    if len(set(words)) > 1:
        yield f"{name} was answered in {len(set(words))} different ways"
    if words and words[0] != row.reply:
        yield f"{name} got another reply than the stored one"


def _records(session: Session) -> Iterator[str]:
    """What a merchant says is stored once, with its push."""
    counts = Counter(
        session.scalars(
            select(Message.push_id).where(
                Message.author == "merchant", Message.push_id.is_not(None)
            )
        )
    )
    for push in session.scalars(
        select(ReceivedPush).where(ReceivedPush.kind.in_(["text", "image", "click"]))
    ):
        if counts[push.id] != 1:
            yield f"the words of push row {push.id} are stored {counts[push.id]} times"


def _cases(session: Session) -> Iterator[str]:
    several = session.execute(
        select(Case.conversation_id, func.count())
        .where(Case.state.in_(OVER))
        .group_by(Case.conversation_id)
        .having(func.count() > 1)
    )
    for conversation, count in several:
        yield f"conversation {conversation} has {count} open cases"


def _deliveries(session: Session) -> Iterator[str]:
    """Nothing is under way when all is at rest, and what did not arrive says why."""
    for row in session.scalars(select(Delivery)):
        name = f"delivery {row.id} ({row.message.author}, {row.state})"
        if row.state in {"pending", "sending", "in_passive_reply"}:
            yield f"{name} has no end"
        if row.state in {"failed", "uncertain"} and not row.error:
            yield f"{name} gives no reason"
    lonely = session.scalars(
        select(Message.id).where(
            Message.author.in_(["bot", "consultant"]), ~Message.deliveries.any()
        )
    )
    for message in lonely:
        yield f"message {message} is on its way nowhere"


def _silence(session: Session) -> Iterator[str]:
    """The bot says nothing between a consultant's coming and going."""
    held: dict[int, bool] = {}
    for row in session.scalars(select(Message).order_by(Message.conversation_id, Message.id)):
        if row.author == "system" and row.text.endswith(HELD_FROM):
            held[row.conversation_id] = True
        elif row.author == "system" and row.text.endswith(HELD_UNTIL):
            held[row.conversation_id] = False
        elif row.author == "bot" and held.get(row.conversation_id):
            yield f"the bot's message {row.id} was said while a consultant had the conversation"


def _consultants(platform: Platform, said: Sequence[Said], session: Session) -> Iterator[str]:
    """Every acknowledged message is stored once; every part of it was seen as its row says."""
    rows = {
        row.key: row for row in session.scalars(select(Message).where(Message.key.is_not(None)))
    }
    shown = Shown(platform, session)
    for each in said:
        row = rows.get(each.key)
        if each.status == 201 and row is None:
            yield f"{each.key} was taken with 201 and is not stored"
        if 400 <= each.status < 500 and row is not None:
            yield f"{each.key} was refused with {each.status} and is stored all the same"
        if len(each.ids) > 1:
            yield f"{each.key} was stored under {len(each.ids)} ids"
        yield from shown.check(each, row)


class Shown:
    """What the phones showed, mark by mark."""

    def __init__(self, platform: Platform, session: Session) -> None:
        self._texts = {
            row.id: [
                line.text
                for line in platform.transcript(row.openid)
                if line.sender in {"api", "reply"}
            ]
            for row in session.scalars(select(Conversation))
        }

    def check(self, said: Said, row: Message | None) -> Iterator[str]:
        texts = self._texts.get(said.conversation, [])
        places = [[n for n, text in enumerate(texts) if mark in text] for mark in said.marks]
        if any(len(place) > 1 for place in places):
            yield f"{said.key} arrived more than once"
        if row is None:
            if any(places):
                yield f"{said.key} arrived and is not stored"
            return
        found = [place[0] for place in places if place]
        if found != sorted(found):
            yield f"the parts of {said.key} arrived in another order"
        for mark, place in zip(said.marks, places, strict=True):
            state = next((each.state for each in row.deliveries if mark in each.text), "nowhere")
            if state == "sent" and not place:
                via = next(each.via for each in row.deliveries if mark in each.text)
                yield f"{mark} is called sent ({via}) and never arrived"
            if state not in {"sent", "uncertain"} and place:
                yield f"{mark} is called {state} and arrived"

    def order(self, conversation: int, marks: Sequence[str]) -> list[int]:
        texts = self._texts.get(conversation, [])
        joined = "\n".join(texts)
        return [joined.find(mark) for mark in marks if mark in joined]


def _unread(platform: Platform, session: Session) -> Iterator[str]:
    """A reply that is called given was read on some connection."""
    stored = {row.key: row.reply for row in session.scalars(select(ReceivedPush))}
    for tried in platform.tried.values():
        key = read_push(read_fields(tried.pushed.xml.encode()), "plain").key
        if stored.get(key, SUCCESS) not in {"", SUCCESS} and not any(tried.answers):
            yield f"push {tried.pushed.n} is called answered and its reply met nobody"


def _seen(platform: Platform, session: Session) -> Iterator[str]:
    """Whatever the bot says was sent was seen, by whichever way, and no oftener than was said."""
    for conversation in session.scalars(select(Conversation)):
        lines = platform.transcript(conversation.openid)
        shown = "\n".join(line.text for line in lines if line.sender in {"api", "reply"})
        said = session.execute(
            select(Delivery.text, Delivery.state).where(Delivery.conversation_id == conversation.id)
        ).all()
        for text in {row[0] for row in said if len(row[0]) >= TELLING}:
            sent = sum(row[0].count(text) for row in said if row[1] == "sent")
            perhaps = sum(row[0].count(text) for row in said if row[1] == "uncertain")
            if not sent <= shown.count(text) <= sent + perhaps:
                yield (
                    f"conversation {conversation.id}: {shown.count(text)} times on the phone,"
                    f" {sent} times sent and {perhaps} times perhaps: {text[:20]}"
                )


def _sends(platform: Platform, session: Session) -> Iterator[str]:
    """Call by call: what the API delivered is explained, in order, by rows that say so."""
    delivered: dict[str, list[str]] = {}
    for call in platform.log:
        if isinstance(call, Called) and call.delivered:
            delivered.setdefault(call.openid, []).append(call.text)
    for conversation in session.scalars(select(Conversation)):
        rows = session.execute(
            select(Delivery.text, Delivery.state)
            .where(
                Delivery.conversation_id == conversation.id,
                Delivery.via == "api",
                Delivery.state.in_(["sent", "uncertain"]),
            )
            .order_by(Delivery.message_id, Delivery.part)
        ).all()
        problem = explained(
            [(row[0], row[1] == "sent") for row in rows], delivered.get(conversation.openid, [])
        )
        if problem:
            yield f"conversation {conversation.id}: {problem}"
        marks = [
            (row.conversation_id, row.text)
            for row in session.scalars(
                select(Message)
                .where(Message.conversation_id == conversation.id, Message.author == "consultant")
                .order_by(Message.id)
            )
        ]
        yield from _in_order(Shown(platform, session), conversation.id, [text for _, text in marks])


def _in_order(shown: Shown, conversation: int, texts: Sequence[str]) -> Iterator[str]:
    """A consultant's later words never arrive before the earlier ones."""
    firsts = [text[text.index("【") : text.index("】") + 1] for text in texts if "【" in text]
    places = shown.order(conversation, firsts)
    if places != sorted(places):
        yield f"conversation {conversation}: a consultant's words arrived out of order"


def _figures(platform: Platform, said: Sequence[Said], session: Session) -> dict[str, int]:
    states = session.execute(
        select(Message.author, Delivery.via, Delivery.state, func.count())
        .join(Delivery, Delivery.message_id == Message.id)
        .group_by(Message.author, Delivery.via, Delivery.state)
    )
    return {
        "pushes": len(platform.tried),
        "attempts": sum(len(each.pushed.attempts) for each in platform.tried.values()),
        "pushes never answered": sum(not each.answers for each in platform.tried.values()),
        "consultants' messages": len(said),
        "calls to WeChat": sum(isinstance(each, Called) for each in platform.log),
        **{f"{row[0]} {row[1]} {row[2]}": row[3] for row in sorted(states.all())},
    }
