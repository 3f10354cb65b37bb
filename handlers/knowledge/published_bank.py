"""The published bank: which version is in force, and how a process comes to have it.

Publishing writes a version with its fitted matcher into the database. Every process looks there
every few seconds, so a new version is in force everywhere without a restart.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zipfile import BadZipFile

from pydantic import TypeAdapter

from faq.bank import Bank
from faq.guides import read_bank
from faq.matching import matcher
from faq.matching.serialize import fingerprint
from faq.problems import Problem
from faq.understanding import Matcher
from storage.database import Database, Session
from storage.queries import banks

GUIDES = Path(__file__).parents[2] / "faq" / "guides"
LOOK_EVERY_SECONDS = 2.0
BANK = TypeAdapter(Bank)


class BankError(Exception):
    """The guides cannot be published; `problems` says where and why, in Chinese."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True, slots=True)
class LoadedVersion:
    """What a process has in hand."""

    version: int
    bank: Bank
    matcher: Matcher


def read(path: Path) -> Bank:
    """A bank without errors. Raises BankError with everything that is wrong."""
    bank, problems = read_bank(path)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise BankError(errors)
    return bank


def has_version(session: Session) -> bool:
    return banks.latest_id(session) is not None


def publish(database: Database, bank: Bank, *, by: str, now: datetime) -> bool:
    """Put this bank in force; False when it is already. Fitting it takes seconds, once."""
    content = BANK.dump_json(bank).decode()
    digest = hashlib.sha256(content.encode()).hexdigest()
    with database.read() as session:
        if _in_force(session, digest):
            return False
    compiled = _compiled(bank)  # before the transaction: nobody waits for it
    with database.write() as session:
        if _in_force(session, digest):
            return False
        banks.publish(session, digest=digest, content=content, compiled=compiled, by=by, now=now)
    return True


def _in_force(session: Session, digest: str) -> bool:
    latest = banks.latest_id(session)
    return latest is not None and banks.get(session, latest).digest == digest


def freshen(database: Database) -> None:
    """After an upgrade: fit the bank in force anew, so that every process only has to read it."""
    with database.read() as session:
        latest = banks.latest_id(session)
        row = banks.get(session, latest) if latest is not None else None
    if row is None:
        return
    bank = BANK.validate_json(row.content)
    if not row.compiled.startswith(_mark(bank)):
        compiled = _compiled(bank)
        with database.write() as session:
            banks.get(session, row.id).compiled = compiled


def _mark(bank: Bank) -> bytes:
    """In front of what this program and this bank compile to; another program's is not read."""
    return fingerprint(bank).encode("ascii")


def _compiled(bank: Bank) -> bytes:
    return _mark(bank) + matcher.dump_matcher(matcher.compile_matcher(bank))


def _matcher(bank: Bank, compiled: bytes) -> Matcher:
    mark = _mark(bank)
    with suppress(ValueError, KeyError, BadZipFile):
        if compiled.startswith(mark):
            return matcher.load_matcher(compiled[len(mark) :])
    return matcher.compile_matcher(bank)


class DatabaseBank:
    """The bank that the database says is in force. Publish one before the first use."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._standing: LoadedVersion | None = None

    def bank(self) -> Bank:
        return self._current().bank

    def matcher(self) -> Matcher:
        return self._current().matcher

    def refresh(self) -> None:
        """Look for a newer version, at most every few seconds. Call it outside a transaction."""
        if self._clock() - self._looked_at < LOOK_EVERY_SECONDS:
            return
        # While one thread reads the new version the others go on with the one they have.
        if not self._lock.acquire(blocking=self._standing is None):
            return
        try:
            self._looked_at = self._clock()
            self._look()
        finally:
            self._lock.release()

    def _look(self) -> None:
        with self._database.read() as session:
            latest = banks.latest_id(session)
            if latest is None or (self._standing and latest == self._standing.version):
                return
            row = banks.get(session, latest)
        bank = BANK.validate_json(row.content)
        self._standing = LoadedVersion(latest, bank, _matcher(bank, row.compiled))

    def _current(self) -> LoadedVersion:
        if self._standing is None:
            self._looked_at = float("-inf")
            self.refresh()
        if self._standing is None:
            raise BankError([Problem("", 0, "还没有发布过指南，请先运行 bot.py faq publish")])
        return self._standing
