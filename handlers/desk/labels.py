"""Chinese labels, names and times of the desk, as template filters and globals."""

import re
from datetime import UTC, datetime

from flask import Flask, g
from markupsafe import Markup

from faq.bank import PROBLEM, USUAL_INQUIRY
from handlers.cases import UNTIL_REPLY
from handlers.china_time import local, span
from handlers.context import current_context
from handlers.desk import sent
from handlers.desk.brief import window_of
from handlers.desk.voice import is_playable
from handlers.dialogue import inquiry_fields
from handlers.firm import case_words
from storage.models.conversations import Case, CaseEvent, Conversation, Message
from storage.models.desk import Presence
from storage.queries.conversations import display_name
from storage.queries.inbox import Row
from storage.queries.presence import is_typing

VERDICTS = {
    "right": "对",
    "wrong": "不对",
    "entry": "应该是别的一条",
    "outside": "不归我们",
    "social": "闲聊",
    "alarm": "该马上交给顾问",
}
STATES = {"bot": "机器人接待中", "waiting": "待接入", "consultant": "顾问接待中"}
DUTIES = {"on": "在岗", "busy": "忙碌", "off": "离岗"}
REVIEWS = {"good": "处理得好", "poor": "可以更好"}
ACTIONS = {
    "opened": "开始等待",
    "claimed": "接入",
    "released": "交还机器人",
    "resolved": "结束",
    "requeued": "放回待接入",
    "transferred": "转给",
    "assigned": "自动分给",
    "taken_over": "接手，原来是",
    "moved": "移走，原来是",
    "renamed": "改称呼",
    "cancelled": "取消",
    "expired": "太久没处理，放回待接入",
    "snoozed": "稍后处理到",
    "reopened": "撤回结束",
    "tagged": "加标签",
    "untagged": "去标签",
    "resent": "再发一次",
    "confirmed": "确认对方收到",
    "alerted": "再次提醒",
    "rating_asked": "请对方打分",
    "rated": "对方打分",
    "noted": "写备注",
    "continued": "让机器人继续",
    "picture": "发图片",
    "woken": "时间到，放回手上",
    "reviewed": "抽查",
}
ACTORS = {"bot": "机器人", "merchant": "商家", "system": "系统"}
KINDS = {
    "image": "图片",
    "voice": "语音",
    "video": "视频",
    "shortvideo": "短视频",
    "file": "文件",
    "location": "位置",
    "link": "链接",
    "miniprogrampage": "小程序",
    "event": "动作",
    "subscribe": "关注了公众号",
    "unsubscribe": "取消了关注",
    "scan": "扫了二维码",
    "click": "点了菜单",
}
FORM = {
    "alarm": "情况",
    "phone": "电话",
    "note": "留言",
    "notes": "补充",
    "pictures": "图片张数",
    "materials": "发来的",
    "urged": "催过几次",
}
EARLIER = {field.name: field.label for field in USUAL_INQUIRY} | {"shop": "称呼"}
"""Of cases from before the firm asked for other things."""


def install(app: Flask) -> None:
    app.jinja_env.filters.update(
        clock=clock, hm=hm, exact=exact, iso=iso, span=span, ago=ago, day=day, reason=reason
    )
    app.jinja_env.globals.update(
        actor_of=actor_of,
        actor_name=actor_name,
        gist=gist,
        snoozed_words=snoozed_words,
        closing=closing,
        marked=marked,
        title_of=title_of,
        typing=typing,
        meter=meter,
        now=lambda: current_context().now(),
        name_of=display_name,
        author_of=author_of,
        is_playable=is_playable,
        sent_parts=sent.parts,
        event_words=event_words,
        DUTIES=DUTIES,
        outcome=outcome,
        choosable_outcomes=lambda: words().choosable(),
        reasons_shown=lambda: words().shown("reason"),
        KINDS=KINDS,
        form_label=form_label,
        called=called,
        firm_name=firm_name,
        STATES=STATES,
    )


def firm_name() -> str:
    """What the desk is called: the firm's name, else the program's."""
    return current_context().firm_name


def called() -> str:
    """What the line is called that says who a merchant is."""
    caller = inquiry_fields.of_firm(current_context().published_bank.bank().firm).caller
    return caller.label if caller else "称呼"


def form_label(key: str) -> str:
    """What a line of a case's form is called."""
    if key in FORM:
        return FORM[key]
    fields = inquiry_fields.of_firm(current_context().published_bank.bank().firm).by_name
    return fields[key].label if key in fields else EARLIER.get(key, key)


def reason(key: str) -> str:
    return words().name("reason", key)


def outcome(key: str) -> str:
    return words().name("outcome", key) if key else ""


def words() -> case_words.CaseWords:
    """What reasons and outcomes are called; read once a request."""
    if "case_words" not in g:
        with current_context().database.read() as session:
            g.case_words = case_words.read(session)
    found: case_words.CaseWords = g.case_words
    return found


def snoozed_words(case: Case) -> str:
    """稍后 with its time, or that the merchant's answer is awaited."""
    if case.snoozed_until is None:
        return ""
    if case.snoozed_at is not None and case.snoozed_until - case.snoozed_at >= UNTIL_REPLY:
        return "等商家回复"
    return f"稍后 {clock(case.snoozed_until)}"


def gist(row: Row) -> str:
    """What the case is about, for one line: the form's problem, else what the bot understood."""
    if row.case is None:
        return ""
    first = re.split("[;；]", row.case.summary)[0]
    return str(row.case.form.get(PROBLEM) or re.split("[:：]", first)[-1].strip())


def author_of(message: Message) -> str:
    if message.author == "consultant":
        return message.consultant.name if message.consultant else "顾问"
    return ACTORS.get(message.author, message.author)


def event_words(event: CaseEvent) -> str:
    return action_words(event.action, event.detail, event.at)


def action_words(action: str, detail: str, at: datetime) -> str:
    """What somebody did to a case, with the words that stood then."""
    what = ACTIONS.get(action, action)
    if action == "transferred":
        to, _, word = detail.partition(" ")
        detail = f"{to}：{word}" if word else to
    elif action == "reviewed":
        detail = REVIEWS.get(detail, detail)
    elif action == "snoozed":
        detail = _until_words(detail, at)
    else:
        kind: case_words.Kind = "reason" if action == "opened" else "outcome"
        detail = words().name_at(kind, detail, at)
    return f"{what} {detail}".strip() if detail != what else what


def _until_words(until: str, at: datetime) -> str:
    try:
        when = datetime.fromisoformat(until)
    except ValueError:
        return until
    return "商家回复" if when - at >= UNTIL_REPLY else clock(when)


def actor_of(event: CaseEvent) -> str:
    return actor_name(event.actor)


def actor_name(actor: str) -> str:
    return ACTORS.get(actor, actor)


def title_of(entry_id: str) -> str:
    entry = current_context().published_bank.bank().by_id.get(entry_id)
    return (entry.short or entry.question) if entry else entry_id


def typing(row: Presence) -> bool:
    return is_typing(row, current_context().now())


def closing(conversation: Conversation) -> str:
    """How long WeChat still lets us write, when that is not long; "" otherwise."""
    window = window_of(conversation, current_context().now())
    return f"窗口剩 {span(window.seconds)}" if window.seconds and window.closing else ""


def meter(conversation: Conversation) -> str:
    """What can still be sent, for the place where one writes."""
    if current_context().firm.account == "passive":
        return "这个公众号不能主动发：写好的话会在对方下次来消息时送出"
    window = window_of(conversation, current_context().now())
    if window.seconds is None:
        return "已过 48 小时：写好的话先暂存，对方来消息时送出"
    if window.left == 0:
        return "条数用完了：写好的话先暂存，对方来消息时送出"
    last = "最后 1 条，写完整再发" if window.left == 1 else f"还可发 {window.left} 条"
    return f"{last} · 剩 {span(window.seconds)}"


def marked(text: str, words: str) -> Markup:
    """`text` with what was searched for marked."""
    parts_of = [re.escape(word) for word in words.split()]
    pattern = re.compile("|".join(parts_of) or "(?!)", re.IGNORECASE)
    result, end = Markup(), 0
    for found in pattern.finditer(text):
        result += text[end : found.start()]
        result += Markup("<mark>{}</mark>").format(found.group())
        end = found.end()
    return result + text[end:]


def clock(at: datetime) -> str:
    """10:02 today, 11-20 10:02 this year, else with the year."""
    there, now = local(at), local(current_context().now())
    if there.date() == now.date():
        return there.strftime("%H:%M")
    return there.strftime("%m-%d %H:%M" if there.year == now.year else "%Y-%m-%d %H:%M")


def hm(at: datetime) -> str:
    """Where the day is said already."""
    return local(at).strftime("%H:%M")


def day(at: datetime) -> str:
    """The day as a heading: 今天, 昨天, 11 月 20 日."""
    there, today = local(at).date(), local(current_context().now()).date()
    near = {0: "今天", 1: "昨天", 2: "前天"}.get((today - there).days)
    words = f"{there.month} 月 {there.day} 日"
    return near or (words if there.year == today.year else f"{there.year} 年 {words}")


def exact(at: datetime) -> str:
    return local(at).strftime("%Y-%m-%d %H:%M:%S")


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def ago(at: datetime) -> str:
    return span((current_context().now() - at).total_seconds())
