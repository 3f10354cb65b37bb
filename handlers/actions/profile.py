"""What consultants note down about a merchant: the shop's name and tags."""

from handlers import cases
from handlers.actions.perform import Acting
from storage.queries import cases as stored_cases
from storage.queries import tags

TAG_MAX = 12
NAME_MAX = 32


def rename(acting: Acting, name: str) -> None:
    """The shop's name, where the bot did not learn it; only the case's owner or a lead."""
    if not cases.is_lead(acting.by):
        cases.owned(acting.session, acting.conversation, acting.by)
    acting.conversation.name = " ".join(name.split())[:NAME_MAX]
    _trace_latest(acting, "renamed", acting.conversation.name)


def tag(acting: Acting, name: str) -> None:
    """Put a tag on the conversation; a new name is a new tag."""
    name = " ".join(name.split())
    if not name or len(name) > TAG_MAX:
        raise cases.CaseError(f"标签要有 1 到 {TAG_MAX} 个字。")
    session = acting.session
    tags.put(session, acting.conversation.id, tags.named(session, name, acting.now))
    _trace_latest(acting, "tagged", name)


def untag(acting: Acting, tag_id: int) -> None:
    """Take it off again."""
    found = tags.get(acting.session, tag_id)
    if found is not None:
        tags.take(acting.session, acting.conversation.id, tag_id)
        _trace_latest(acting, "untagged", found.name)


def _trace_latest(acting: Acting, action: str, detail: str) -> None:
    """In the history of the open or latest case, where there is one."""
    history = stored_cases.history(acting.session, acting.conversation.id)
    if history:
        acting.trace(history[-1], action, detail)
    acting.touch()
