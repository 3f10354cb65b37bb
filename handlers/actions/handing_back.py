"""Telling the merchant in one line who answers from now on.

It costs one of the five messages, so the last one is never spent on it unless the consultant says
so: then the line goes with the bot's next answer, which costs nothing. With none left it is held,
as everything is.
"""

from typing import Literal

from handlers.actions.perform import Acting
from handlers.dialogue import desk_view
from handlers.outbound import outbox
from storage.models.conversations import Message
from wechat import quota

Handed = Literal["released", "resolved", "requeued"]


def say_as_bot(acting: Acting, text: str, *, entry: str | None = None) -> Message:
    """The bot says something because a consultant did something."""
    acting.deliver = True
    return outbox.say_as_bot(acting.session, acting.conversation, text, acting.now, entry=entry)


def tell(acting: Acting, handed: Handed, *, tell: bool | None = None, rating: bool = False) -> None:
    """`tell` False leaves the line out, True says it even with the last message; `rating` asks for
    one in the same message."""
    conversation, now = acting.conversation, acting.now
    bank = acting.context.published_bank.bank()
    lines = [] if tell is False else [acting.context.texts.text(f"handed_{handed}")]
    if tell is None and not rating and _is_last(acting):
        conversation.memory = desk_view.told_later(conversation.memory, bank, now, handed)
        return
    if rating:
        conversation.memory = desk_view.expecting_rating(conversation.memory, bank, now)
        lines.append(acting.context.texts.text("rate_ask"))
    if lines:
        say_as_bot(acting, "\n".join(lines))


def may_ask(acting: Acting) -> bool:
    """Whether a rating may be asked for without a consultant's word: there is room for it."""
    bank = acting.context.published_bank.bank()
    asked = desk_view.may_ask_rating(acting.conversation.memory, bank, acting.now)
    return asked and not _is_last(acting)


def _is_last(acting: Acting) -> bool:
    verified = acting.context.firm.account == "verified"
    return verified and quota.left(outbox.window_of(acting.conversation), acting.now) == 1
