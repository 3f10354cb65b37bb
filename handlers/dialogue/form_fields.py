"""Reading the inquiry's fields out of a message: what it names by itself, and what it corrects."""

import re
from dataclasses import replace

from handlers.dialogue import commands, phone_numbers
from handlers.dialogue.inquiry_fields import BY_NAME, FIELDS, IS, MAX_FIELD, NAMES, SHOP
from handlers.dialogue.memory import Form
from handlers.dialogue.turn import Turn

MAX_SHOP_PART = 20

_NO_SHOP = re.compile(r"没有?店名|店名还?没|(?:没|未)[有取起]?好?(?:店铺)?名|还没开店")
_WECHAT = re.compile(
    r"(?:微信号?|威信号?|[vV][xX]?|薇信?|wechat)(?:号|是|[:\uff1a])*\s*([A-Za-z][\w-]{5,19})"
)
_WRONG_START = re.compile(r"^(?:不对|错了|写错了|打错了|改一下|更正)[\s,\uff0c。:\uff1a]*")
_SHOULD_BE = re.compile(rf"^{IS}\s*")
_LABEL = r"(?:店铺名称|店铺名|店铺|店名|问题|情况|联系电话|电话|手机号?|联系方式|微信号?|联系)"
_LABEL_START = re.compile(rf"^{_LABEL}[:\uff1a是]+")
_LABEL_ALONE = re.compile(rf"^.{{0,2}}{_LABEL}[:\uff1a是]*$")
_PARTS = re.compile(r"[\s,\uff0c。;\uff1b、]+")


def read(talk: Turn, form: Form) -> Form:
    """The form with every field that the message names by itself; the same form when none."""
    named, rest = named_fields(talk, talk.text)
    if named and form.asking:
        named = _rest(rest, replace(form, **named)) | named
    return replace(form, **named) if named else _corrected(talk.text, form)


def named_fields(talk: Turn, text: str) -> tuple[dict[str, str], str]:
    """The fields that carry their own mark, and the text without them."""
    named: dict[str, str] = {}
    found = phone_numbers.find(text)
    if found.number:
        named["contact"] = found.number
        text = f"{text[: found.span[0]]} {text[found.span[1] :]}"
    elif match := _WECHAT.search(text):
        named["contact"] = talk.say("contact_wechat", wechat=match.group(1))
        text = text.replace(match.group(), " ")
    if (nameless := _NO_SHOP.search(text)) and not BY_NAME[SHOP].find(text):
        named[SHOP] = talk.say("shop_nameless")
        return named, text.replace(nameless.group(), " ")
    for field in FIELDS:
        match = field.find(text)
        if match and (field.asks or not commands.is_question(match.group())):
            value = next(filter(None, match.groups()))
            named[field.name] = value.strip()[: field.longest]
            text = text.replace(match.group(), " ")
    return named, text


def _rest(text: str, form: Form) -> dict[str, str]:
    """What is left of a message beside what it named: the fields still missing, in order."""
    parts = (_LABEL_START.sub("", part) for part in _PARTS.split(text))
    rest = [part for part in parts if len(part) > 1 and not _LABEL_ALONE.match(part)]
    named: dict[str, str] = {}
    if not form.shop and rest and _may_be_shop(rest[0]):
        named["shop"] = rest.pop(0)
    if not form.problem and rest:
        named["problem"] = "\uff0c".join(rest)[:MAX_FIELD]
    return named


def _may_be_shop(text: str) -> bool:
    return len(text) <= MAX_SHOP_PART and not commands.is_question(text)


def _corrected(text: str, form: Form) -> Form:
    """店名错了 asks for the shop again; 不对,是阿明海鲜 mends the field given last."""
    for field in FIELDS:
        if field.wrong.search(text) and getattr(form, field.name):
            return replace(form, **{field.name: "", "asking": field.name})
    match = _WRONG_START.match(text)
    last = given_last(form)
    if match is None or not last:
        return form
    value = _SHOULD_BE.sub("", text[match.end() :]).strip()[:MAX_FIELD]
    return replace(form, **{last: value}) if value else replace(form, **{last: "", "asking": last})


def given_last(form: Form) -> str:
    """The field before the one that is being asked for."""
    before = NAMES[: NAMES.index(form.asking)] if form.asking in NAMES else ()
    return next((name for name in reversed(before) if getattr(form, name)), "")


_SHOP_WORDS = re.compile(
    r"(?:店|铺|商行|商号|坊|馆|阁|屋|轩|斋|园|百货|超市|便利|服饰|童装|女装|男装|数码|五金|水果|干货|海鲜|食品|家居|母婴"
    r"|美妆|旗舰|专营|专卖|工作室|贸易|商贸|公司|糖|茶|酒|鞋|包)(?:店|铺|行)?$"
)
_HERE = re.compile(
    r"就?在?(?:这里|这儿|这边|这)(?:联系|回我|说|聊|就行|就好|吧)*$|(?:就|用|在|加)?(?:这个|本)?微信(?:上|里|号)?(?:联系|回我|说|聊|就行|就可以|就好|吧)*$"
    r"|(?:不方便|不想|不用|不)?(?:留|给)(?:电话|号码|手机|联系方式)?了?$|^不方便|^没有?电话"
)


def sounds_like_a_shop(text: str) -> bool:
    """Whether words alone look like a shop's name: 老王五金, 吃什么呢小铺."""
    plain = commands.content(text)
    return len(plain) <= MAX_SHOP_PART and bool(_SHOP_WORDS.search(plain))


def means_here(text: str) -> bool:
    """就在这里: the bot's own words for going without a number."""
    plain = commands.content(text)
    return len(plain) <= MAX_SHOP_PART and bool(_HERE.search(plain))
