"""Changing what reasons and outcomes are called; by admins, with a trace."""

from typing import Any

from handlers.cases import CaseError
from handlers.context import Context
from handlers.firm.case_words import SETTING, Kind, Word, read
from storage.database import Session
from storage.queries import admin_events, desk_settings

KINDS: dict[str, Kind] = {"reason": "reason", "outcome": "outcome"}
NAME_MAX = 12
OWN_MAX = 12


def rename(context: Context, by: str, kind: Kind, key: str, name: str) -> None:
    """From now on; a name that another has merges it into that one."""
    name = _checked(name)
    with context.database.write() as session:
        words = read(session).of(kind)
        word = _known(words.get(key))
        other = next((w for w in words.values() if w.name == name and w.key != key), None)
        if other is not None and not other.into:
            _put(session, context, by, kind, key, {"into": other.key})
            _trace(session, context, by, "word_merged", word.name, other.name)
        elif name != word.name or word.into:
            names = [*_stored_names(word), [context.now().isoformat(), name]]
            _put(session, context, by, kind, key, {"names": names, "into": ""})
            _trace(session, context, by, "word_changed", word.name, name)


def retire(context: Context, by: str, kind: Kind, key: str, *, retired: bool) -> None:
    with context.database.write() as session:
        word = _known(read(session).of(kind).get(key))
        _put(session, context, by, kind, key, {"retired": retired, "into": ""})
        _trace(session, context, by, "word_retired" if retired else "word_back", word.name)


def add_outcome(context: Context, by: str, name: str) -> None:
    name = _checked(name)
    with context.database.write() as session:
        words = read(session).outcomes
        own = [word for word in words.values() if word.own]
        if len(own) >= OWN_MAX:
            raise CaseError(f"自己的结果最多 {OWN_MAX} 个。")
        if any(word.name == name for word in words.values()):
            raise CaseError("已经有这个结果。")
        key = f"own{len(own) + 1}"
        _put(session, context, by, "outcome", key, {"names": [[context.now().isoformat(), name]]})
        _trace(session, context, by, "word_added", name)


def _put(
    session: Session, context: Context, by: str, kind: Kind, key: str, changed: dict[str, Any]
) -> None:
    stored = desk_settings.value(session, SETTING) or {}
    of_kind = dict(stored.get(kind, {}))
    of_kind[key] = {"names": [], **of_kind.get(key, {}), **changed}
    desk_settings.put(session, SETTING, {**stored, kind: of_kind}, by, context.now())


def _stored_names(word: Word) -> list[list[str]]:
    return [[at.isoformat(), name] for at, name in word.names]


def _known(word: Word | None) -> Word:
    if word is None:
        raise CaseError("没有这一项。")
    return word


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME_MAX:
        raise CaseError(f"要有 1 到 {NAME_MAX} 个字。")
    return name


def _trace(
    session: Session, context: Context, by: str, action: str, target: str, detail: str = ""
) -> None:
    admin_events.add(
        session, at=context.now(), actor=by, action=action, target=target, detail=detail
    )
