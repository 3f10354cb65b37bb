"""An entry from what somebody typed, with everything that is wrong with it named at its field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from faq import sections, writing
from faq.bank import Entry
from faq.checks import Source, check_entry
from faq.guides import entry_of
from faq.jsonl import read_line

TEXTS = ("guide", "question", "answer", "after", "short")
LISTS = ("aliases", "steps", "step_help", "choices", "details")
FIELDS = frozenset({*TEXTS, *LISTS})
LONGEST = 8000
MOST = 400
BULLETS = ("- ", "• ", "* ")


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong, at which field; the reason is Chinese."""

    field: str
    reason: str


class InvalidEntryError(Exception):
    """It cannot be stored like this; nothing was changed."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        self.problems = list(problems)
        super().__init__("；".join(problem.reason for problem in problems))


def invalid(field: str, reason: str) -> InvalidEntryError:
    return InvalidEntryError([FieldProblem(field, reason)])


def changed(entry: Entry, fields: Mapping[str, Any], others: Sequence[Entry]) -> Entry:
    """The entry with these fields, as the guide's format keeps it.

    `answer` alone is the whole answer: its lines 1. 2. 3. are the steps. With `steps` it is what
    stands before them. Raises InvalidEntryError.
    """
    given = _typed(fields)
    wanted = replace(entry, **_parts(entry, given))
    section = sections.read_section(writing.section(wanted))
    if section is None or section.id != wanted.id:
        raise invalid("answer", "这样写会和指南的格式混在一起，请换一种写法")
    stored = entry_of(section, wanted.guide)
    problems = [
        FieldProblem(problem.field, problem.message)
        for problem in check_entry(Source("", section, stored), others)
        if problem.severity != "warning"
    ]
    problems += _lost(wanted, stored)
    if problems:
        raise InvalidEntryError(problems)
    return stored


def _typed(fields: Mapping[str, Any]) -> dict[str, Any]:
    problems = [
        FieldProblem(name, reason)
        for name, value in fields.items()
        if (reason := _unfit(name, value))
    ]
    if problems:
        raise InvalidEntryError(problems)
    return dict(fields)


def _unfit(name: str, value: object) -> str:
    """Why a field cannot be taken; "" when it can."""
    if name not in FIELDS:
        return "没有这个字段"
    if name in TEXTS:
        return "" if _is_text(value) else f"要写成一段文字，最多 {LONGEST} 字"
    fits = isinstance(value, list) and len(value) <= MOST and all(map(_is_text, value))
    return "" if fits else f"要写成一列文字，最多 {MOST} 个"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST


def _parts(entry: Entry, given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments for `replace`."""
    parts: dict[str, Any] = {
        name: given[name].strip() for name in ("guide", "question", "short") if name in given
    }
    for name in ("choices", "details"):
        if name in given:
            parts[name] = tuple(filter(None, (item.strip() for item in given[name])))
    if "aliases" in given:
        texts = (" ".join(item.split()) for item in given["aliases"])
        parts["phrasings"] = tuple(dict.fromkeys(text for text in texts if text))
    parts |= _body(given)
    if "steps" in parts or "step_help" in given:
        parts["step_help"] = _helps(entry, parts.get("steps", entry.steps), given)
    return parts


def _body(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer, steps and what stands after them; an answer without steps may hold them."""
    body: dict[str, Any] = {}
    if "answer" in given and "steps" not in given:
        body = _split(given["answer"])
    elif "answer" in given:
        body["answer"] = _bulleted(given["answer"])
    if "steps" in given:
        body["steps"] = tuple(item.strip() for item in given["steps"])
    if "after" in given:
        body["after"] = _bulleted(given["after"])
    return body


def _split(answer: str) -> dict[str, Any]:
    section = read_line({"answer": _bulleted(answer)}, 0)
    found = entry_of(section, "")
    return {"answer": found.answer, "steps": found.steps, "after": found.after}


def _helps(entry: Entry, steps: Sequence[str], given: Mapping[str, Any]) -> tuple[str, ...]:
    """What was given; else a step that stays keeps its help."""
    if "step_help" in given:
        helps = [item.strip() for item in given["step_help"]]
        return tuple((helps + [""] * len(steps))[: len(steps)])
    before = dict(zip(entry.steps, entry.step_help, strict=False))
    if len(steps) == len(entry.steps):
        return tuple((*entry.step_help, *[""] * len(steps))[: len(steps)])
    return tuple(before.get(step, "") for step in steps)


def _bulleted(text: str) -> str:
    """Lists as WeChat shows them."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        mark = next((mark for mark in BULLETS if line.startswith(mark)), "")
        lines.append(f"· {line[len(mark) :].strip()}" if mark else line)
    return "\n".join(lines).strip()


def _lost(wanted: Entry, stored: Entry) -> list[FieldProblem]:
    """No word may be lost between what was typed and what is kept."""
    fields = {
        "question": (wanted.question, stored.question),
        "answer": (wanted.answer, stored.answer),
        "after": (wanted.after, stored.after),
        "short": (wanted.short, stored.short),
        "aliases": ("".join(wanted.phrasings), "".join(stored.phrasings)),
        "steps": ("".join(wanted.steps), "".join(stored.steps)),
        "step_help": ("".join(wanted.step_help), "".join(stored.step_help)),
        "details": ("".join(wanted.details), "".join(stored.details)),
    }
    return [
        FieldProblem(
            name, "有一行的写法和指南的格式混在一起（例如单独一行「问法:」），请换一种写法"
        )
        for name, (before, after) in fields.items()
        if "".join(before.split()) != "".join(after.split())
    ]
