"""How merchants ask, whatever it is about: courtesies around a question, and what it is after.

The sayings are data (`asking.toml`), read against the message in plain simplified characters.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from itertools import dropwhile
from typing import Any

from handlers.dialogue import commands

_MARKS = re.compile(r"^[\s,，。;；!！?？、~…]+")
_SENTENCE = re.compile(r"(?<=[?？。;；!！\n])|[\s,，]+")
_DIALECT = re.compile(
    r"(?<=[\u4e00-\u9fff]{3})(?<![还也都就又并从要好先再才算绝决可行])不[啊呀哦呢]?[?？]?$"
)
"""能退不 for 能退吗."""
_LEAST = 2
"""Characters that are left of a question at least; with fewer, the courtesy is the message."""

_MOST_PARTS = 8
ASPECT_ORDER = ("cost", "how_long", "error", "why", "whose", "fill", "phone", "where", "what")
"""What a message is after when it names several: 手机上提示什么 is about the message shown."""


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads((files(__package__) / "asking.toml").read_text(encoding="utf-8"))


@cache
def pattern(section: str, name: str) -> re.Pattern[str]:
    """One of the sayings as a pattern."""
    return re.compile(_table()[section][name])


@cache
def holidays() -> Mapping[str, str]:
    """The holidays by the names people use, and the calendar's."""
    return _table()["holidays"]  # type: ignore[no-any-return]


@cache
def _around(name: str) -> re.Pattern[str]:
    either = "|".join(_table()[name])
    return re.compile(rf"^(?:{either})" if name == "wrappers" else rf"(?:{either})$")


def unwrapped(text: str) -> str:
    """The question without the courtesies around it; the text itself where nothing else is."""
    core = pattern("others", "story").sub("", text)
    for _ in range(_MOST_PARTS):
        shorter = _MARKS.sub("", _around("wrappers").sub("", _MARKS.sub("", core)))
        if shorter == core or len(commands.content(shorter)) < _LEAST:
            break
        core = shorter
    core = _DIALECT.sub("吗", core)
    for _ in range(_MOST_PARTS):
        shorter = _around("endings").sub("", core.rstrip(" ,，。!！~…")).rstrip(" ,，。")
        if shorter == core or len(commands.content(shorter)) < _LEAST:
            break
        core = shorter
    core = _emphasis().sub("", core)
    return core if len(commands.content(core)) >= _LEAST else text


@cache
def _emphasis() -> re.Pattern[str]:
    return re.compile(_table()["emphasis"])


def tells_first(text: str) -> bool:
    """Whether a story comes before the question: 收完摊手还脏着 想问关店等几天."""
    return bool(pattern("others", "story").search(text))


def wish(text: str) -> str:
    """What a story of several clauses wants or asks in the end; "" for a shorter message."""
    parts = [part for part in _SENTENCE.split(text) if commands.content(part)]
    if len(parts) < _STORY_PARTS or len(commands.content(text)) < _STORY:
        return _last_wish(text, parts)
    wanting = [part for part in parts if _WANTS.search(part) or _surely_asks(part)]
    return max(wanting, key=lambda part: len(commands.content(part)), default="")


def _last_wish(text: str, parts: list[str]) -> str:
    """我店在法院对面卖文具的 抖店保证金想退: who one is, and then what one wants."""
    if len(parts) != _STORY_PARTS - 1 or len(commands.content(text)) < _STORY:
        return ""
    told, wanted = parts
    tells = not (_WANTS.search(told) or _surely_asks(told) or is_trouble(told))
    return wanted if tells and _WISHES.search(wanted) else ""


_WISHES = re.compile(r"想|打算|准备")
_STORY_PARTS, _STORY = 3, 16
_WANTS = re.compile(r"想|要(?!是|不)|打算|准备|麻烦")


def aspect(said: str) -> str:
    """What a question is after: why, where, fill, error, phone, whose …; "" when none."""
    return next((name for name in ASPECT_ORDER if pattern("aspects", name).search(said)), "")


def aspects(said: str) -> tuple[str, ...]:
    """Everything that a question is after, the most telling first."""
    return tuple(name for name in ASPECT_ORDER if pattern("aspects", name).search(said))


def without_aspects(said: str) -> str:
    """What a question is about, without the words that ask."""
    for name in ASPECT_ORDER:
        said = pattern("aspects", name).sub(" ", said)
    return said


def is_aside(said: str) -> bool:
    """哦对了 审核几天来着: asked in passing, and no answer to what the bot asked."""
    return bool(pattern("others", "aside").search(said))


def is_yes_no(said: str) -> bool:
    """Whether the answer may begin with yes or no."""
    return bool(pattern("yes_no", "asks").search(said))


def is_vague(text: str) -> bool:
    """账户有问题: something of ours is wrong, and nothing says what."""
    return bool(pattern("others", "vague").search(text))


def is_trouble(text: str) -> bool:
    """提现不了: it says what does not work, by its grammar alone."""
    return bool(pattern("others", "trouble").search(text))


def is_kin(word: str) -> bool:
    """老婆, 朋友: somebody near, and nothing else."""
    return bool(pattern("others", "kin").fullmatch(word))


def kin(said: str) -> list[str]:
    """Who near to the speaker is spoken of."""
    return pattern("others", "kin").findall(said)


def without_intro(said: str, introduces: Callable[[str], bool]) -> str:
    """我是跑货车的 抖店验证码收不到 without who somebody is, where more is told."""
    parts = commands.clauses(said)
    is_intro = pattern("others", "intro").search
    told = list(dropwhile(lambda one: is_intro(one) or introduces(one), parts))
    return " ".join(told) if 0 < len(told) < len(parts) else said


def is_whether(said: str) -> bool:
    """Whether it is asked if something can be done at all."""
    return bool(pattern("yes_no", "can").search(said))


def asks(text: str) -> bool:
    """Whether a text asks something."""
    return commands.is_question(text) or bool(aspect(text)) or is_yes_no(text)


_TELLING = frozenset({"why", "fill", "how_long", "cost"})


def _surely_asks(text: str) -> bool:
    """Whether a part of a message is a question of its own, and not a remark on the other."""
    named = not _TELLING.isdisjoint(aspects(text))
    return commands.is_question(text) or is_yes_no(text) or named


def _counted(text: str) -> str:
    """两个事 头一个…第二个…, 1.… 2.…: the numbers part the two, with or without a comma."""
    found = pattern("others", "counted").search(text) or pattern("others", "listed").search(text)
    return f"{text[: found.start()]} \uff0c{found['one']} \uff0c{found['two']}" if found else text


_WHY = re.compile(
    r"^(?:这|那|又)*(?:是)?(?:为什么|为啥|为何|凭什么|凭啥)(?:呢|啊|呀|这样|这么|要|会|的|样)*[?？]?$"
)


def _is_why(core: str) -> bool:
    return bool(_WHY.search(core))


_FINE = re.compile(
    r"(?:能|可以)(?:正常)?(?:用|收|登|打开|进去|看到)|[登进收打看][得的][上去到开进见]|满格|还在(?:用|线|我|手)?|还[登挂]着|没掉线|在我(?:手|这|身)|收得到|没问题|好好的"
    r"|(?:都|也)?(?:有的|带了|备好了|齐了|绑了|绑过|正常)"
    r"|(?:号码?|卡|手机|电话)(?:都|也|还)?是好的|(?:号码?|卡|手机).{0,8}(?:能|可以)(?:正常)?(?:打|接)(?:通|得通)?电话|(?<!你们)电话打得通"
)
_NOT_FINE = re.compile(
    r"(?<![没有])不|没(?!问题|掉线)|无法|停|丢|坏|空号|注销|别人|才|只|吗|(?<!着)呢|可是|但|了$"
)
MOSTLY_FINE = 14


_DENIED_FIRST = re.compile(
    r"^(?:我|它|这|那|也|账?号码?|手机|卡)*(?:并?不是|没有?被|没有?(?=停|欠费|换|忘|违规|限制|盗|骗)).{1,8}?[\s,\uff0c]+(?:就|只|可|而|主要|其实|单纯)*是(?=.{3})"
    r"|^.{1,8}?(?:没(?:有)?(?:问题|毛病)|是好的|正常)[\s,\uff0c]+(?:就|只|可|而|主要|其实)*是(?=.{2})"
)


def without_denied(text: str) -> str:
    """不是密码错 是卡丢了 进不去店: the cause, without what it is not."""
    return _DENIED_FIRST.sub("", text)


def without_hearsay(text: str) -> str:
    """我哥讲要先关店对不对 asks whether it must be closed, and for nobody's card."""
    return pattern("others", "hearsay").sub("", text)


def is_fine(text: str) -> bool:
    """号码还能用, 身份证在我手上: that something is as it should be, and no question."""
    if len(text) > MOSTLY_FINE or commands.is_question(text) or is_yes_no(text):
        return False
    return bool(_FINE.search(text)) and not _NOT_FINE.search(text)


def last_question(said: str) -> str:
    """The part that asks, of a message that tells something first; else the whole."""
    parts = [part for part in _SENTENCE.split(said) if commands.content(part)]
    *told, last = parts or [said]
    if not told or not _surely_asks(last) or any(map(_surely_asks, told)):
        return said
    return last


def two_questions(text: str) -> tuple[str, str] | None:
    """The two questions of a message, each with what leads to it; None when it has only one."""
    split = re.sub(rf"(?:{_table()['joints']})", " \uff0c", _counted(text))
    found: list[str] = []
    lead = ""
    for part in _SENTENCE.split(split):
        if not commands.content(part):
            continue
        lead = f"{lead} {part}".strip()
        core = unwrapped(part)
        if found and _is_why(core):
            found[-1] = f"{found[-1]} {part}"  # 凭啥这样 asks of what was just said
        elif _surely_asks(core) and len(commands.content(core)) > _LEAST:
            found.append(lead)
            lead = ""
    if len(found) < 2:  # noqa: PLR2004  two questions
        return None
    return found[0], found[1]
