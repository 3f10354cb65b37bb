"""The published bank: which version is in force, and how a process comes to have it.

Publishing writes a version with its fitted matcher into the database. Every process looks there
every few seconds, so a new version is in force everywhere without a restart.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from zipfile import BadZipFile

from faq import writing
from faq.bank import Bank
from faq.bank_files import FIRM, SAYINGS
from faq.guides import folder_files, read_files
from faq.matching import matcher
from faq.understanding import Matcher
from handlers.knowledge import not_this
from handlers.knowledge.bank_versions import (
    BANK,
    GUIDES,
    in_force,
    nothing_published,
    prepared,
    store,
)
from storage.database import Database
from storage.models.conversations import BankVersion
from storage.polled import PolledValue
from storage.queries import banks


@dataclass(frozen=True, slots=True)
class LoadedVersion:
    """What a process has in hand."""

    version: int
    bank: Bank
    fitted: Matcher
    matcher: Matcher
    """The fitted one, heeding what people said is wrong."""
    refused: not_this.Refused


def publish(
    database: Database,
    bank: Bank,
    *,
    by: str,
    now: datetime,
    sources: Mapping[str, str] | None = None,
) -> bool:
    """Put this bank in force as it is, past the gate; False when it is already.

    `sources` are the files that it was read from. Fitting it takes seconds, once.
    """
    version = prepared(sources or writing.files(bank), bank)
    with database.read() as session:
        if in_force(session, version):
            return False
    compiled = compile_bank(bank)  # before the transaction: nobody waits for it
    with database.write() as session:
        if in_force(session, version):
            return False
        store(session, version, compiled, banks.VersionOrigin(by, now))
    return True


def freshen(database: Database) -> None:
    """After an upgrade: files for the versions that had none, and the bank in force fitted anew,
    so that every process only has to read it."""
    _write_sources(database)
    with database.read() as session:
        latest = banks.latest_id(session)
        row = banks.get(session, latest) if latest is not None else None
    if row is None:
        return
    bank = BANK.validate_json(row.content)
    if not row.compiled.startswith(_mark(bank)):
        compiled = compile_bank(bank)
        with database.write() as session:
            banks.get(session, row.id).compiled = compiled


def _write_sources(database: Database) -> None:
    """Versions from before files were kept, and those from before the firm's own words were data:
    where it is the shipped firm's bank, it goes on saying and hearing the same."""
    with database.read() as session:
        older = banks.without(session, '"inquiry":')
    for version_id in older:
        with database.write() as session:
            row = banks.get(session, version_id)
            bank = _with_firm(BANK.validate_json(row.content))
            files = dict(row.sources) or writing.files(bank)
            own = writing.files(bank)
            row.sources = files | {name: own[name] for name in (FIRM, SAYINGS) if name in own}
            row.content = BANK.dump_json(bank).decode()


def _with_firm(bank: Bank) -> Bank:
    shipped = read_files(folder_files(GUIDES)[0])[0].firm
    ours = all(thing.entry in bank.by_id for thing in shipped.things)
    if not ours or bank.firm.name not in ("", shipped.name):
        return bank
    texts = {**shipped.texts, **bank.firm.texts}
    things = bank.firm.things or shipped.things
    edited = bank.firm.edited_at_desk
    return replace(bank, firm=replace(shipped, texts=texts, things=things, edited_at_desk=edited))


def is_ready(row: BankVersion) -> bool:
    """Was it fitted by this very program, so that a process only has to read it?"""
    return row.compiled.startswith(_mark(BANK.validate_json(row.content)))


def _mark(bank: Bank) -> bytes:
    """In front of what this program and this bank compile to; another program's is not read."""
    return matcher.fingerprint(bank).encode("ascii")


def fit_alike(one: Bank, other: Bank) -> bool:
    """Do both understand the same? So they do where only the firm's own words differ."""
    return _mark(one) == _mark(other)


def compile_bank(bank: Bank) -> bytes:
    """The fitted matcher as it is stored."""
    return _mark(bank) + matcher.dump_matcher(matcher.compile_matcher(bank))


def matcher_of(bank: Bank, compiled: bytes) -> matcher.TrainedMatcher:
    """The stored matcher; fitted anew where another program stored it."""
    mark = _mark(bank)
    with suppress(ValueError, KeyError, BadZipFile):
        if compiled.startswith(mark):
            return matcher.load_matcher(compiled[len(mark) :])
    return matcher.compile_matcher(bank)


def _read(database: Database, version: int) -> tuple[Bank, Matcher]:
    with database.read() as session:
        row = banks.get(session, version)
    bank = BANK.validate_json(row.content)
    return bank, matcher_of(bank, row.compiled)


class DatabaseBank:
    """The bank that the database says is in force. Publish one before the first use."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._loaded: PolledValue[LoadedVersion | None] = PolledValue(self._newest, None, clock)

    def bank(self) -> Bank:
        return self._current().bank

    def matcher(self) -> Matcher:
        return self._current().matcher

    def version(self) -> int | None:
        return self._current().version

    def refresh(self) -> None:
        """Look for a newer version, at most every few seconds. Call it outside a transaction."""
        # Without any version a thread waits for the one that reads it.
        self._loaded.refresh(self._database, at_once=self._loaded.value is None)

    def _newest(self, database: Database) -> LoadedVersion | None:
        known = self._loaded.value
        with database.read() as session:
            latest, refused = banks.latest_id(session), not_this.refused(session)
        if latest is None or (known and (known.version, known.refused) == (latest, refused)):
            return known
        if known and known.version == latest:
            bank, fitted = known.bank, known.fitted
        else:
            bank, fitted = _read(database, latest)
        heeding = not_this.corrected(fitted, refused)
        return LoadedVersion(latest, bank, fitted, heeding, refused)

    def _current(self) -> LoadedVersion:
        if self._loaded.value is None:
            self.refresh()
        if self._loaded.value is None:
            raise nothing_published()
        return self._loaded.value
