"""The firm's list of tags: renamed, merged, retired, removed by admins, with a trace.

Traces of cases keep the words that stood when something was done.
"""

from handlers.actions.profile import TAG_MAX
from handlers.cases import CaseError
from handlers.context import Context
from storage.database import Session
from storage.models.desk import Tag
from storage.queries import admin_events, tags


def rename(context: Context, by: str, tag_id: int, name: str) -> None:
    """A name that there is already merges the two."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= TAG_MAX:
        raise CaseError(f"标签要有 1 到 {TAG_MAX} 个字。")
    with context.database.write() as session:
        tag = _tag(session, tag_id)
        before, other = tag.name, tags.by_name(session, name)
        if other is tag:
            return
        if other is None:
            tag.name = name
        else:
            tags.merge(session, tag, other)
        _trace(session, context, by, "tag_merged" if other else "tag_renamed", before, name)


def retire(context: Context, by: str, tag_id: int, *, retired: bool) -> None:
    """No longer offered, or offered again; conversations keep it."""
    with context.database.write() as session:
        tag = _tag(session, tag_id)
        tag.retired = retired
        _trace(session, context, by, "tag_retired" if retired else "tag_back", tag.name)


def remove(context: Context, by: str, tag_id: int) -> None:
    """Off every conversation."""
    with context.database.write() as session:
        tag = _tag(session, tag_id)
        _trace(session, context, by, "tag_removed", tag.name)
        tags.remove(session, tag)


def _tag(session: Session, tag_id: int) -> Tag:
    tag = tags.get(session, tag_id)
    if tag is None:
        raise CaseError("这个标签刚刚删掉了。")
    return tag


def _trace(
    session: Session, context: Context, by: str, action: str, target: str, detail: str = ""
) -> None:
    admin_events.add(
        session, at=context.now(), actor=by, action=action, target=target, detail=detail
    )
