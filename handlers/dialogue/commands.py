"""How a message looks: its characters, its clauses, and whether it asks."""

import re
import unicodedata

_CLAUSE = re.compile(r"[\s,，。;；!！?？、~]+")
_QUESTION = re.compile(
    r"[?？]|怎么|怎样|咋|如何|多久|多少|谁|几天|几点|(?<![好十这那])几[次步遍趟样种张回](?!了)|哪|什么|啥|干[嘛吗]|为何|为什么|[吗么]$|(?<!着)呢$|是不是|能不能|可不可以|可以不|行不|会不会|有没有|要不要|[了过得到好成]没有?[啊呀呢]?$"
    r"|有.{1,8}没得?[啊呀呢]?$|[\u4e00-\u9fff]{2}(?<![还也都就又并从要好先再才算绝决可])不[啊呀哦呢]?$"
    r"|[\u4e00-\u9fff]{2}还是(?!没|不|老|一样|有|要|觉|算|这|那|登|收|进|打|显|提|停|转|点|找)[\u4e00-\u9fff]{2}"
    r"|([\u4e00-\u9fff])不\1|(?:是|对)(?:吧|不)$|能[\u4e00-\u9fff]{1,4}不能$"
    r"|(?:能|可以|会|行|算|用|要|还是).{1,12}(?<!这样|就这|先这)吧$"
)
_SEEK = "点|找|弄|进|看|申请|改|填|搞|办|整|下载?|登录?|退|操作|设置|查|提交|交|关|换|申诉|联系"
_END = r"(?=[啊呀呢嘛]*(?:$|[\s,，。?？!！]))"
_THERE = re.compile(
    rf"(?<![就我还放写存都也才了是])[在去从往搁]那(?:[里儿]?(?:个?(?:页面|菜单|地方|位置|入口))?(?:可以|能)?(?:{_SEEK})?{_END})"
    rf"|(?:^|(?<=[\s,，。?？!！]))[选点用填走退]?那(?:[里儿](?:可以|能)?(?:{_SEEK}|有){_END}|[张个种条](?:卡|账户|号码?|选项|按钮|合适|快|好){_END})"
    rf"|(?<!我)到那(?:[里儿]{_END}|(?:[里儿]|一?步)?了{_END}|[张个](?:卡|账户|号){_END})"
)
"""In a question for a place 那 is typed for 哪 as often as not: 在那里点, 退到那张卡."""


def place_asked(text: str) -> str:
    """The same text, asking for the place: 在哪里点."""
    return _THERE.sub(_asking, text)


def _asking(found: re.Match[str]) -> str:
    before, _, after = found.group().partition("那")
    return f"{before}哪{after}"


def content(text: str) -> str:
    """The characters that carry meaning: width and case folded, no punctuation or emoji."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return folded if folded.isalnum() else "".join(filter(str.isalnum, folded))


def clauses(text: str) -> tuple[str, ...]:
    """The parts of a message between spaces and punctuation."""
    return tuple(part for part in _CLAUSE.split(text) if part)


def is_question(text: str) -> bool:
    """Whether a message asks something."""
    return bool(_QUESTION.search(text))
