"""The firm's own fields of a merchant's profile, defined by admins, with a trace."""

from collections.abc import Callable

from handlers.actions.merchant_profile import SETTING, ProfileField, own_fields, usual_fields
from handlers.cases import CaseError
from handlers.context import Context
from storage.queries import admin_events, desk_settings

MOST = 12
LABEL_MAX = 12
Fields = tuple[ProfileField, ...]


def add(context: Context, by: str, label: str) -> None:
    label = _checked(label)

    def more(known: Fields, number: int) -> Fields:
        if len(known) >= MOST:
            raise CaseError(f"自己的栏目最多 {MOST} 个。")
        return (*known, ProfileField(f"own{number}", label))

    _edit(context, by, "field_added", label, more)


def rename(context: Context, by: str, name: str, label: str) -> None:
    """What was noted down under it stays."""
    label = _checked(label)

    def other(known: Fields, _: int) -> Fields:
        return tuple(ProfileField(name, label) if each.name == name else each for each in known)

    _edit(context, by, "field_renamed", label, other)


def remove(context: Context, by: str, name: str) -> None:
    """Off the list."""

    def fewer(known: Fields, _: int) -> Fields:
        return tuple(each for each in known if each.name != name)

    _edit(context, by, "field_removed", name, fewer)


def _edit(
    context: Context, by: str, action: str, target: str, change: Callable[[Fields, int], Fields]
) -> None:
    now = context.now()
    with context.database.write() as session:
        stored = desk_settings.value(session, SETTING) or {}
        number = int(stored.get("next", 1))
        changed = change(own_fields(session), number)
        usual = usual_fields(context.published_bank.bank().firm)
        labels = [each.label for each in usual + changed]
        if len(set(labels)) < len(labels):
            raise CaseError("已经有同名的栏目。")
        rows = [{"name": each.name, "label": each.label} for each in changed]
        desk_settings.put(session, SETTING, {"fields": rows, "next": number + 1}, by, now)
        admin_events.add(session, at=now, actor=by, action=action, target=target)


def _checked(label: str) -> str:
    label = " ".join(label.split())
    if not label or len(label) > LABEL_MAX:
        raise CaseError(f"栏目名要有 1 到 {LABEL_MAX} 个字。")
    return label
