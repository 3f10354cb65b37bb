"""A first wording for a consultant, at their tap only: read, edited, and sent by a person.

Numbers, money and promises that neither the sources nor the conversation hold are marked by plain
code. The digest of a draft is kept, so that sending it untouched needs an explicit yes.
"""

import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from faq.bank import Entry
from handlers.model import prompts
from handlers.model.asking import Asking
from handlers.model.client import Message, ModelError
from handlers.model.masking import Mask, known_values
from storage.database import Database
from storage.queries import conversations, messages, model_calls

HISTORY = 12
SECONDS = 12.0
TOKENS = 400
LONGEST = 600
SAID = {"merchant": "客户", "bot": "机器人", "consultant": "顾问"}
# A draft that was sent unread within this time is still known as one.
REMEMBERED = timedelta(hours=24)
_CLAIMS = re.compile(
    r"\d+(?:[.,]\d+)?(?:\s*[-–—至到]\s*\d+)?\s*(?:个?工作日|天|小时|分钟|周|个月|元|块|万|%)?"
    r"|[一二两三四五六七八九十百]+(?:个?工作日|天|小时|分钟|周|个月|元|块|万)"
    r"|保证(?!金)|一定|肯定|绝对|全额|免费|马上|立刻|承诺|赔偿|包退|包过"
)


@dataclass(frozen=True, slots=True)
class DraftReply:
    """`doubtful` are the pieces of the text that no source holds; `sources` titles of entries."""

    text: str
    doubtful: tuple[str, ...]
    sources: tuple[str, ...]


def write(
    asking: Asking, database: Database, conversation_id: int, entries: Sequence[Entry]
) -> DraftReply:
    """Draft an answer from the conversation and these entries. Raises Refused or ModelError."""
    lines, mask = _read(database, conversation_id)
    sources = [f"{entry.question}\n{entry.as_text()}" for entry in entries]
    question = prompts.draft([mask.out(line) for line in lines], sources)
    text = _ask(asking, question, mask, conversation_id)
    known = "\n".join((*sources, *lines))
    titles = tuple(entry.short or entry.question for entry in entries)
    return DraftReply(text, doubtful(text, known), titles)


def _read(database: Database, conversation_id: int) -> tuple[list[str], Mask]:
    """The last lines of the conversation, and the mask of what is known of the merchant."""
    with database.read() as session:
        conversation = conversations.get(session, conversation_id)
        said = messages.latest(session, conversation_id, limit=HISTORY)
        case = conversations.open_case(session, conversation_id)
        values = known_values(conversation.name if conversation else "", case.form if case else {})
    lines = [f"{SAID[m.author]}：{m.text}" for m in said if m.author in SAID and m.text]
    return lines, Mask(values)


def _ask(asking: Asking, question: Sequence[Message], mask: Mask, conversation_id: int) -> str:
    """The model's text, the call recorded however it ends."""
    began = time.monotonic()
    outcome, text, tokens = "broken", "", (0, 0)
    try:
        answer = asking.one(question, seconds=SECONDS, max_tokens=TOKENS, as_json=False)
        tokens = answer.tokens_in, answer.tokens_out
        text = mask.back(answer.text).strip()[:LONGEST]
        outcome = "ok" if text else "broken"
    except ModelError as error:
        outcome = error.kind
        raise
    finally:
        asking.record(
            use="draft",
            outcome=outcome,
            digest=digest(text) if text else "",
            ms=round((time.monotonic() - began) * 1000),
            tokens_in=tokens[0],
            tokens_out=tokens[1],
            conversation_id=conversation_id,
        )
    if not text:
        raise ModelError("broken")
    return text


def doubtful(text: str, known: str) -> tuple[str, ...]:
    """Numbers, times, money and promises of the text that do not stand in what is known."""
    founded = {_plain(match.group()) for match in _CLAIMS.finditer(known)}
    found = (match.group().strip() for match in _CLAIMS.finditer(text))
    return tuple(dict.fromkeys(each for each in found if _plain(each) not in founded))


def _plain(words: str) -> str:
    return "".join(words.split())


def digest(text: str) -> str:
    """Of the words alone: another blank or line break is no edit."""
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()


def is_untouched(asking: Asking, database: Database, conversation_id: int, text: str) -> bool:
    """Whether this text is a draft of the model, word for word."""
    since = asking.now() - REMEMBERED
    with database.read() as session:
        return model_calls.is_draft(session, conversation_id, digest(text), since)
