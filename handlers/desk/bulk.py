"""Several conversations at once: picked, confirmed with what it will do, done, and undone where
that is honest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from flask import abort, render_template, request

from handlers.actions import casework, profile
from handlers.actions.perform import Action, perform_each
from handlers.actions.profile import TAG_MAX
from handlers.cases import CaseError, is_lead
from handlers.china_time import today
from handlers.context import current_context
from handlers.desk.labels import outcome, words
from handlers.desk.pages import desk, me
from handlers.desk.queue import TITLES, filters_asked_for
from storage.queries import desk_settings, inbox, tags
from storage.queries.inbox import Row, Which

MOST = 200
LISTS: dict[str, Which] = {"mine": "mine", "waiting": "waiting", "team": "team"}
DOING = ("move", "tag", "resolve")
CANNOT_UNSAY = "商家已经收到的那句话收不回来。"


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """What shall be done to which conversations."""

    do: str
    ids: tuple[int, ...]
    to: str = ""
    word: str = ""
    tag: str = ""
    outcome: str = ""
    tell: bool = False

    @property
    def in_words(self) -> str:
        if self.do == "move":
            return f"转给 {self.to}" if self.to else "放回待接入"
        return f"加标签「{self.tag}」" if self.do == "tag" else f"结束，{outcome(self.outcome)}"

    @property
    def tells_merchants(self) -> bool:
        return self.tell and (self.do == "resolve" or (self.do == "move" and not self.to))


@dataclass(frozen=True, slots=True)
class Undo:
    """How to take it back. `warning` is what cannot be."""

    do: str
    ids: list[int]
    tag: str = ""
    warning: str = ""
    of: str = ""
    former: Mapping[int, str] = field(default_factory=dict)
    """Who had each of them before, "" for nobody; `of` has them now."""


@desk.get("/bulk")
def bulk() -> str:
    which = LISTS.get(request.args.get("list", "mine"), "mine")
    with current_context().database.read() as session:
        rows = inbox.rows(session, which, me=me().id, filters=filters_asked_for(), limit=MOST)
        people = [each for each in inbox.colleagues(session) if each.id != me().id]
        away = desk_settings.away(session, today(current_context().now()))
        all_tags = tags.offered(session)
    return render_template(
        "desk/bulk.html",
        me=me(),
        which=which,
        title=TITLES[which],
        rows=rows,
        most=MOST,
        colleagues=people,
        away=away,
        tags=all_tags,
        tag_max=TAG_MAX,
    )


@desk.post("/bulk/confirm")
def confirm_bulk() -> str:
    """How many, and who is told, before anything happens."""
    wish = _wish()
    with current_context().database.read() as session:
        rows = inbox.by_ids(session, wish.ids)
    return render_template(
        "desk/bulk_confirm.html", me=me(), wish=wish, rows=rows, told=_told(wish, rows)
    )


@desk.post("/bulk/do")
def do_bulk() -> str:
    wish = _wish()
    former = _owners(wish.ids)
    done = perform_each(current_context(), me().id, wish.ids, _action(wish))
    left = len(wish.ids) - len(done)
    said = f"{len(done)} 个对话：{wish.in_words}。"
    if left:
        why = "已经有这个标签" if wish.do == "tag" else "刚刚变了，或者不归你"
        said += f"{left} 个没有动，它们{why}。"
    return _result(said, _undo(wish, done, former) if done else None)


def _owners(ids: Sequence[int]) -> dict[int, str]:
    """Who has each of these now, "" for nobody."""
    with current_context().database.read() as session:
        rows = inbox.by_ids(session, ids)
        owners = {row.conversation.id: row.case and row.case.consultant for row in rows}
        return {number: owner.name if owner else "" for number, owner in owners.items()}


@desk.post("/bulk/undo")
def undo_bulk() -> str:
    ids, action = _ids(), _undoing(request.form.get("do", ""), request.form.get("tag", ""))
    back = perform_each(current_context(), me().id, ids, action or abort(400))
    left = len(ids) - len(back)
    more = f"{left} 个已经变了，没有动。" if left else ""
    return _result(f"撤回了 {len(back)} 个。{more}", None)


def _undoing(do: str, tag: str) -> Action[object] | None:
    """The action by this name in `Undo`."""
    ways: dict[str, Action[object]] = {
        "claim": casework.claim,
        "untag": partial(profile.untag_named, name=tag),
        "reopen": casework.reopen,
        "give_back": partial(
            casework.give_back, former=_former(_ids()), of=request.form.get("of", "")
        ),
    }
    return ways.get(do)


def _former(ids: Sequence[int]) -> dict[int, str]:
    """Who had each of them before it was moved, as the page that offers to undo says."""
    return dict(zip(ids, request.form.getlist("former"), strict=False))


def _result(words: str, undo: Undo | None) -> str:
    return render_template("desk/bulk_done.html", me=me(), words=words, undo=undo)


def _wish() -> BulkRequest:
    form = request.form
    wish = BulkRequest(
        do=form.get("do", ""),
        ids=tuple(_ids()),
        to=form.get("to", ""),
        word=form.get("word", "").strip(),
        tag=" ".join(form.get("tag", "").split()),
        outcome=form.get("outcome", ""),
        tell="tell" in form,
    )
    _require_complete(wish)
    return wish


def _require_complete(wish: BulkRequest) -> None:
    if not wish.ids:
        raise CaseError("还没有勾选对话。")
    if wish.do not in DOING or (wish.do == "resolve" and wish.outcome not in words().choosable()):
        raise CaseError("还没有选要做什么。")
    if wish.do == "tag" and not 1 <= len(wish.tag) <= TAG_MAX:
        raise CaseError(f"标签要有 1 到 {TAG_MAX} 个字。")


def _ids() -> list[int]:
    return [int(each) for each in request.form.getlist("id") if each.isdecimal()][:MOST]


def _told(wish: BulkRequest, rows: Sequence[Row]) -> list[str]:
    """Who hears of it, in sentences."""
    lines = ["商家不会收到消息。"]
    if wish.tells_merchants:
        lines = [f"{len(rows)} 位商家会各收到一句话，各用掉 1 条。只剩最后 1 条的，也会用掉。"]
    moved = wish.do == "move" and wish.to
    if moved:
        lines.append(f"{wish.to} 会收到 {len(rows)} 条提醒。")
    if wish.do != "tag":
        lines += _told_of_others(wish, rows)
    if moved and not is_lead(me()):
        lines.append("转出去以后要请对方转回来，你自己撤回不了。")
    return lines


def _told_of_others(wish: BulkRequest, rows: Sequence[Row]) -> list[str]:
    """What becomes of cases that colleagues have."""
    owners = {row.case.consultant.name for row in rows if row.case and row.case.consultant}
    others = sorted(owners - {me().name, wish.to})
    if not others:
        return []
    return [f"{'、'.join(others)} 手上的会被移走。" if is_lead(me()) else "别人手上的不会动。"]


def _action(wish: BulkRequest) -> Action[object]:
    if wish.do == "move":
        return casework.moving(wish.to, wish.word, tell=wish.tell)
    if wish.do == "tag":
        return partial(profile.tag_unless_tagged, name=wish.tag)
    return partial(casework.resolve, outcome=wish.outcome, tell=wish.tell, ask_rating=False)


def _undo(wish: BulkRequest, done: list[int], former: Mapping[int, str]) -> Undo | None:
    """What takes it back; None where nothing honestly does."""
    warning = CANNOT_UNSAY if wish.tells_merchants else ""
    if wish.do == "tag":
        return Undo("untag", done, tag=wish.tag)
    if wish.do == "resolve":
        return Undo("reopen", done, warning=f"撤回后都归你接待。{warning}")
    if is_lead(me()):
        warning = f"撤回是还给原来的人。{warning}"
        return Undo("give_back", done, warning=warning, of=wish.to, former=former)
    return None if wish.to else Undo("claim", done, warning=f"撤回是由你接入。{warning}")
