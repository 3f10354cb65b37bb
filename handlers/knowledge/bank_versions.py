"""What a version of the bank is made of: the firm's files, read, checked and stored.

Its matcher is fitted in `published_bank`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from faq import writing
from faq.bank import Bank
from faq.bank_files import FIRM, SAYINGS
from faq.checks import small_talk_clashes
from faq.guides import folder_files, read_bank, read_files
from faq.problems import Problem
from handlers.dialogue import sayings_check
from handlers.dialogue.texts import firm_problems
from storage.database import Session
from storage.models.conversations import BankVersion
from storage.queries import banks

GUIDES = Path(__file__).parents[2] / "faq" / "guides"
BANK = TypeAdapter(Bank)


class BankError(Exception):
    """The guides cannot be published; `problems` says where and why, in Chinese."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def nothing_published() -> BankError:
    return BankError([Problem("", 0, "还没有发布过指南，请先运行 ./bot.py faq publish")])


def read(path: Path) -> Bank:
    """A bank without errors. Raises BankError with everything that is wrong."""
    bank, problems = read_bank(path)
    problems += text_problems(bank)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise BankError(errors)
    return bank


def text_problems(bank: Bank) -> list[Problem]:
    """What is wrong with what the firm says, and with how its merchants speak."""
    texts = [Problem(FIRM, 0, f"{key}：{words}") for key, words in firm_problems(bank.firm)]
    said = sayings_check.problems(bank.firm.sayings, bank) if bank.firm.sayings else []
    return texts + [Problem(SAYINGS, 0, words) for words in said]


def read_sources(path: Path) -> dict[str, str]:
    """The files of a folder; of a bank file, what its entries are as files."""
    return folder_files(path)[0] if path.is_dir() else writing.files(read(path))


def has_version(session: Session) -> bool:
    return banks.latest_id(session) is not None


def newer_than_files(session: Session) -> bool:
    """Is the version in force another than the files gave?"""
    return banks.latest_id(session) != banks.latest_from_files(session)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a version is made of, but for the fitted matcher."""

    sources: Mapping[str, str]
    content: str
    digest: str


def prepared(sources: Mapping[str, str], bank: Bank) -> Prepared:
    """Raises BankError where an entry says what is small talk: one would silently win."""
    if clashes := small_talk_clashes(bank):
        raise BankError(clashes)
    content = BANK.dump_json(bank).decode()
    whole = json.dumps([content, sources], ensure_ascii=False, sort_keys=True)
    return Prepared(sources, content, hashlib.sha256(whole.encode()).hexdigest())


def prepared_from(sources: Mapping[str, str]) -> Prepared:
    return prepared(sources, read_files(sources)[0])


def store(
    session: Session, version: Prepared, compiled: bytes, made: banks.VersionOrigin
) -> BankVersion:
    """In force from the end of this transaction on, here and within seconds everywhere."""
    return banks.add(
        session,
        digest=version.digest,
        content=version.content,
        compiled=compiled,
        sources=version.sources,
        made=made,
    )


def in_force(session: Session, version: Prepared) -> bool:
    """Is it the version in force already?"""
    latest = banks.latest_id(session)
    return latest is not None and banks.get(session, latest).digest == version.digest
