"""The lists: who waits, who is mine, who is served by the bot, what is over; and search."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template, request

from handlers import cases
from handlers.china_time import midnight, today, whole_day
from handlers.context import current_context
from handlers.desk.labels import words
from handlers.desk.pages import desk, me
from storage.database import Session
from storage.queries import desk_settings, inbox, notices, search, suggestions, tags, team
from storage.queries.inbox import Counts, Filters, Row, Which

LISTS: dict[str, Which] = {
    "waiting": "waiting",
    "mine": "mine",
    "team": "team",
    "bot": "bot",
    "closed": "closed",
}
SHOWN_FIRST = 3
TITLES = {
    "mine": "我的",
    "waiting": "待接入",
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
    anchor: str = ""
    """The element of the message or note that a search found."""
    message_id: int | None = None
    expires_at: datetime | None = None
    """When the claim goes back to the queue unless I act."""


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

    def of_colleagues(self, consultant_id: int) -> int:
        """Open cases of everybody else."""
        return sum(n for owner, n in self.counts.claimed.items() if owner != consultant_id)

    @property
    def unread(self) -> int:
        """My conversations in which the merchant waits for me."""
        return sum(
            line.urgent for part in self.sections if part.which == "mine" for line in part.lines
        )


MENTIONS_KEPT = timedelta(days=3)
"""A weekend and a day: whoever was off finds who asked for them."""


@dataclass(frozen=True, slots=True)
class HomeOverview:
    """The empty pane: today at a glance. Rows and questions are the first few of each."""

    today: team.Today
    owed: list[QueueRow]
    waiting: list[Row]
    members: list[team.Member]
    away: frozenset[int]
    mentions: list[notices.Mention]
    unanswered: list[str]
    to_learn: int


@desk.get("/")
def home() -> str:
    now = current_context().now()
    since = midnight(today(now))
    with current_context().database.read() as session:
        mine = _working(session, now)[0]
        overview = HomeOverview(
            team.today(session, since),
            [line for line in mine.lines if line.urgent][:SHOWN_FIRST],
            inbox.rows(session, "waiting", me=me().id, limit=SHOWN_FIRST),
            team.members(session, since),
            desk_settings.away(session, today(now)),
            notices.mentions_of(session, me(), now - MENTIONS_KEPT, SHOWN_FIRST),
            [each.observations[-1].text for each in suggestions.open_ones(session)[:SHOWN_FIRST]],
            suggestions.count_open(session),
        )
    return page("desk/home.html", overview=overview)


@desk.get("/queue")
def queue() -> str:
    """The left column alone, for the script."""
    return page("desk/_queue.html")


def page(template: str, **more: object) -> str:
    """A template with everything that the left column needs."""
    with current_context().database.read() as session:
        shown = look(session)
        filters = {"people": inbox.colleagues(session), "tags": tags.everything(session)}
    opened = request.args.get("open", None, int)
    firm = current_context().firm
    return render_template(
        template,
        queue=shown,
        filters=filters,
        me=me(),
        opened=opened,
        reply_amber=firm.reply_amber_minutes,
        reply_red=firm.reply_red_minutes,
        **more,
    )


def look(session: Session) -> Queue:
    now, words = current_context().now(), request.args.get("q", "").strip()
    which = LISTS.get(request.args.get("list", ""))
    counts = inbox.counts(session, now)
    if words:
        section, older = _found(session, words, request.args.get("before", None, int))
        return Queue("search", words, [section], counts, older=older)
    if which is None:
        return Queue("", "", _working(session, now), counts)
    return _one_list(session, which, counts, now)


def _one_list(session: Session, which: Which, counts: Counts, now: datetime) -> Queue:
    """A page of one list, filtered as the reader asked."""
    number = request.args.get("page", 0, int)
    rows = inbox.rows(
        session,
        which,
        me=me().id,
        filters=filters_asked_for(),
        offset=number * inbox.PAGE,
        limit=inbox.PAGE + 1,
    )
    lines = [_line(row, which, now) for row in rows[: inbox.PAGE]]
    section = QueueSection(which, TITLES[which], lines)
    return Queue(which, "", [section], counts, number, more=len(rows) > inbox.PAGE)


def _working(session: Session, now: datetime) -> list[QueueSection]:
    waiting = inbox.rows(session, "waiting", me=me().id)
    mine = [_line(row, "mine", now) for row in inbox.rows(session, "mine", me=me().id)]
    # Whoever waits for my answer comes first, the longest wait on top; snoozed cases last.
    mine.sort(key=lambda line: (line.asleep, not line.urgent, _since(line)))
    return [
        QueueSection("mine", TITLES["mine"], mine),
        QueueSection("waiting", TITLES["waiting"], [_line(row, "waiting", now) for row in waiting]),
    ]


def _since(line: QueueRow) -> float:
    at = line.row.owed_since
    return at.timestamp() if at and line.urgent else 0


def _line(row: Row, which: str, now: datetime) -> QueueRow:
    asleep = row.case is not None and cases.is_snoozed(row.case, row.conversation, now)
    mine = which == "mine" and not asleep
    urgent = which == "waiting" or (mine and row.owed_since is not None)
    return QueueRow(row, urgent, asleep, expires_at=_expires(row) if mine else None)


def _expires(row: Row) -> datetime | None:
    if row.case is None:
        return None
    return cases.expires_at(row.case, row.owed_since, current_context().firm.claim_minutes)


def _found(session: Session, words: str, before: int | None) -> tuple[QueueSection, int | None]:
    found = search.find(session, words, before)
    hits = {hit.conversation_id: hit for hit in found.hits}
    lines = [
        QueueRow(
            row,
            snippet=_around(hits[row.conversation.id].text, words),
            anchor=_anchor(hits[row.conversation.id]),
            message_id=hits[row.conversation.id].message_id,
        )
        for row in inbox.by_ids(session, list(hits))
    ]
    where = "更早的消息里" if before else ""
    return QueueSection("search", f"{where}找到 {len(lines)} 个对话", lines), found.before


def _anchor(hit: search.Hit) -> str:
    if hit.note_id is not None:
        return f"n{hit.note_id}"
    return f"m{hit.message_id}" if hit.message_id is not None else ""


def _around(text: str, words: str, width: int = 24) -> str:
    """The place where the first word stands, with a little before and after."""
    flat = " ".join(text.split())
    at = flat.lower().find(words.split(maxsplit=1)[0].lower())
    start = max(0, at - width // 3)
    return ("…" if start else "") + flat[start : start + width * 2]


def filters_asked_for() -> Filters:
    return Filters(
        reasons=words().keys("reason", asked) if (asked := request.args.get("reason", "")) else (),
        consultant_id=request.args.get("who", None, int),
        tag_id=request.args.get("tag", None, int),
        day=whole_day(request.args.get("day", "")),
    )
