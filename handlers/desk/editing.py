"""What the pages about the bank share: who edits or judges, and the bank in force."""

from collections.abc import Mapping
from typing import Any

from faq.bank import Bank
from handlers.context import current_context
from handlers.desk.pages import me
from handlers.knowledge import drafts, verdicts
from handlers.knowledge.drafts import Editor
from handlers.knowledge.verdicts import ConsultantVerdict, Judge
from storage.database import Session
from storage.models.conversations import Consultant, Message
from storage.queries import consultants, messages


def editor() -> Editor:
    return Editor(me().name, current_context().now())


def acting_as_me(session: Session) -> Consultant:
    """The one who is logged in, as a row of this transaction."""
    found = consultants.get(session, me().id)
    assert found is not None  # noqa: S101 (the session's check has just read them)
    return found


def bank_in_force() -> Bank:
    """What is in force: merchants walk its steps."""
    published = current_context().published_bank
    published.refresh()
    return published.bank()


def question_and_aliases(form: Mapping[str, str]) -> dict[str, Any]:
    """As they were typed beside a piece of an article."""
    lines = form.get("aliases", "").replace("\r\n", "\n").split("\n")
    aliases = [line.strip() for line in lines if line.strip()]
    return {"question": form.get("question", ""), "aliases": aliases}


def store_verdict(message_id: int, opinion: ConsultantVerdict) -> Message | None:
    """The message that it is stored for; None where it is gone. Raises InvalidEntryError."""

    def work(session: Session) -> Message | None:
        message = messages.get(session, message_id)
        if message is not None:
            judge = Judge(me().id, current_context().now())
            verdicts.give(session, message, opinion, judge, drafts.view(session).bank())
        return message

    return current_context().database.transact(work)
