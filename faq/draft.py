"""A first draft of a guide from an article: headings become questions, ways become steps.

It only arranges what is there. Whoever knows the subject then names the ids, writes down how people
really ask, and lets `faq check` say what is still missing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

HEADING = re.compile(
    r"^(?:#{1,6}\s+|[一二三四五六七八九十]+、|第[一二三四五六七八九十\d]+[章节部分]\s*)(?P<title>.+)$"
)
ITEM = re.compile(r"^(?:[-*•]\s+|\d{1,2}[.、)]\s*)?(?P<name>[^::。,]{2,20})[::]\s*(?P<rest>.+)$")
NUMBERED = re.compile(r"^\d{1,2}[.、)]\s*(?P<rest>.+)$")
A_WAY = re.compile(r"流程|步骤|怎么|如何|方法|操作")
QUESTION = re.compile(r"[??]|怎么|如何|什么|哪|吗$")


@dataclass(slots=True)
class Part:
    """What stands under one heading: paragraphs, and (name, text) items."""

    title: str
    paragraphs: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)


def draft(article: str, *, guide: str) -> str:
    """A guide in Markdown with one entry per heading that has something under it.

    `guide` is the guide's short name; the entries are called `<guide>-1` and so on. Text before the
    first heading is left out: it is an introduction, not an answer.
    """
    lines = (line.strip() for line in article.splitlines())
    parts = [
        part for part in _parts(line for line in lines if line) if part.paragraphs or part.items
    ]
    title = parts[0].title if parts else guide
    entries = (_entry(part, f"{guide}-{number}") for number, part in enumerate(parts, start=1))
    return "\n".join(["---", f"guide: {guide}", f"title: {title}", "---", "", *entries])


def _parts(lines: Iterable[str]) -> Iterator[Part]:
    part: Part | None = None
    for line in lines:
        heading = HEADING.match(line)
        if heading:
            if part is not None:
                yield part
            part = Part(heading["title"].strip())
        elif part is not None:
            _add(part, line)
    if part is not None:
        yield part


def _add(part: Part, line: str) -> None:
    item, numbered = ITEM.match(line), NUMBERED.match(line)
    if item:
        part.items.append(f"{item['name']}:{item['rest']}")
    elif numbered:
        part.items.append(numbered["rest"])
    else:
        part.paragraphs.append(line)


def _entry(part: Part, name: str) -> str:
    question = part.title if QUESTION.search(part.title) else f"{part.title}是怎样的"
    a_way = len(part.items) > 1 and A_WAY.search(part.title)
    items = [
        f"{number}. {item}" if a_way else f"{item}\n"
        for number, item in enumerate(part.items, start=1)
    ]
    lines = [f"## {question} {{#{name}}}", "", "问法:", f"- {part.title}", ""]
    return "\n".join([*lines, *(f"{text}\n" for text in part.paragraphs), *items, ""])
