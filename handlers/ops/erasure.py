"""Erasure: one merchant everywhere, or everything past its retention time.

Files go before the rows that name them: a process that dies in between leaves a row without a
file, which the next run finds, never a picture that nothing knows of.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from handlers.context import Context
from handlers.media_files import media_folder
from handlers.ops.logs import log_name
from storage.database import Session
from storage.queries import consultants, conversations, erasing, leases

log = logging.getLogger(__name__)

Why = Literal["asked", "unsubscribed"]
LOGIN_FAILURES_KEPT = timedelta(days=1)
ORPHAN_AGE = timedelta(hours=24)  # a file that is being fetched has no row naming it for a moment
EVERY = timedelta(hours=1)
WORDS = {
    "message": "条消息",
    "files": "个图片或文件",
    "delivery": "条发送记录",
    "push": "条接收记录",
    "cases": "次人工服务",
    "case_event": "条服务轨迹",
    "note": "条备注",
    "verdict": "条评价",
    "profile_change": "条档案",
    "observation": "条待学习的问题",
}


@dataclass(frozen=True, slots=True)
class Erased:
    """What was deleted: table → rows, and `files`. `thorough`: it stands in no file any more."""

    counts: dict[str, int]
    thorough: bool = True

    def in_words(self) -> str:
        """Such as "12 条消息、3 个图片或文件"."""
        parts = [
            f"{self.counts[key]} {word}" for key, word in WORDS.items() if self.counts.get(key)
        ]
        return "、".join(parts) or "一个空的对话"


def forget(context: Context, openid: str, *, why: Why = "asked") -> Erased | None:
    """Erase a merchant everywhere; None when nothing is known of them.

    What stays is one row: when, why and how much, not who.
    """
    erased = context.database.transact(lambda session: _forget(session, context, openid, why))
    if erased is not None:
        erased = replace(erased, thorough=context.database.scrub(whole=why == "asked"))
        log.info("merchant %s erased (%s)", log_name(openid), why)
    return erased


def _forget(session: Session, context: Context, openid: str, why: Why) -> Erased | None:
    found = conversations.by_openid(session, openid)
    if found is None:
        return None
    conversations.lock_by_id(session, found.id)
    files = erasing.files_of(session, found.id)
    _unlink(media_folder(context.firm), files)
    session.expunge_all()
    counts = {**erasing.conversation(session, found.id), "files": len(files)}
    erasing.note_erasure(session, at=context.now(), why=why, counts=counts)
    return Erased(counts)


def keep_to_age(context: Context, holder: str) -> None:
    """Drop what is past its time, media first. Once an hour over all processes."""
    now = context.now()
    with context.database.write() as session:
        seconds = EVERY.total_seconds()
        if not leases.take(session, "retention", holder=holder, now=now, seconds=seconds):
            return
        consultants.forget_failures(session, before=now - LOGIN_FAILURES_KEPT)
    firm = context.firm
    days = [days for days in (firm.media_days, firm.message_days) if days]
    if days:
        _drop_media(context, now - timedelta(days=min(days)))
    if firm.message_days:
        _drop_messages(context, now - timedelta(days=firm.message_days))
    _drop_orphans(context, now)
    context.database.scrub(whole=False)


def _drop_media(context: Context, before: datetime) -> None:
    while True:
        with context.database.read() as session:
            old = erasing.old_media(session, before)
        if not old:
            return
        _unlink(media_folder(context.firm), [file for _, file in old if file])
        ids = [media_id for media_id, _ in old]
        context.database.transact(partial(erasing.drop_media, ids=ids))
        log.info("%s pictures and files past their time were deleted", len(ids))


def _drop_messages(context: Context, before: datetime) -> None:
    """In batches: a long transaction would keep merchants waiting."""
    while dropped := context.database.transact(lambda session: erasing.drop_old(session, before)):
        log.info("%s rows past their time were deleted", dropped)
    context.database.transact(erasing.drop_unasked)
    context.database.transact(lambda session: erasing.drop_empty(session, before))


def _drop_orphans(context: Context, now: datetime) -> None:
    """Files that no row names: what a process left that died while it stored one."""
    folder = media_folder(context.firm)
    oldest = (now - ORPHAN_AGE).timestamp()
    found = [path for path in folder.glob("*") if path.stat().st_mtime < oldest]
    if found:
        with context.database.read() as session:
            known = erasing.known_files(session)
        _unlink(folder, [path.name for path in found if path.name not in known])


def _unlink(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / Path(name).name).unlink(missing_ok=True)
