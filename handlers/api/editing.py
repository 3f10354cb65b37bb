"""What the routes that edit the bank share: the body, its revision, and who edits."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import request

from handlers.api.blueprint import me
from handlers.context import current_context
from handlers.knowledge.drafts import Editor
from handlers.knowledge.entry_form import invalid
from storage.database import Session

T = TypeVar("T")


def edited(work: Callable[[Session, Editor], T]) -> T:
    context = current_context()

    def in_transaction(session: Session) -> T:
        return work(session, Editor(me(session).name, context.now()))

    return context.database.transact(in_transaction)


def fields_of_body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise invalid("JSON", "请求的内容要是一个 JSON 对象")
    return dict(body)


def revision_of(fields: dict[str, Any]) -> int | None:
    """Taken out of the fields; None when there is none."""
    revision = fields.pop("revision", None)
    if revision is not None and (not isinstance(revision, int) or isinstance(revision, bool)):
        raise invalid("revision", "要写成数字")
    return revision
