"""Moves told by their grammar, where the nearest examples say something else.

Each form is a whole clause, so that a longer message which only contains the words stays what the
examples make of it.
"""

import re

_PERSON = r"(?:人工|真人|活人|顾问|客服|老师|专员|同事)"
_CALL = r"(?:转接?|叫|找|喊|接|换|派|请|让)"

_AFTER_ALL = re.compile(
    rf"^[唉哎那嗯哦]*(?:算了|得了|罢了|不问了|不弄了|不说了)[吧啊嘛]?(?:还是|你|您|就|直接|要不|那|干脆)*"
    rf"(?:帮我|给我|替我)?{_CALL}(?:个|一个|一下|一?位|你们)?的?(?:{_PERSON}|人)(?!.*[别不])"
)
"""算了 找客服吧 in one breath gives up the bot, and not the person."""
_REACH_ME = re.compile(
    rf"^(?:那|就|嗯|好|还是|麻烦)*(?:让|叫|请|喊|安排)(?:个|一个|你们)?的?(?:{_PERSON}|人)(?:来|给我|跟我|和我|直接|尽快)*"
    r"(?:打|回|联系|拨|加|找)(?:我|过来|个?电话|给我|一?下|回来|微信)*[吧嘛呗哦了呀]*$"
)
"""叫客服联系我: it is not asked for a number, but for somebody who calls."""
_PERSON_ALONE = re.compile(r"^(?:要|就要|来)?个?(?:真人|活人)(?:客服|服务)?[吧嘛]?$")
_BRUSHED_OFF = re.compile(
    r"(?:别|不要|少|甭|莫).{0,6}(?:糊弄|敷衍|忽悠|打发|应付|唬弄|搪塞)|(?:就会|只会|尽|净|老是?|又在?)(?:糊弄|敷衍|忽悠|打发|搪塞|踢皮球)"
    r"|(?:别|少|不要)(?:跟|给|和)我(?:来|说|讲|扯|打)(?:这些|那些|这套|那套|些)?(?:官腔|套话|废话|空话|虚的)"
)
"""少给我打官腔: whoever feels brushed off hears an apology."""
_NO_USE = re.compile(
    r"^(?:还是|都|也|这个?|依然|照样|根本|压根|一点都?|完全)*不(?:好使|顶用|管用|中用|灵|奏效|起作用|能用)[啊呀了的嘛]*$"
)
_BEGIN = re.compile(
    r"^(?:那|好|来|就|我们?|咱们?|嗯)*(?:搞|弄|整|办|走|干|做|开)起(?:来|走)?[吧嘛噻撒呗咯哦]*$"
)
"""整起: let us begin."""
_WEATHER = re.compile(r"(?:热|冷|冻|晒|闷|困|饿|渴|累|撑|酸|堵)死")
"""外面晒死个人 is cross with nobody."""
_THANKS = re.compile(
    r"^(?:承蒙|多蒙|有劳|烦劳)[\u4e00-\u9fff]{0,5}了?$|^(?:受教|领教|费心)了?$|不胜感激|感激不尽"
)
_CALLS_OUT = re.compile(
    r"^(?:老师|师傅|大哥|大姐|老板娘?|亲|美女|帅哥|同志|小姐姐|小哥哥?|兄弟|老铁|哥们儿?|家人)们?"
    r"[啊呀哎诶欸嘞]*$"
)
"""大姐: somebody is spoken to, and nobody thanked."""
_ANY: tuple[tuple[re.Pattern[str], str], ...] = (
    (_AFTER_ALL, "human"),
    (_REACH_ME, "human"),
    (_BRUSHED_OFF, "frustrated"),
    (_THANKS, "thanks"),
    (_CALLS_OUT, "greeting"),
)
_WALK: tuple[tuple[re.Pattern[str], str], ...] = ((_NO_USE, "not_solved"), (_BEGIN, "next"))


def named(clause: str, *, walks: bool) -> str:
    """The move that a clause is by its form; "" for none."""
    forms = (*_ANY, *_WALK) if walks else _ANY
    return next((move for form, move in forms if form.search(clause)), "")


def is_of_weather(clause: str) -> bool:
    """Whether what sounds like anger is about the weather, or about being tired."""
    return bool(_WEATHER.search(clause))


def calls_person(clause: str, *, asks: bool) -> bool:
    """Whether 真人, said alone, calls one; with a question mark it asks what the bot is."""
    return not asks and bool(_PERSON_ALONE.search(clause))
