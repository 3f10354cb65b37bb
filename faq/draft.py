"""A first draft of a guide from an article: headings become questions, ways become steps.

It only arranges what is there, in its order, and says for each piece which line it came from.
Whoever knows the subject then names the ids, confirms how people really ask, and lets `faq check`
say what is still missing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from faq import writing
from faq.bank import Entry
from faq.source import SourceLine

_CN = "一二三四五六七八九十百"
_HEADINGS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (0, re.compile(rf"^第\s*[{_CN}\d]+\s*[章节部分篇]\s*[：:、.]?\s*(?P<title>.*)$")),
    (1, re.compile(r"^#{1,6}\s+(?P<title>.+?)\s*#*$")),
    (2, re.compile(rf"^[{_CN}]+\s*[、.\uff0e]\s*(?P<title>.+)$")),
    (3, re.compile(rf"^[（(]\s*[{_CN}]+\s*[)）]\s*(?P<title>.+)$")),
    (3, re.compile(r"^【\s*(?P<title>[^】]+?)\s*】\s*$")),
)
_NUMBERED_LEVEL = 4
_TITLE_MAX = 40
_MARKED_MAX = 200
"""What has a heading's own mark in front is one however long it is; beyond this it is a line."""
_HASHES = 1
_NUMBERED = re.compile(
    r"^(?:\d{1,2}\s*[.、\uff0e)）](?!\d)|[（(]\d{1,2}[)）]|[①-⑳]"
    rf"|(?:第\s*[{_CN}\d]{{1,3}}\s*步|步骤\s*[{_CN}\d]{{1,3}})\s*[：:、.，,]?)\s*(?P<rest>.+)$"
)
_STEP = re.compile(r"^(?:第|步骤)")
_BULLET = re.compile(r"^[-*•·●○■◆▪]\s*(?P<rest>\S.*)$")
_ITEM = re.compile(r"^(?P<name>[^:：。，,]{2,20})[:：]\s*(?P<rest>.+)$")
_ASKED = re.compile(r"^(?:问题?|Q|q)\s*\d*\s*[:：.、]\s*(?P<rest>.+)$")
_ANSWERED = re.compile(r"^(?:答案?|回答|A|a)\s*\d*\s*[:：.、]\s*(?P<rest>.+)$")
_A_WAY = re.compile(r"流程|步骤|怎么|如何|方法|操作|办理|教程")
_CASES = re.compile(r"什么情况|哪[些几]|条件|标准|情形|范围|多少|区别|种类|类型")
"""What is numbered under it are cases, one beside the other, and no way."""
_SHELF = re.compile(
    r"^(?:常见)?(?:问题|问答|答疑|疑问)(?:解答|汇总)?$|^(?:FAQ|Q&A)$", re.IGNORECASE
)
"""A heading that says only that questions follow."""
_LABEL = re.compile(r"说明|须知|指南|手册|规定|办法|通知|公告|简介|介绍|[)）]$")
_PAPERS = re.compile(r"材料|资料|证件|准备|需要带|要带|清单")
_QUESTION = re.compile(r"[?？]|怎么|如何|什么|哪|谁|吗$|多少|多久|几|[能可是]否|能不能")
# Bounded, so that a line of a million brackets costs no more than its length.
_LINK = re.compile(r"!?\[(?P<text>[^\[\]]{0,300})\]\((?P<to>[^)\s]{0,500})(?:\s[^)]{0,200})?\)")
_TITLED = re.compile(r"^【\s*(?P<title>[^】]{1,30}?)\s*】\s*(?P<rest>\S.*)$")
_STRONG = re.compile(r"(\*\*|__)(?P<text>.+?)\1")
_RULE_MARKS = "-*_=|: \t"
_RULE_LEAST = 3
_LEAST_STEPS = 2
"""One step is no way."""


@dataclass(slots=True)
class DraftedStep:
    """A numbered line and what stands below it."""

    lines: list[SourceLine]

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


@dataclass(slots=True)
class Drafted:
    """One entry to be: a question, how it may be asked, and what stood under it, with lines."""

    question: str
    at: int
    phrasings: list[str] = field(default_factory=list)
    before: list[SourceLine] = field(default_factory=list)
    steps: list[DraftedStep] = field(default_factory=list)
    after: list[SourceLine] = field(default_factory=list)

    def lines(self) -> list[SourceLine]:
        """Every piece of the answer with the line that it came from."""
        steps = [line for step in self.steps for line in step.lines]
        return [*self.before, *steps, *self.after]

    def entry(self, name: str, guide: str) -> Entry:
        return Entry(
            name,
            self.question,
            _text(self.before),
            phrasings=tuple(dict.fromkeys(self.phrasings)),
            steps=tuple(line.text for line in self.steps),
            step_help=("",) * len(self.steps),
            after=_text(self.after),
            guide=guide,
        )


def _text(lines: Sequence[SourceLine]) -> str:
    """Paragraphs; the items of a list stay together."""
    parts: list[str] = []
    in_list = False
    for line in lines:
        item = line.text.startswith(writing.BULLET)
        parts += ["\n" if item and in_list else "\n\n" if parts else "", line.text]
        in_list = item
    return "".join(parts)


def draft(article: str, *, guide: str) -> str:
    """A guide in Markdown; the entries are called `<guide>-1` and so on."""
    lines = _lines(article)
    parts = list(_parts(lines))
    found, title = _filled(parts), _title(parts) or guide
    entries = (one.entry(f"{guide}-{n}", guide) for n, one in enumerate(found, start=1))
    return writing.guide(guide, title, map(writing.section, entries))


def drafted(article: str) -> list[Drafted]:
    """The entries to be, in the order of the article. Nothing of it is left out."""
    return _filled(list(_parts(_lines(article))))


def _lines(article: str) -> list[SourceLine]:
    return [
        SourceLine(text, number)
        for number, raw in enumerate(article.splitlines(), start=1)
        for text in _apart(_plain(raw))
        if text
    ]


def _apart(text: str) -> tuple[str, ...]:
    """【退款流程】先登录…… is a heading and a line; 【注意】请…… is a line."""
    found = _TITLED.match(text)
    return (f"【{found['title']}】", found["rest"]) if found and _names(found["title"]) else (text,)


def _plain(raw: str) -> str:
    """A line without marks that WeChat would not show."""
    text = raw.replace("\ufeff", "").replace("\u3000", " ").strip()
    if len(text) >= _RULE_LEAST and not text.strip(_RULE_MARKS):
        return ""  # a line across the page, or the one below a table's head
    text = _LINK.sub(_linked, text)
    text = _STRONG.sub(lambda found: found["text"], text)
    if text.startswith("|") and text.endswith("|"):
        return "，".join(cell.strip() for cell in text.strip("|").split("|") if cell.strip())
    return text.removeprefix(">").strip()


def _linked(found: re.Match[str]) -> str:
    """The address in words. A picture stays as it is: it is refused until somebody describes it."""
    text, to = found["text"], found["to"]
    if found[0].startswith("!"):
        return found[0]
    return text if not to or text == to else f"{text}（{to}）"


@dataclass(slots=True)
class _Part:
    title: str
    at: int
    level: int
    asked: bool = False
    body: list[SourceLine] = field(default_factory=list)


def _parts(lines: Sequence[SourceLine]) -> Iterator[_Part]:
    """The article cut at its headings and its questions."""
    part = _Part("", 1, -1)
    for index, line in enumerate(lines):
        asked, answered = _ASKED.match(line.text), _ANSWERED.match(line.text)
        heading = _heading(lines, index)
        if asked or heading:
            yield part
            title, level = (asked["rest"], _NUMBERED_LEVEL + 1) if asked else heading or ("", 0)
            part = _Part(title.strip(), line.at, level, asked=bool(asked))
        elif answered and part.asked:
            part.body.append(SourceLine(answered["rest"], line.at))
        else:
            part.body.append(line)
    yield part


def _heading(lines: Sequence[SourceLine], index: int) -> tuple[str, int] | None:
    text = lines[index].text
    if len(text) > _MARKED_MAX:
        return None
    for level, pattern in _HEADINGS:
        found = pattern.match(text)
        if found and level == _HASHES:
            return _unmarked(found["title"]), level
        if found and _short(text):
            return found["title"] or text, level
    numbered = _NUMBERED.match(text)
    if numbered and _heads(lines, index):
        return numbered["rest"], _NUMBERED_LEVEL
    return None


def _unmarked(title: str) -> str:
    """## 一、怎么退 is numbered twice."""
    for pattern in (*(each for level, each in _HEADINGS if level != _HASHES), _NUMBERED):
        found = pattern.match(title)
        if found and (name := found[found.lastgroup or 0]):
            return name
    return title


def _short(text: str) -> bool:
    return len(text) <= _TITLE_MAX and not text.endswith(("。", "；", ";"))


def _heads(lines: Sequence[SourceLine], index: int) -> bool:
    """Is this numbered line a heading? It is short, names something, and has text of its own."""
    text = lines[index].text
    if (
        _STEP.match(text)
        or len(text) > _TITLE_MAX // 2 + 5
        or re.search(r"[。；;，,：:]", text[-1])
    ):
        return False
    following = lines[index + 1].text if index + 1 < len(lines) else ""
    own = following and not _NUMBERED.match(following)
    own = own and not any(pattern.match(following) for _, pattern in _HEADINGS)
    return bool(own) and _names(text)


def _names(text: str) -> bool:
    return bool(_QUESTION.search(text) or _A_WAY.search(text) or _PAPERS.search(text))


def _filled(parts: Sequence[_Part]) -> list[Drafted]:
    """Entries of the parts with a body; a heading without one lends its words to those below it,
    or stands as a line of its own where nothing is below."""
    found: list[Drafted] = []
    above: list[_Part] = []
    for index, part in enumerate(parts):
        above = [each for each in above if each.level < part.level]
        if part.level < 0:
            part = _introduction(part)  # noqa: PLW2901 (its first line may be the title)
        if part.body:
            found.append(_drafted(part, [each.title for each in above if _lends(each)]))
        below = index + 1 < len(parts) and parts[index + 1].level > part.level
        if part.title and not part.body and not below:
            bare = [each.title for each in above if not each.body]
            _keep(found, SourceLine(" ".join([*bare, part.title]), part.at))
        if part.title:
            above.append(part)
    return found


def _lends(part: _Part) -> bool:
    """A bare heading says what those below it are about; an article's title says it of all."""
    return not part.body and part.level >= 0 and not _SHELF.match(part.title)


def _title(parts: Sequence[_Part]) -> str:
    """What the article is called: what stands first, or its first heading."""
    return next((_introduction(part).title for part in parts if part.title or part.body), "")


def _introduction(part: _Part) -> _Part:
    """What stands before the first heading: the article's title, and what it says first."""
    first = part.body[0] if part.body else None
    if first and len(first.text) <= _TITLE_MAX and not first.text.endswith(("。", "；", "：")):
        return _Part(first.text, first.at, -1, body=part.body[1:])
    return _Part("先看这里" if part.body else "", part.at, -1, body=part.body)


def _keep(found: list[Drafted], line: SourceLine) -> None:
    if found:
        last = found[-1]
        (last.after if last.steps else last.before).append(line)
    else:
        found.append(Drafted(line.text, line.at, [line.text], [line]))


def _drafted(part: _Part, over: Sequence[str]) -> Drafted:
    question = _question(part, over)
    one = Drafted(question, part.at, [f"{title} {part.title}" for title in over])
    if question != part.title and not over and part.level >= 0:
        one.phrasings.insert(0, part.title)
    first, last = _way(part, over)
    _add(one.before, part.body[:first])
    for line in part.body[first:last]:
        marked = _NUMBERED.match(line.text)
        if marked or not one.steps or _ITEM.match(line.text):
            text = marked["rest"] if marked else line.text
            one.steps.append(DraftedStep([SourceLine(text, line.at)]))
        else:
            one.steps[-1].lines.append(line)
    _add(one.after, part.body[last:])
    return one


def _asks(part: _Part) -> bool:
    return part.asked or bool(_QUESTION.search(part.title))


def _question(part: _Part, above: Sequence[str]) -> str:
    """个人 below 谁能退 asks 谁能退（个人）."""
    if _asks(part) or _LABEL.search(part.title):
        return part.title
    names = _A_WAY.search(part.title) or _PAPERS.search(part.title)
    return f"{part.title}是怎样的" if names or not above else f"{above[-1]}（{part.title}）"


def _way(part: _Part, over: Sequence[str]) -> tuple[int, int]:
    """Where the steps begin and end; (all, all) when there are none, as in a list of papers."""
    marks = [bool(_NUMBERED.match(line.text)) for line in part.body]
    if not any(marks) and _A_WAY.search(part.title):
        marks = [
            bool(_ITEM.match(line.text)) and not _BULLET.match(line.text) for line in part.body
        ]
    places = [index for index, mark in enumerate(marks) if mark]
    nothing = (len(part.body), len(part.body))
    if len(places) < _LEAST_STEPS or not _leads(part, over):
        return nothing
    first = places[0]
    lead = part.body[first - 1].text if first else ""
    return nothing if _PAPERS.search(lead) else (first, places[-1] + 1)


def _leads(part: _Part, over: Sequence[str]) -> bool:
    """Is what is numbered a way? Not a list of papers or cases, and not one of names: 转班：……"""
    if _A_WAY.search(part.title) or any(_STEP.match(line.text) for line in part.body):
        return True
    if any(_PAPERS.search(title) for title in (part.title, *over)) or _CASES.search(part.title):
        return False
    numbered = [mark["rest"] for line in part.body if (mark := _NUMBERED.match(line.text))]
    return not all(_ITEM.match(rest) for rest in numbered)


def _add(to: list[SourceLine], body: Sequence[SourceLine]) -> None:
    """Paragraphs as they are; list items as WeChat shows them."""
    for line in body:
        marked = _BULLET.match(line.text) or _NUMBERED.match(line.text)
        to.append(SourceLine(f"· {marked['rest']}" if marked else line.text, line.at))
