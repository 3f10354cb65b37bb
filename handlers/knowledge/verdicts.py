"""Verdicts: what a consultant says of what the bot made of a message; the newest one counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from faq.bank import Bank
from handlers.knowledge.entry_form import FieldProblem, InvalidEntryError, invalid
from handlers.knowledge.labelled import OFFERED, Expected, Labelled, expected
from handlers.knowledge.private import clean, question_key
from storage.database import Session
from storage.models.conversations import Message
from storage.models.knowledge import Verdict
from storage.queries import verdicts
from storage.queries.verdicts import GivenVerdict

VERDICTS = ("right", "wrong", "entry", "outside", "social", "alarm")
READABLE = ("text", "voice")


@dataclass(frozen=True, slots=True)
class ConsultantVerdict:
    """What a consultant taps. `entry` is what it should have been; of `wrong`, what it is not, and
    `nor` what it is not either."""

    verdict: str
    entry: str = ""
    source: str = "desk"
    nor: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judge:
    """Who, and when."""

    consultant_id: int
    now: datetime


def give(
    session: Session, message: Message, opinion: ConsultantVerdict, judge: Judge, bank: Bank
) -> Verdict:
    """Store it. Raises InvalidEntryError, naming the field."""
    if message.author != "merchant" or message.kind not in READABLE or not message.text.strip():
        raise invalid("message", "只能评价商家说的一句话")
    right = _expected(message.understanding or {}, opinion, bank)
    text = clean(message.text)
    entry = opinion.entry if opinion.verdict == "entry" else ""
    judged = GivenVerdict(
        opinion.verdict, entry, text, question_key(text), right.as_json(), opinion.source
    )
    return verdicts.put(session, message, judge.consultant_id, judged, judge.now)


def _expected(meaning: Mapping[str, Any], opinion: ConsultantVerdict, bank: Bank) -> Expected:
    """What is right, as the labelled sets say it."""
    if opinion.verdict not in VERDICTS:
        raise InvalidEntryError([FieldProblem("verdict", f"要是 {'、'.join(VERDICTS)} 之一")])
    if opinion.verdict == "entry":
        if opinion.entry not in bank.by_id:
            raise invalid("entry", f"没有编号是「{opinion.entry}」的问答")
        return Expected("in", (opinion.entry,))
    if opinion.verdict == "wrong":
        entry = opinion.entry or str(meaning.get("entry") or "")
        return Expected("not", tuple(dict.fromkeys((entry, *opinion.nor))))
    if opinion.verdict == "right":
        return _as_it_was(meaning)
    if opinion.verdict == "social":
        return Expected("social", social=str(meaning.get("social") or ""))
    if opinion.verdict == "alarm":
        return Expected("escalate", why=str(meaning.get("alarm") or ""))
    return Expected("none")


def _as_it_was(meaning: Mapping[str, Any]) -> Expected:
    outcome = meaning.get("outcome")
    if outcome == "answer":
        return Expected("in", (str(meaning["entry"]),))
    if outcome == "options":
        return Expected("in", tuple(map(str, meaning.get("options", ())))[:OFFERED])
    if outcome in ("human", "none"):
        return Expected(outcome)
    if outcome == "social":
        return Expected("social", social=str(meaning.get("social") or ""))
    if outcome == "escalate":
        return Expected("escalate", why=str(meaning.get("alarm") or ""))
    raise invalid("message", "这句话机器人没有回答过，没有对错")


def pinned(session: Session) -> list[Labelled]:
    """What the gate replays: for the same words the newest verdict."""
    newest = {row.key: row for row in verdicts.everything(session)}
    return [
        Labelled(row.text, expected(row.expected), "pinned", row.message_id)
        for row in newest.values()
        if row.expected.get("accept") != [""]
    ]


def on_words(session: Session, text: str) -> Expected | None:
    """What people last said is right for a message in the same words; None: nobody judged it."""
    row = verdicts.newest(session, question_key(clean(text)))
    return expected(row.expected) if row is not None else None


def exported(session: Session) -> list[dict[str, Any]]:
    """In the shape of a labelled set. That something was wrong does not say what is right."""
    return [
        {"text": one.text, **one.expected.as_json(), "style": "real"}
        for one in pinned(session)
        if one.expected is not None and one.expected.kind != "not"
    ]
