"""Publishing: a bank goes through the gate in the background, and comes into force or does not.

The old version stays in force, and the draft as it was, until the one transaction that stores the
new version. A process that dies before it leaves a row that nobody beats any more.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers.context import Context
from handlers.knowledge import bank_versions, drafts, gate_process, verdicts
from handlers.knowledge.gate_process import GateError, GateResult, Task
from storage.database import DatabaseDownError, Session
from storage.models.conversations import BankVersion
from storage.models.knowledge import Publication
from storage.queries import banks, publications
from storage.queries import drafts as stored_drafts
from storage.queries.publications import IntegrityError, PublicationStart

log = logging.getLogger(__name__)
QUESTIONS_MAX = 10_000
BEAT_SECONDS = 1.0
SILENT = timedelta(seconds=20)
HISTORY = 200
GONE = "程序在发布中途停了，正在用的版本和草稿都没有变。请再发布一次。"
BROKEN = "发布时程序出了意外，正在用的版本和草稿都没有变。请再试一次。"
OVERTAKEN = "发布期间另一个版本先生效了，请再发布一次。"


class RunningError(Exception):
    """Another publication runs; `publication` is its id."""

    def __init__(self, publication: int) -> None:
        super().__init__("正在发布另一个版本，请等它结束。")
        self.publication = publication


class UnknownVersionError(Exception):
    """There is no such version."""


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """Who wants to publish, and how. `force`: also what would be blocked."""

    by: str
    note: str = ""
    force: bool = False


def publish_draft(context: Context, wish: PublishRequest) -> int:
    """Begin to publish the draft; the id to ask for. Raises RunningError."""

    def begun(session: Session) -> PublicationStart:
        draft = drafts.view(session)
        revisions = {edit.name: edit.revision for edit in draft.pending()}
        return _begun(session, "draft", draft.sources(), revisions, wish)

    return _begin(context, begun)


def publish_files(context: Context, sources: Mapping[str, str], wish: PublishRequest) -> int:
    """The same with files instead of the draft."""
    return _begin(context, lambda session: _begun(session, "files", sources, {}, wish))


def note_refusal(
    context: Context, sources: Mapping[str, str], wish: PublishRequest, words: str
) -> None:
    """Files were refused before the gate: the desk shows it to those whose edit they would undo."""
    now = context.now()
    try:
        with context.database.write() as session:
            row = publications.add(session, _begun(session, "files", sources, {}, wish), now)
            publications.end(session, row.id, "failed", now, {"error": words, "report": EMPTY})
    except IntegrityError:
        log.info("another publication runs; the refusal of files is not noted")


def _begun(
    session: Session,
    kind: str,
    sources: Mapping[str, str],
    revisions: Mapping[str, int],
    wish: PublishRequest,
) -> PublicationStart:
    base = banks.latest_id(session)
    return PublicationStart(kind, base, sources, revisions, wish.by, wish.note, wish.force)


def _begin(context: Context, make: Callable[[Session], PublicationStart]) -> int:
    reap(context)
    try:
        with context.database.write() as session:
            row = publications.add(session, make(session), context.now())
            publication_id = row.id
    except IntegrityError:
        raise _running(context) from None
    context.enqueue_publication(publication_id)
    return publication_id


def give_back(session: Session, holder: str, now: datetime) -> None:
    """This process stops: what it published is not waited for."""
    publications.stopped(session, holder, GONE, now)


def _running(context: Context) -> RunningError:
    with context.database.read() as session:
        row = publications.running(session) or publications.latest(session)
    return RunningError(row.id if row else 0)


def reap(context: Context) -> int:
    """End the publications whose process is gone."""
    now = context.now()
    with context.database.read() as session:
        row = publications.running(session)
    if row is None or row.beat_at >= now - SILENT:
        return 0
    with context.database.write() as session:
        return publications.silent(session, now - SILENT, GONE, now)


def run(context: Context, publication_id: int, holder: str) -> None:
    """Work on a publication, unless somebody does. Never leaves it running."""
    with context.database.write() as session:
        if not publications.take(session, publication_id, holder=holder[:64], now=context.now()):
            return
    try:
        task, base = _task(context, publication_id)
        with _Progress(context, publication_id) as progress:
            outcome = gate_process.run(task, progress.told)
        _finish(context, publication_id, outcome, base)
    except GateError:
        log.exception("a publication broke")
        _fail(context, publication_id, BROKEN)
    except BaseException:
        _fail(context, publication_id, BROKEN)
        raise


def _task(context: Context, publication_id: int) -> tuple[Task, int | None]:
    with context.database.read() as session:
        row = publications.get(session, publication_id)
        assert row is not None  # noqa: S101 (it was taken a moment ago)
        old = banks.get(session, row.base) if row.base else None
        gated = row.kind != "rollback"
        real = publications.asked(session, limit=QUESTIONS_MAX) if gated else []
        pinned = verdicts.pinned(session) if gated else []
        return Task(
            row.sources, (old.content, old.compiled) if old else None, pinned, real
        ), row.base


class _Progress:
    """Where it is, written down every few seconds also while the gate computes without a word."""

    def __init__(self, context: Context, publication_id: int) -> None:
        self._context, self._id = context, publication_id
        self._at = ("", 0)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "_Progress":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def told(self, phase: str, percent: int) -> None:
        self._at = (phase, percent)

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            phase, percent = self._at
            try:
                with self._context.database.write() as session:
                    now = self._context.now()
                    publications.beat(session, self._id, phase=phase, percent=percent, now=now)
            except DatabaseDownError:
                log.warning("the progress of a publication could not be noted")


def _finish(context: Context, publication_id: int, outcome: GateResult, base: int | None) -> None:
    now = context.now()

    def work(session: Session) -> None:
        row = publications.get(session, publication_id)
        if row is None or row.state != "running":
            return
        if outcome.problems:
            words = "\n".join(problem["message"] for problem in outcome.problems[:5])
            report = {**EMPTY, "problems": outcome.problems}
            publications.end(session, row.id, "failed", now, {"error": words, "report": report})
        elif banks.latest_id(session) != base:
            publications.end(session, row.id, "failed", now, {"error": OVERTAKEN})
        else:
            _settle(session, row, outcome, now)

    context.database.transact(work)


EMPTY: dict[str, Any] = {"better": [], "worse": [], "judge": [], "confusions": []}


def _put_in_force(
    session: Session, row: Publication, compiled: bytes, report: Mapping[str, Any], now: datetime
) -> int:
    """The number of the version: a new one, unless the bank is the same as before."""
    version = bank_versions.prepared_from(row.sources)
    if row.base is not None and bank_versions.in_force(session, version):
        return row.base
    made = banks.VersionOrigin(
        row.started_by,
        now,
        origin="files" if row.kind == "files" else "desk",
        note=row.note or ("强制发布" if report["forced"] else ""),
        score=report.get("score"),
        report={"counts": report.get("counts", {}), "forced": report["forced"]},
    )
    return bank_versions.store(session, version, compiled, made).id


def _settle(session: Session, row: Publication, outcome: GateResult, now: datetime) -> None:
    """Blocked, or in force from the end of this transaction on."""
    report = dict(outcome.report or EMPTY)
    broken = report.get("counts", {}).get("broken", 0)
    if broken and not row.forced:
        publications.end(session, row.id, "blocked", now, {"report": report})
        return
    report["forced"] = bool(broken)
    new_id = _put_in_force(session, row, outcome.compiled, report, now)
    _rebase(session, row, new_id, now)
    values = {"version": new_id, "report": report, "percent": 100}
    publications.end(session, row.id, "published", now, values)


def _rebase(session: Session, row: Publication, version: int, now: datetime) -> None:
    """The draft starts from what is in force now; what was edited meanwhile stays."""
    stored_drafts.begin(session, version, now)
    stored_drafts.lock(session)
    stored_drafts.settle(session, version, row.revisions, now)


def _fail(context: Context, publication_id: int, error: str) -> None:
    now = context.now()
    with context.database.write() as session:
        publications.end(session, publication_id, "failed", now, {"error": error})


def roll_back(context: Context, version_id: int, by: str) -> int:
    """An old version in force again, at once, as a new one; the draft stays as it is.

    Raises UnknownVersionError, RunningError.
    """
    reap(context)

    def begun(session: Session) -> Publication:
        old = banks.find(session, version_id)
        head = banks.latest_id(session)
        if old is None or head is None:
            raise UnknownVersionError
        stored_drafts.begin(session, head, context.now())
        note = f"回到第 {version_id} 版"
        begun = PublicationStart("rollback", head, drafts.sources_of(old), {}, by, note)
        row = publications.add(session, begun, context.now())
        if context.fitting.is_ready(old):
            _again(session, row, old, context.now())
        return row

    try:
        with context.database.write() as session:
            row = begun(session)
            session.refresh(row)
            publication_id, waits = row.id, row.state == "running"
    except IntegrityError:
        raise _running(context) from None
    if waits:  # fitted by another program: it is fitted anew first
        context.enqueue_publication(publication_id)
    return publication_id


def _again(session: Session, row: Publication, old: BankVersion, now: datetime) -> None:
    made = banks.VersionOrigin(row.started_by, now, "rollback", row.note, old.score, old.report)
    new = banks.add(
        session,
        digest=old.digest,
        content=old.content,
        compiled=old.compiled,
        sources=row.sources,
        made=made,
    )
    values = {"version": new.id, "report": EMPTY, "percent": 100}
    publications.end(session, row.id, "published", now, values)


def find(context: Context, publication_id: int) -> Publication | None:
    """How far it is. One whose process is gone is called failed here at the latest."""
    reap(context)
    with context.database.read() as session:
        return publications.get(session, publication_id)


def history(context: Context) -> Sequence[BankVersion]:
    """Newest first."""
    with context.database.read() as session:
        return banks.history(session, limit=HISTORY)
