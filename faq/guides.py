"""Reading guides and bank files into a bank, with everything that is wrong with them.

A folder holds guides (`*.md`, see `faq.markdown`) and, if the firm wants, `vocabulary.toml` with
`synonyms`, `[alarms]` and `[[neighbour]]` tables, `firm.toml` and `sayings.toml` with what is its
own in what is said, and labelled `questions.jsonl`. A bank file is JSONL, one entry a line:
`{"id", "question", "aliases": [], "answer"}`.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from faq.bank import Bank, Entry, Neighbour
from faq.bank_files import BESIDES, FIRM, SAYINGS, VOCABULARY
from faq.checks import (
    Source,
    check_alarms,
    check_entries,
    check_neighbours,
    check_small_talk,
)
from faq.firm import check_firm, read_firm
from faq.jsonl import read_line
from faq.markdown import parse
from faq.problems import Problem
from faq.source import GuideSection

MATTER = frozenset({"guide", "title"})
NO_GUIDE = "文件夹里没有指南(*.md)"


def read_bank(path: Path) -> tuple[Bank, list[Problem]]:
    """Read a guides folder or a bank file, and say everything that is wrong with it.

    The bank holds whatever could be read; publish it only when no problem is an "error".
    """
    problems: list[Problem] = []
    if path.is_dir():
        return _bank(_read_folder(path, problems), problems)
    sources = _read_jsonl(path, problems)
    problems += check_entries(sources)
    return Bank(_first_of_each_id(sources)), sorted(problems)


def folder_files(path: Path) -> tuple[dict[str, str], list[Problem]]:
    """The texts of a folder that belong to a bank, by file name, and which cannot be read."""
    problems: list[Problem] = []
    return _read_folder(path, problems), problems


def read_files(files: Mapping[str, str]) -> tuple[Bank, list[Problem]]:
    """`read_bank` from texts by file name: a folder's, or what a version keeps of one."""
    nothing = [] if any(name.endswith(".md") for name in files) else [Problem("", 0, NO_GUIDE)]
    return _bank(files, nothing)


def _bank(files: Mapping[str, str], problems: list[Problem]) -> tuple[Bank, list[Problem]]:
    sources: list[Source] = []
    for name in sorted(name for name in files if name.endswith(".md")):
        sources += _read_guide(name, files[name], problems)
    words = read_vocabulary(files.get(VOCABULARY), problems)
    firm = replace(read_firm(files.get(FIRM), problems), sayings=files.get(SAYINGS, ""))
    entries = _first_of_each_id(sources)
    bank = Bank(entries, words.neighbours, words.synonyms, firm, words.alarms)
    problems += [Problem(FIRM, 0, told) for _, told in check_firm(firm, bank)]
    problems += check_entries(sources)
    problems += check_neighbours(words.neighbours, sources, VOCABULARY)
    problems += check_small_talk(words.neighbours, sources, VOCABULARY)
    problems += check_alarms(words.alarms, sources, VOCABULARY)
    return bank, sorted(problems)


def _first_of_each_id(sources: list[Source]) -> tuple[Entry, ...]:
    entries: dict[str, Entry] = {}
    for source in sources:
        if source.entry.id:
            entries.setdefault(source.entry.id, source.entry)
    return tuple(entries.values())


def _read_text(path: Path, problems: list[Problem]) -> str | None:
    try:
        return path.read_bytes().decode("utf-8-sig")  # Windows' editor puts a mark in front
    except UnicodeDecodeError as error:
        message = f"文件不是 UTF-8 编码(第 {error.start + 1} 个字节读不懂)，请另存为 UTF-8"
        problems.append(Problem(path.name, 0, message))
    except OSError as error:
        problems.append(Problem(path.name, 0, f"文件读不了：{error.strerror}"))
    return None


def _read_folder(path: Path, problems: list[Problem]) -> dict[str, str]:
    found = {}
    guides = sorted(path.glob("*.md"))
    if not guides:
        problems.append(Problem(path.name, 0, NO_GUIDE))
    besides = [path / name for name in BESIDES]
    for file in [*guides, *(file for file in besides if file.is_file())]:
        text = _read_text(file, problems)
        if text is not None:
            found[file.name] = text
    return found


def _read_guide(name: str, text: str, problems: list[Problem]) -> list[Source]:
    document = parse(text)
    guide = document.matter["guide"].text if "guide" in document.matter else Path(name).stem
    if not document.matter:
        message = "开头缺少以 --- 围住的 guide 和 title"
        problems.append(Problem(name, 1, message, "warning"))
    for key, line in document.matter.items():
        if key not in MATTER:
            problems.append(Problem(name, line.at, f"开头不认识「{key}」，只能写 guide 和 title"))
    message = "这段不在任何「## 问题 {#编号}」之下，不会被用到"
    problems += [Problem(name, stray.at, message) for stray in document.strays]
    if not document.sections:
        problems.append(Problem(name, 0, "指南里没有「## 问题 {#编号}」"))
    return [Source(name, section, entry_of(section, guide)) for section in document.sections]


def entry_of(section: GuideSection, guide: str) -> Entry:
    """What stands in a section, as an entry."""
    return Entry(
        id=section.id,
        question=section.title,
        answer="\n\n".join(line.text for line in section.before),
        phrasings=tuple(dict.fromkeys(line.text for line in section.phrasings if line.text)),
        steps=tuple(step.line.text for step in section.steps),
        step_help=tuple(step.help for step in section.steps),
        after="\n\n".join(line.text for line in section.after),
        choices=tuple(line.text.strip("`") for line in section.choices),
        guide=guide,
        details=tuple(line.text for line in section.details),
        short=section.short,
    )


def _read_jsonl(path: Path, problems: list[Problem]) -> list[Source]:
    text = _read_text(path, problems)
    sources: list[Source] = []
    for number, line in enumerate((text or "").removeprefix("\ufeff").splitlines(), start=1):
        if line.strip():
            try:
                section = read_line(json.loads(line), number)
            except (ValueError, RecursionError) as error:
                problems.append(Problem(path.name, number, _why(error)))
            else:
                sources.append(Source(path.name, section, entry_of(section, path.stem)))
    if text is not None and not sources:
        problems.append(Problem(path.name, 0, "里面一条问答也没有"))
    return sources


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"不是 JSON(第 {error.colno} 个字符)"
    return str(error) if isinstance(error, ValueError) else "嵌套太深"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What stands in the vocabulary file, as in `faq.bank.Bank`."""

    synonyms: tuple[tuple[str, ...], ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    alarms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_vocabulary(text: str | None, problems: list[Problem]) -> Vocabulary:
    """The firm's own words; what is wrong with the file is added to `problems`."""
    if text is None:
        return Vocabulary()
    try:
        return _vocabulary(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(VOCABULARY, 0, f"不是 TOML:{error}"))
    except (TypeError, KeyError, AttributeError) as error:
        message = f"synonyms、[alarms] 或 [[neighbour]] 写法不对：{error}"
        problems.append(Problem(VOCABULARY, 0, message))
    return Vocabulary()


def _vocabulary(data: dict[str, Any]) -> Vocabulary:
    unknown = data.keys() - {"synonyms", "neighbour", "alarms"}
    if unknown:
        raise KeyError("、".join(sorted(unknown)))
    synonyms = tuple(tuple(str(word) for word in group) for group in data.get("synonyms", []))
    alarms = {kind: _texts(texts) for kind, texts in data.get("alarms", {}).items()}
    neighbours = []
    for table in data.get("neighbour", []):
        if not isinstance(table, dict):
            raise TypeError("neighbour")
        neighbours.append(
            Neighbour(
                id=str(table["id"]),
                title=str(table["title"]),
                reply=str(table["reply"]).strip(),
                phrasings=_texts(table.get("phrasings", [])),
            )
        )
    return Vocabulary(synonyms, tuple(neighbours), alarms)


def _texts(found: list[str] | str) -> tuple[str, ...]:
    return tuple(map(str, found)) if isinstance(found, list) else (str(found),)
