"""Reading the inquiry's fields out of a message: what it names by itself, and what it corrects."""

import re
from dataclasses import replace

from faq.bank import CONTACT, PROBLEM
from handlers.dialogue import asking, commands, phone_numbers
from handlers.dialogue.inquiry_fields import IS, MAX_FIELD, MAX_NAME, Field, Inquiry
from handlers.dialogue.memory import Form, Memory
from handlers.dialogue.turn import Turn

MAX_NAME_PART = 20

_WECHAT = re.compile(
    r"(?:微信号?|威信号?|[vV][xX]?信?|[wW][xX]|薇信?|wechat|weixin)(?:号|是|[:\uff1a])*\s*([A-Za-z][\w-]{5,19})",
    re.IGNORECASE,
)
_ID = re.compile(r"(?=.*[\d_-])[A-Za-z][A-Za-z\d_-]{5,19}")
"""dawan_88, where a way to reach somebody was asked for."""
_WRONG_START = re.compile(
    r"^(?:哎|唉|哦|啊|呀|不好意思|抱歉|等等|等下|我|刚才|刚刚|前面|上面|[\s,\uff0c])*"
    r"(?:(?:不对|(?:写|打|输|讲|说|填|发)?错别?字?(?:了|啦|(?=[\s,\uff0c]*是))|改一下|更正|纠正一?下?)[\s,\uff0c。:\uff1a]*)+"
)
_LAST_SAID = re.compile(
    rf"(?:(?:^|[\s,\uff0c。的了]){IS}|叫做?)[\s,\uff0c]*[「“\"]?([^\s,\uff0c。」”\"]{{2,}})[」”\"]?$"
)
"""前面多打个岛 是海甸潮玩: what it should be stands last."""
_EXPLAINED = re.compile(r"[\s,\uff0c]+[^\s,\uff0c。]{1,6}的([^\s,\uff0c。])(?:字)?$")
_SHOULD_BE = re.compile(rf"^{IS}\s*")
_ASKS = re.compile(r"[?？]|[吗么]$|什么|啥|怎么|咋|干[嘛吗]|为何")
_PARTS = re.compile(r"[\s,\uff0c。;\uff1b、]+")


def read(turn: Turn, form: Form) -> Form:
    """The form with every field that the message names by itself; the same form when none."""
    named, rest = named_fields(turn, turn.text)
    if named and form.asking:
        named = _rest(turn, rest, form.having(named)) | named
    return form.having(named) if named else _corrected(turn, form)


def learn_name(memory: Memory, text: str, inquiry: Inquiry) -> Memory:
    """我的店叫海风小铺 is kept wherever it is said, asked for or not."""
    match = inquiry.caller.unasked.search(text) if inquiry.caller else None
    if match is None or _ASKS.search(match.group()):
        return memory
    value = next(filter(None, match.groups()))
    return replace(memory, called=value.strip()[:MAX_NAME])


def _named_contact(turn: Turn, text: str) -> tuple[dict[str, str], str]:
    """A telephone number or a WeChat name, and the text without it."""
    found, form = phone_numbers.find(text), turn.memory.form
    if not found.number and form and form.asking == CONTACT:
        found = phone_numbers.local(text)
    if found.number:
        return {CONTACT: found.number}, f"{text[: found.span[0]]} {text[found.span[1] :]}"
    if means_here(text) and "联系" in text:
        return {CONTACT: turn.say("contact_here")}, ""
    if match := _WECHAT.search(text):
        contact = turn.say("contact_wechat", wechat=match.group(1))
        return {CONTACT: contact}, text.replace(match.group(), " ")
    if form and form.asking == CONTACT and _ID.fullmatch(text.strip()):
        return {CONTACT: turn.say("contact_wechat", wechat=text.strip())}, ""
    return {}, text


def named_fields(turn: Turn, text: str) -> tuple[dict[str, str], str]:
    """The fields that carry their own mark, and the text without them."""
    named, text = _named_contact(turn, text)
    for field in turn.inquiry.fields:
        if (none := field.none.search(text)) and not field.find(text):
            named[field.name] = field.nothing
            return named, text.replace(none.group(), " ")
    for field in turn.inquiry.fields:
        match = field.find(text)
        if match and (field.asks or _tells_value(field, match)):
            value = next(filter(None, match.groups()))
            named[field.name] = value.strip()[: field.longest]
            text = text.replace(match.group(), " ")
    return named, text


def _tells_value(field: Field, match: re.Match[str]) -> bool:
    """店叫几天鲜 names the shop; 店名写什么 asks, and 店铺关不掉 is a trouble."""
    said = match.group()
    troubled = field.kind == "name" and not re.search(IS, said) and asking.is_trouble(said)
    return not troubled and not _ASKS.search(said)


def _rest(turn: Turn, text: str, form: Form) -> dict[str, str]:
    """What is left of a message beside what it named: how one is called, and the problem."""
    inquiry = turn.inquiry
    parts = (inquiry.label_start.sub("", part) for part in _PARTS.split(text))
    steering = {one.text for one in turn.heard.clauses if one.move in _NO_PROBLEM}
    rest = [
        part
        for part in parts
        if len(part) > 1 and part not in steering and not inquiry.label_alone.match(part)
    ]
    named: dict[str, str] = {}
    caller = inquiry.caller
    if caller and not form.told(caller.name) and rest and _may_be_name(rest[0]):
        named[caller.name] = rest.pop(0)
    if not form.told(PROBLEM) and rest:
        named[PROBLEM] = "\uff0c".join(rest)[:MAX_FIELD]
    return named


_NO_PROBLEM = frozenset(("done", "ack", "yes", "greeting", "thanks", "wait", "opener", "hurry"))
"""好了 beside 叫阿力渔具 tells of no problem."""


def _may_be_name(text: str) -> bool:
    return len(text) <= MAX_NAME_PART and not commands.is_question(text)


def _corrected(turn: Turn, form: Form) -> Form:
    """店名错了 asks for it again; 不对,是阿明海鲜 mends the field given last."""
    for field in turn.inquiry.fields:
        if (wrong := field.wrong.search(turn.text)) and form.told(field.name):
            value = _spelt_out(told_last(turn.text[wrong.end() :]))
            mended = form.having({field.name: value[: field.longest]})
            return mended if value else replace(mended, asking=field.name)
    match = _WRONG_START.match(turn.text)
    last = given_last(turn, form)
    if match is None or not last:
        return form
    rest = turn.text[match.end() :].strip()
    value = _spelt_out(told_last(rest) or _SHOULD_BE.sub("", rest).strip())[:MAX_FIELD]
    mended = form.having({last: value})
    return mended if value else replace(mended, asking=last)


def told_last(text: str) -> str:
    """What a message says at its end that something is called; "" when it says nothing so."""
    found = _LAST_SAID.search(_EXPLAINED.sub("", text).strip())
    return found.group(1) if found else ""


def _spelt_out(value: str) -> str:
    """阿真饰品 真假的真 is 阿真饰品: the rest says how a character is written."""
    return _EXPLAINED.sub("", value).strip()


def given_last(turn: Turn, form: Form) -> str:
    """The field before the one that is being asked for."""
    names = turn.inquiry.names
    before = names[: names.index(form.asking)] if form.asking in names else ()
    return next((name for name in reversed(before) if form.told(name)), "")


def is_amount(text: str) -> bool:
    """Whether words are little more than a number: 四百五十度, 7 岁."""
    plain = commands.content(text)
    return len(plain) <= _AMOUNT_MAX and bool(_AMOUNT.match(plain))


_AMOUNT_MAX = 10
_AMOUNT = re.compile(r"[大约差不多左右眼]{0,4}[\d一二三四五六七八九十百千两半零]{2}|\d")


def looks_like(field: Field, text: str) -> bool:
    """Whether words alone look like this field's value, as 老王五金 like a shop's name."""
    plain = commands.content(text)
    return len(plain) <= MAX_NAME_PART and bool(field.looks.search(plain))


_HERE = re.compile(
    r"就?在?(?:这里|这儿|这边|这)(?:个|跟我|和我)?(?:联系|回我|说|聊|就行|就好|行|可以|成|吗|么|不|吧)*$|(?:就|用|在|加)*(?:这个|这|本)?微信(?:上|里|号|这边|这里)?(?:跟我|和我)?(?:联系我?|找我|回我|说|讲|谈|聊|就行|行|就可以|就好|吧|嘛|噻|咯|呗)*$"
    r"|(?:不方便|不想|不用|不)?(?:留|给)(?:电话|号码|手机|联系方式)?了?$|^不方便|^没有?电话"
)


def means_here(text: str) -> bool:
    """就在这里: the bot's own words for going without a number."""
    plain = commands.content(text)
    return len(plain) <= MAX_NAME_PART and bool(_HERE.search(plain))
