"""The bank as JSONL, one entry a line: what other programs can make and read."""

import json
import re
from collections.abc import Iterator

from faq.bank import Bank
from faq.source import GuideSection, ListItem, SourceLine

_NUMBERED = re.compile(r"^\s*(\d{1,2})\s*(?:[、\uff0e）)]|\.(?!\d))\s*(?=\S)")
_STRINGS = ("id", "question", "answer", "short")
_LISTS = ("aliases", "choices", "details", "step_help")


def read_line(data: object, at: int) -> GuideSection:
    """One entry. Raises ValueError with a Chinese message when it is not one."""
    if not isinstance(data, dict):
        raise ValueError("这一行不是一条问答({…})")  # noqa: TRY004 - the caller reports ValueErrors
    unknown = data.keys() - {*_STRINGS, *_LISTS, "guide"}
    if unknown:
        raise ValueError(f"不认识「{'、'.join(sorted(map(str, unknown)))}」")
    text = {key: _string(data, key) for key in _STRINGS}
    lists = {key: _strings(data, key) for key in _LISTS}
    section = GuideSection(text["id"], text["question"], at, text["short"])
    section.phrasings = [SourceLine(alias, at) for alias in lists["aliases"]]
    section.choices = [SourceLine(choice, at) for choice in lists["choices"]]
    section.details = [SourceLine(detail, at) for detail in lists["details"]]
    _split_answer(text["answer"], section)
    for step, help_ in zip(section.steps, lists["step_help"], strict=False):
        step.help = help_
    return section


def _string(data: dict[str, object], key: str) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        raise ValueError(f"「{key}」要写成一段文字")  # noqa: TRY004 - as above
    return value.strip()


def _strings(data: dict[str, object], key: str) -> list[str]:
    value = data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f'「{key}」要写成 ["…", "…"]')
    return [str(item).strip() for item in value]


def _split_answer(answer: str, section: GuideSection) -> None:
    """Find the numbered lines 1, 2, 3 … in an answer; they are its steps when there are two."""
    lines = answer.splitlines()
    found = [(index, _NUMBERED.match(line)) for index, line in enumerate(lines)]
    numbered = [index for index, match in found if match]
    numbers = [int(match[1]) for _, match in found if match]
    if len(numbers) < 2 or numbers != list(range(1, len(numbers) + 1)):  # noqa: PLR2004 - one step is no way
        section.before = [SourceLine(answer, section.at)] if answer else []
        return
    first, last = numbered[0], numbered[-1]
    before, after = "\n".join(lines[:first]).strip(), "\n".join(lines[last + 1 :]).strip()
    section.before = [SourceLine(before, section.at)] if before else []
    section.after = [SourceLine(after, section.at)] if after else []
    for line in lines[first : last + 1]:
        if _NUMBERED.match(line):
            section.steps.append(ListItem(SourceLine(_NUMBERED.sub("", line).strip(), section.at)))
        elif line.strip():
            step = section.steps[-1]
            step.line = SourceLine(f"{step.line.text}\n{line.strip()}", section.at)


def export(bank: Bank) -> Iterator[str]:
    """The bank as JSONL lines without line ends; `read_line` reads them back."""
    for entry in bank.entries:
        line: dict[str, object] = {
            "id": entry.id,
            "question": entry.question,
            "aliases": list(entry.phrasings),
            "answer": entry.as_text("."),
        }
        optional = {"short": entry.short, "guide": entry.guide, "choices": list(entry.choices)}
        optional["details"] = list(entry.details)
        line |= {key: value for key, value in optional.items() if value}
        if any(entry.step_help):
            line["step_help"] = list(entry.step_help)
        yield json.dumps(line, ensure_ascii=False)
