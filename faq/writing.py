"""Writing a bank as the files that read back as the same bank.

Nearly all text stands as it is. Where a line would be taken for something else, its first character
is written as a number (`&#49;`), which reads as the character and is nothing to Markdown.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import cycle, groupby

from faq.bank import Bank, Button, Entry, Firm, InquiryField, Neighbour, Thing
from faq.bank_files import FIRM, SAYINGS, VOCABULARY

BULLET = "· "
NAME_MAX = 40
_BLANKS = re.compile(r"[ \t\u3000]+")
# Of CommonMark, and of what faq.markdown takes for it.
_RISKY_START = re.compile(
    r"(?:[#\uff03]{1,6}|>|[-+*_=]+(?:\s|$)|[-+*_=]{2,}|[-－•·]|\d{1,9}\s*[.)）、\uff0e]|`{3}|~{3}|\|)"
)
_INLINE = re.compile(r"[\\*_`\[\]<]|&(?=#?\w+;)")
_UNSAFE_NAME = re.compile(r"[^\w\-]+")


def section(entry: Entry) -> str:
    """One entry as the section of a guide."""
    parts = [f"## {_words(entry.question)} {{#{entry.id}}}"]
    if entry.short:
        parts.append(f"短问: {_words(entry.short)}")
    if entry.phrasings:
        parts.append(_listed("问法:", entry.phrasings))
    if entry.choices:
        parts.append(_listed("选项:", entry.choices))
    marks = cycle("*+")  # two lists of the same mark would be read as one
    parts += _paragraphs(entry.answer, marks)
    if entry.steps:
        parts.append("\n".join(_steps(entry)))
    parts += _paragraphs(entry.after, marks)
    if entry.details:
        parts.append(_listed("细问:", entry.details))
    return "\n\n".join(parts) + "\n"


def guide(name: str, title: str, sections: Iterable[str]) -> str:
    """A whole guide."""
    return "\n".join([f"---\nguide: {name}\ntitle: {title}\n---\n", *sections])


def files(bank: Bank) -> dict[str, str]:
    """The bank's files by name; reading them gives the same bank."""
    runs = [(name, list(run)) for name, run in groupby(bank.entries, lambda entry: entry.guide)]
    names = [_UNSAFE_NAME.sub("-", name) or "guide" for name, _ in runs]
    if names != sorted(set(names)):  # the order of the files is the order of the entries
        names = [f"{number:03}-{name}" for number, name in enumerate(names, start=1)]
    written = {
        f"{file}.md": guide(name, name, map(section, entries))
        for file, (name, entries) in zip(names, runs, strict=True)
    }
    if bank.synonyms or bank.neighbours or bank.alarms:
        written[VOCABULARY] = vocabulary(bank)
    if replace(bank.firm, sayings="") != Firm():
        written[FIRM] = firm(bank.firm)
    if bank.firm.sayings:
        written[SAYINGS] = bank.firm.sayings
    return written


def plain_name(name: str) -> bool:
    """May a guide have this short name? It is a file's name and a line of its head."""
    return bool(name) and len(name) <= NAME_MAX and not _UNSAFE_NAME.search(name)


def vocabulary(bank: Bank) -> str:
    """The vocabulary file."""
    groups = "\n".join(f"  {_array(group)}," for group in bank.synonyms)
    own = [alarms(bank.alarms)] if bank.alarms else []
    return "\n".join([f"synonyms = [\n{groups}\n]\n", *own, *map(neighbour, bank.neighbours)])


def alarms(found: Mapping[str, Sequence[str]]) -> str:
    """The `[alarms]` table."""
    lines = [f"{kind} = {_array(texts)}" for kind, texts in found.items()]
    return "\n".join(["[alarms]", *lines]) + "\n"


def firm(one: Firm) -> str:
    """The firm's file."""
    lines = [f"name = {_string(one.name)}"]
    lines += [f"person = {_string(one.person)}"] if one.person else []
    lines += ["edited_at_desk = true"] if one.edited_at_desk else []
    things = _tables(one.things)
    lines += [f"things = [\n{things}\n]"] if one.things else []
    lines += [f"menu = [\n{_tables(one.menu)}\n]"] if one.menu else []
    lines += [f"inquiry = [\n{_tables(one.inquiry)}\n]"] if one.inquiry else []
    lines += ["", "[texts]"]
    for key, wordings in one.texts.items():
        value = _string(wordings[0]) if len(wordings) == 1 else _array(wordings)
        lines.append(f"{_string(key)} = {value}")
    return "\n".join(lines) + "\n"


def _tables(rows: Iterable[Thing | Button | InquiryField]) -> str:
    """One inline table a line, without what is empty."""
    tables = ({name: text for name, text in asdict(row).items() if text} for row in rows)
    inside = (
        ", ".join(f"{name} = {_string(text)}" for name, text in one.items()) for one in tables
    )
    return "\n".join(f"  {{ {each} }}," for each in inside)


def neighbour(one: Neighbour) -> str:
    """One `[[neighbour]]` table."""
    lines = ["[[neighbour]]", *(f"{key} = {_string(getattr(one, key))}" for key in NEIGHBOUR_TEXTS)]
    phrasings = "\n".join(f"  {_string(text)}," for text in one.phrasings)
    return "\n".join([*lines, f"phrasings = [\n{phrasings}\n]\n"])


NEIGHBOUR_TEXTS = ("id", "title", "reply")


def _array(texts: Iterable[str]) -> str:
    return "[" + ", ".join(_string(text) for text in texts) + "]"


def _string(text: str) -> str:
    """A TOML basic string: JSON's escapes are all TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _listed(label: str, texts: Iterable[str]) -> str:
    return "\n".join([label, *(f"- {_words(text)}" for text in texts)])


def _steps(entry: Entry) -> Iterator[str]:
    for number, step in enumerate(entry.steps, start=1):
        mark = f"{number}. "
        lines = [_words(line) for line in _lines(step)]
        yield mark + f"\n{' ' * len(mark)}".join(lines)
        helps = entry.step_help[number - 1] if number <= len(entry.step_help) else ""
        yield from (f"{' ' * len(mark)}> {_words(line)}" for line in _lines(helps))


def _paragraphs(text: str, marks: Iterator[str]) -> list[str]:
    return [
        _bullets(lines, marks) or "\n".join(map(_words, lines))
        for part in re.split(r"\n{2,}", text)
        if (lines := _lines(part))
    ]


def _bullets(lines: list[str], marks: Iterator[str]) -> str:
    if not all(line.startswith(BULLET) for line in lines):
        return ""
    mark = next(marks)
    return "\n".join(f"{mark} {_words(line.removeprefix(BULLET))}" for line in lines)


def _lines(text: str) -> list[str]:
    found = (_BLANKS.sub(" ", line).strip() for line in text.splitlines())
    return [line for line in found if line]


def _words(text: str) -> str:
    """A line, so that Markdown reads it as it stands."""
    line = _BLANKS.sub(" ", text).strip()
    start = _RISKY_START.match(line)
    head, rest = (f"&#{ord(line[0])};", line[1:]) if start else ("", line)
    return head + _INLINE.sub(lambda m: "&amp;" if m[0] == "&" else f"\\{m[0]}", rest)
