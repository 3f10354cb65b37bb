"""Downloads merchants' pictures and voices: WeChat deletes them after three days.

The row says how it stands: pending (with a time to try again), ready, or failed with the reason.
Files get a random name in a folder outside the web root; what they are is told by their bytes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from handlers import media_files
from handlers.back_off import back_off
from handlers.context import Context
from storage.database import Session
from storage.models.conversations import Media
from storage.queries import conversations
from storage.queries import media as stored
from wechat.codes import Action
from wechat.delivery_errors import DeliveryError
from wechat.errors import MediaError
from wechat.media import RecognisedMedia as Fetched

LEASE = timedelta(minutes=3)  # longer than the longest download
WECHAT_KEEPS = timedelta(days=3)
BACK_OFF_SECONDS = 5.0
BACK_OFF_MAX_SECONDS = 1800.0
TRY_AGAIN = frozenset({Action.RETRY, Action.RENEW, Action.OPERATOR})
UNREACHED = "没有连上微信，还没取到，会自动再试。"
GONE = "微信那边已经没有这个文件了（只保留三天），请让对方再发一次。"
GAVE_UP = "三天里一直没有取到，微信已经删除。请让对方再发一次。"


@dataclass(frozen=True, slots=True)
class PendingDownload:
    media_id: int
    wechat_id: str


def fetch(context: Context, media_id: int) -> None:
    """Fetch one file, if it is due and no other process does. Call it outside a transaction."""
    wanted = context.database.transact(lambda session: _take(session, media_id, context.now()))
    if wanted is None:
        return
    try:
        got: Fetched | DeliveryError | MediaError = context.client.download_media(wanted.wechat_id)
    except (DeliveryError, MediaError) as error:
        got = error
    if isinstance(got, Fetched):
        _store(context, wanted, got)
    else:
        now = context.now()
        context.database.transact(lambda session: _failed(session, wanted, got, now))


def _take(session: Session, media_id: int, now: datetime) -> PendingDownload | None:
    media = stored.take(session, media_id, now=now, until=now + LEASE)
    return PendingDownload(media.id, media.wechat_id) if media else None


def _store(context: Context, wanted: PendingDownload, got: Fetched) -> None:
    name = media_files.store(context.firm, got.content, Path(got.filename).suffix)
    now = context.now()

    def ready(session: Session) -> bool:
        media = _locked(session, wanted, now)
        if media is None or media.state == "ready":
            return False
        media.state, media.file, media.error = "ready", name, ""
        media.content_type, media.size = got.content_type, len(got.content)
        media.width, media.height = got.shown
        return True

    if not context.database.transact(ready):  # erased meanwhile, or another process was faster
        (media_files.media_folder(context.firm) / name).unlink()


def _failed(
    session: Session, wanted: PendingDownload, problem: DeliveryError | MediaError, now: datetime
) -> None:
    media = _locked(session, wanted, now)
    if media is None:
        return
    if isinstance(problem, MediaError):
        media.state, media.error = "failed", problem.explanation[:255]
    elif problem.action not in TRY_AGAIN:
        said = GONE if problem.action is Action.REUPLOAD else problem.explanation
        media.state, media.error = "failed", said[:255]
    elif now - media.created_at > WECHAT_KEEPS:
        media.state, media.error = "failed", GAVE_UP
    else:
        media.error = (UNREACHED if problem.code is None else problem.explanation)[:255]
        media.due_at = now + back_off(
            media.attempts, first=BACK_OFF_SECONDS, longest=BACK_OFF_MAX_SECONDS
        )


def _locked(session: Session, wanted: PendingDownload, now: datetime) -> Media | None:
    """The row under its conversation's lock, and open desk pages told; None when it was erased."""
    media = stored.get(session, wanted.media_id)
    if media is None:
        return None
    conversation = conversations.lock_by_id(session, media.conversation_id)
    if conversation is None:
        return None
    conversations.touch(session, conversation, now)
    return media
