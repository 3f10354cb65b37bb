"""Numbers as people say them when they choose, name a step or rate."""

import re

_VALUES = {c: n for n, c in enumerate("零一二三四五六七八九")} | {
    "两": 2,
    "壹": 1,
    "贰": 2,
    "叁": 3,
}
_VALUES |= {"肆": 4, "伍": 5, "a": 1, "b": 2, "c": 3, "d": 4, "e": 5}
_TENS = re.compile(r"^([一二三四五六七八九])?十([一二三四五六七八九])?$")
_N = r"(\d{1,3}|[一二两三四五六七八九十]{1,3}|[壹贰叁肆伍])"
_COUNT = r"(?:个|条|种|项|号|点|款|样|位)"
_OF_LIST = (
    r"(?:那|就|再)*(?:回去)?(?:看看?|说说?|讲讲?)?(?:你|您)?(?:们)?(?:一?开头|[一最]?开始|刚才|刚刚|前面|上面|先前|之前)?"
    r"(?:列|说|给|发|讲|写)(?:的|出来的?)(?:那?[几些](?:个|条|种|样))?(?:里头?|里面|里边|中|当中)?的?"
)
"""你刚才列的那几个里 points back to the list."""
_POINTS_BACK = re.compile(rf"^{_OF_LIST}")
_LEAD = (
    rf"(?:{_OF_LIST})?"
    r"(?:还是|干脆|要不|好的?|行|嗯+|呃|额|哦|那个?|那就|就|应该是|好像是|可能是|大概是?|我这?(?:属于|就?是|要|选|按|这是)?"
    r"|俺|给我|帮我|选择?|选项|揀|拣|回复?|按|点|要|看|看看|问|是|走|来|试试?|用|no|我|再(?:看看?|说说?|讲讲?|选|试试?)|先|还|想|回头|讲讲?|说说?|换成?(?=第|\d)|改选|回到?)*"
)
_TAIL = (
    r"(?:吧|呢|啊|呀|嘛|撒|噻|哈|呗|咯|喽|啦|的|哇|吗|谢谢|多谢|情况|问题|方法|办法|路|选项"
    r"|[那这][个条种项]|是(?:什么|啥|哪个|干[啥嘛])|怎么[弄办做]|咋弄|说说|讲讲|看看)*"
)
_CHOICE = re.compile(
    rf"^(?!{_N}个小?(?:问题|疑问|事)){_LEAD}第?(?P<n>{_N})(?:{_COUNT}|选项)?{_TAIL}$"
)
_LETTER = re.compile(rf"^{_LEAD}(?P<n>[a-e]){_TAIL}$")
_LAST = re.compile(
    rf"^{_LEAD}(?:最后面?头?|最末|末尾|最下面?|最底下|最尾|尾|倒数第?[一1]|列表最后)(?:的|一|1|那|这|勒|头|面|嗰)*{_COUNT}?{_TAIL}$"
)
_FROM_END = re.compile(rf"^{_LEAD}(?:倒着?数|最后)第{_N}{_COUNT}?{_TAIL}$")
_FIRST = re.compile(rf"^{_LEAD}(?:头|最上面?|最前面?|首|最开头)(?:的|一|1|那)*{_COUNT}?{_TAIL}$")
_STEP = re.compile(
    rf"第{_N}(?:步|部|布|歩|个?步骤)|步骤{_N}|step{_N}|(?:^|[看去到回讲说])(\d|[二三四五六七八九])(?:步|部)(?!两)"
    rf"|^(?:那|好|直接|就|先|再|我们?)*(?:跳|跨|进)[到去至过]?第?{_N}$"
)
_STEP_FROM_END = re.compile(rf"(?:倒着?数|最后)第{_N}(?:步|部)")
_FIRST_STEP = re.compile(r"(?:头|首|起头第?)一?(?:步|部)(?!到)")
_LAST_STEP = re.compile(r"(?:最后|末尾|最末|最後)(?:一|那|1|的)?(?:个)?(?:步|部)")
_STARS = "⭐★🌟✨☆"
_RATED = re.compile(r"(?:打|给|评|我给|就)*([1-5]|[一二两三四五])(?:分|星|颗星|颗|个星)(?!钟)")
_BARE_RATED = re.compile(
    r"^(?:打|给|评)?个?([1-5]|[一二两三四五])(?:分|星|颗星)?(?:吧|哈|啊|好评)?$"
)
_ENGLISH = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "first": 1,
    "second": 2,
    "third": 3,
}
_ENGLISH_CHOICE = re.compile(r"^(?:the)?(?P<n>first|second|third|last)(?:one)?$")
MAX_BARE_DIGITS = 3


def number(word: str) -> int | None:
    """3, 三, 十二 as a number; None when it is none."""
    if word.isdecimal():
        return int(word)
    if match := _TENS.match(word):
        tens, ones = match.groups()
        return _VALUES.get(tens or "一", 1) * 10 + _VALUES.get(ones or "零", 0)
    return _VALUES.get(word) if len(word) == 1 else _ENGLISH.get(word)


_MISTYPED = (
    ("弟", "第"),
    ("地", "第"),
    ("二各", "二个"),
    ("一各", "一个"),
    ("最候", "最后"),
    ("係", "是"),
    ("系第", "是第"),
)
"""Characters of the same sound, or of Cantonese, that are typed for what is meant."""


def _mended(clause: str) -> str:
    for wrong, right in _MISTYPED:
        clause = clause.replace(wrong, right)
    return clause


def choice(clause: str) -> int | None:
    """The number in 1, 二, 第二个, 选2, 2号; -1 for 最后一个, -2 the one before; None for none."""
    clause = _mended(clause)
    if match := _FROM_END.match(clause):
        return -(number(match.group(1)) or 1)
    if _LAST.match(clause):
        return -1
    if _FIRST.match(clause):
        return 1
    match = _CHOICE.match(clause) or _LETTER.match(clause) or _ENGLISH_CHOICE.match(clause)
    return number(match.group("n")) if match else None


def of_list(clause: str) -> bool:
    """Whether a clause points back to a list that was shown: 你刚才列的那几个里第四个."""
    return bool(_POINTS_BACK.match(clause))


_OF_OPTIONS = re.compile(
    rf"[第头后一二三四五两\d](?:个|条|种|项|款|样)|选项|选{_N}|[那这](?:条|种|项)"
)


def counts_options(clause: str) -> bool:
    """Whether 第四个, 选项3 or 最后那条 is said of things to choose from, and of no step."""
    return bool(_OF_OPTIONS.search(clause)) and "步" not in clause


def step(clause: str) -> int | None:
    """The step in 第三步是啥, 4步, 步骤二; -1 for the last, -2 the one before; None for none."""
    if match := _STEP_FROM_END.search(clause):
        return -(number(match.group(1)) or 1)
    if _LAST_STEP.search(clause):
        return -1
    if _FIRST_STEP.search(clause):
        return 1
    match = _STEP.search(clause)
    return number(next(filter(None, match.groups()))) if match else None


def bare_number(clause: str) -> int | None:
    """A clause that is nothing but a small number: 3, 三, 12, 十二."""
    figures = len(clause) <= MAX_BARE_DIGITS and not clause.isalpha()
    return number(clause) if figures or clause in _VALUES or _TENS.match(clause) else None


def stars(text: str, clause: str) -> int | None:
    """1 to 5 out of 5, 五分, 打4分, 5星好评, ⭐⭐⭐; None otherwise."""
    if shown := sum(text.count(star) for star in _STARS):
        return min(shown, 5)
    match = _BARE_RATED.match(clause) or _RATED.search(clause)
    return number(match.group(1)) if match else None
