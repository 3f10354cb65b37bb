"""The lists: who waits, who is mine, who is served by the bot, what is over; and search."""

from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request

from handlers import cases
from handlers.context import context
from handlers.desk.labels import a_day
from handlers.desk.pages import desk, me
from storage.database import Session
from storage.queries import inbox, search, tags
from storage.queries.inbox import Counts, Filters, Row, Which

LISTS: dict[str, Which] = {
    "waiting": "waiting",
    "mine": "mine",
    "team": "team",
    "bot": "bot",
    "closed": "closed",
}
TITLES = {
    "waiting": "待接入",
    "mine": "我的",
    "team": "同事的",
    "bot": "机器人接待中",
    "closed": "已结束",
}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A row of a list with what must catch the eye."""

    row: Row
    urgent: bool = False
    """The merchant spoke last, or nobody has taken the case yet."""
    asleep: bool = False
    snippet: str = ""
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class QueueSection:
    which: str
    title: str
    lines: list[QueueRow]


@dataclass(frozen=True, slots=True)
class Queue:
    """What the left column shows: `which` is "" for the working view, else one list."""

    which: str
    words: str
    sections: list[QueueSection]
    counts: Counts
    page: int = 0
    more: bool = False
    older: int | None = None
    """Where a search goes on, if there are older messages."""

    @property
    def unread(self) -> int:
        """My conversations in which the merchant waits for me."""
        return sum(
            line.urgent for part in self.sections if part.which == "mine" for line in part.lines
        )


@desk.get("/")
def home() -> str:
    return page("desk/home.html")


@desk.get("/queue")
def queue() -> str:
    """The left column alone, for the script."""
    return page("desk/_queue.html")


def page(template: str, **more: object) -> str:
    """A template with everything that the left column needs."""
    with context().database.read() as session:
        shown = look(session)
        filters = {"people": inbox.colleagues(session), "tags": tags.everything(session)}
    opened = request.args.get("open", None, int)
    return render_template(template, queue=shown, filters=filters, me=me(), opened=opened, **more)


def look(session: Session) -> Queue:
    now, words = context().now(), request.args.get("q", "").strip()
    which = LISTS.get(request.args.get("list", ""))
    counts = inbox.counts(session, now)
    if words:
        section, older = _found(session, words, request.args.get("before", None, int))
        return Queue("search", words, [section], counts, older=older)
    if which is None:
        return Queue("", "", _working(session, now), counts)
    number = request.args.get("page", 0, int)
    rows = inbox.rows(
        session,
        which,
        me=me().id,
        filters=_filters(),
        offset=number * inbox.PAGE,
        limit=inbox.PAGE + 1,
    )
    lines = [_line(row, which, now) for row in rows[: inbox.PAGE]]
    section = QueueSection(which, TITLES[which], lines)
    return Queue(which, "", [section], counts, number, more=len(rows) > inbox.PAGE)


def _working(session: Session, now: datetime) -> list[QueueSection]:
    waiting = inbox.rows(session, "waiting", me=me().id)
    mine = [_line(row, "mine", now) for row in inbox.rows(session, "mine", me=me().id)]
    # Whoever waits for my answer comes first, the longest wait on top; the sleeping ones last.
    mine.sort(key=lambda line: (line.asleep, not line.urgent, _since(line) if line.urgent else 0))
    return [
        QueueSection("waiting", TITLES["waiting"], [_line(row, "waiting", now) for row in waiting]),
        QueueSection("mine", TITLES["mine"], mine),
    ]


def _since(line: QueueRow) -> float:
    at = line.row.conversation.last_merchant_at
    return at.timestamp() if at else 0


def _line(row: Row, which: str, now: datetime) -> QueueRow:
    asleep = row.case is not None and cases.is_snoozed(row.case, row.conversation, now)
    waits = row.last is not None and row.last.author == "merchant"
    urgent = which == "waiting" or (which == "mine" and waits and not asleep)
    return QueueRow(row, urgent, asleep)


def _found(session: Session, words: str, before: int | None) -> tuple[QueueSection, int | None]:
    found = search.find(session, words, before)
    hits = {hit.conversation_id: hit for hit in found.hits}
    lines = [
        QueueRow(
            row,
            snippet=_around(hits[row.conversation.id].text, words),
            message_id=hits[row.conversation.id].message_id,
        )
        for row in inbox.by_ids(session, list(hits))
    ]
    where = "更早的消息里" if before else ""
    return QueueSection("search", f"{where}找到 {len(lines)} 个对话", lines), found.before


def _around(text: str, words: str, width: int = 24) -> str:
    """The place where the first word stands, with a little before and after."""
    flat = " ".join(text.split())
    at = flat.lower().find(words.split(maxsplit=1)[0].lower())
    start = max(0, at - width // 3)
    return ("…" if start else "") + flat[start : start + width * 2]


def _filters() -> Filters:
    return Filters(
        reason=request.args.get("reason", ""),
        consultant_id=request.args.get("who", None, int),
        tag_id=request.args.get("tag", None, int),
        day=a_day(request.args.get("day", "")),
    )
