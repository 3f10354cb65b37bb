"""What consultants note down about a merchant: the profile, the shop's name, and tags."""

from collections.abc import Mapping

from faq.secrets import mask
from handlers import cases
from handlers.actions import merchant_profile
from handlers.actions.merchant_profile import SHOP, VALUE_MAX, ProfileValue
from handlers.actions.perform import Acting
from storage.queries import cases as stored_cases
from storage.queries import profiles, tags

TAG_MAX = 12
NAME_MAX = 32


def rename(acting: Acting, name: str) -> None:
    """The shop's name, where the bot did not learn it; only the case's owner or a lead."""
    if not cases.is_lead(acting.by):
        cases.owned(acting.session, acting.conversation, acting.by)
    acting.conversation.name = mask(" ".join(name.split()))[:NAME_MAX]
    if not _trace_latest(acting, "renamed", acting.conversation.name):
        _note(acting, SHOP, acting.conversation.name)


def fill(acting: Acting, values: Mapping[str, str]) -> list[ProfileValue]:
    """Note down what changed of these fields; only the case's owner or a lead.

    Codes, passwords and numbers of papers and cards are masked. Unknown fields are a CaseError.
    """
    if not cases.is_lead(acting.by):
        cases.owned(acting.session, acting.conversation, acting.by)
    before = {each.name: each for each in profile(acting)}
    unknown = sorted(set(values) - set(before))
    if unknown:
        raise cases.CaseError(f"档案里没有这一栏：{'、'.join(unknown)}。")
    for name, text in values.items():
        value = mask(" ".join(text.split()))[:VALUE_MAX]
        if value == before[name].value:
            continue
        if name == SHOP:
            rename(acting, value)
        else:
            _note(acting, name, value)
    acting.session.flush()
    return profile(acting)


def profile(acting: Acting) -> list[ProfileValue]:
    """The profile as it stands."""
    return merchant_profile.read(
        acting.session,
        acting.conversation,
        stored_cases.history(acting.session, acting.conversation.id),
        acting.context.published_bank.bank(),
        acting.now,
    )


def _note(acting: Acting, field: str, value: str) -> None:
    profiles.note(
        acting.session, acting.conversation.id, field, value, actor=acting.by.name, now=acting.now
    )
    acting.touch()


def tag(acting: Acting, name: str) -> None:
    """Put a tag on the conversation; a new name is a new tag."""
    name = " ".join(name.split())
    if not name or len(name) > TAG_MAX:
        raise cases.CaseError(f"标签要有 1 到 {TAG_MAX} 个字。")
    session = acting.session
    found = tags.named(session, name, acting.now)
    if found.retired:
        raise cases.CaseError(f"标签「{name}」已经停用，请换一个，或请管理员恢复。")
    tags.put(session, acting.conversation.id, found)
    _trace_latest(acting, "tagged", name)


def untag(acting: Acting, tag_id: int) -> None:
    """Take it off again."""
    found = tags.get(acting.session, tag_id)
    if found is not None:
        tags.take(acting.session, acting.conversation.id, tag_id)
        _trace_latest(acting, "untagged", found.name)


def tag_unless_tagged(acting: Acting, name: str) -> None:
    """Put a tag on the conversation; CaseError where it has it already."""
    if any(each.name == name for each in tags.of(acting.session, acting.conversation.id)):
        raise cases.CaseError("已经有这个标签。")
    tag(acting, name)


def untag_named(acting: Acting, name: str) -> None:
    """Take the tag of this name off again."""
    for each in tags.of(acting.session, acting.conversation.id):
        if each.name == name:
            untag(acting, each.id)


def _trace_latest(acting: Acting, action: str, detail: str) -> bool:
    """In the history of the open or latest case. False where there is none."""
    history = stored_cases.history(acting.session, acting.conversation.id)
    if history:
        acting.trace(history[-1], action, detail)
    acting.touch()
    return bool(history)
