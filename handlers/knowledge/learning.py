"""The learning queue: what was not settled, the most merchants and the least solved first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from faq.bank import Bank, Neighbour
from faq.similar import similar
from faq.understanding import Matcher
from handlers.context import Context
from handlers.knowledge import drafts, verdicts
from handlers.knowledge.drafts import Editor
from handlers.knowledge.entry_form import invalid
from handlers.knowledge.evidence import unsettled
from handlers.knowledge.private import clean, question_key
from handlers.knowledge.verdicts import ConsultantVerdict, Judge
from storage.database import Session
from storage.models.conversations import Consultant
from storage.models.knowledge import Suggestion
from storage.queries import banks, messages, suggestions
from storage.queries import verdicts as stored_verdicts
from storage.queries.suggestions import OPEN_MAX, NewObservation

LOOK_BACK = 80
CONVERSATIONS = 500
CANDIDATES = 3
SIMILAR = 10
HALF_LIFE_DAYS = 7
LEAST_UNSOLVED = 0.2
VERBS = ("phrasing", "not", "outside", "new", "social", "ignore", "undo")


class UnknownSuggestionError(Exception):
    """It is not there any more."""


class SettledError(Exception):
    """A colleague was quicker, or there is nothing to take back."""


@dataclass(frozen=True, slots=True)
class Card:
    """One question of the queue."""

    id: int
    text: str
    merchants: int
    times: int
    asked_at: datetime
    why: tuple[str, ...]
    bot: str
    consultant: str
    refused: tuple[str, ...]
    weight: float
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verb:
    """What to do with a question, and with others like it (`also`)."""

    do: str
    entry: str = ""
    question: str = ""
    answer: str = ""
    guide: str = ""
    also: tuple[int, ...] = ()


def collect(context: Context) -> None:
    """Look at what was said since the last look. Twice is once; anybody may do it."""
    with context.database.read() as session:
        until, changed = suggestions.news(session, limit=CONVERSATIONS)
    if not changed:
        return
    context.database.transact(lambda session: _collect(session, until, changed))


def _collect(session: Session, until: int, changed: Sequence[int]) -> None:
    for conversation_id in changed:
        said = messages.latest(session, conversation_id, limit=LOOK_BACK)
        wrong = suggestions.said_wrong(session, conversation_id)
        for one in unsettled(said, wrong):
            text = clean(one.message.text)
            if text.strip("* "):
                suggestions.observe(
                    session,
                    NewObservation(
                        key=question_key(text),
                        conversation_id=conversation_id,
                        message_id=one.message.id,
                        why=one.why,
                        solved=one.solved,
                        text=text,
                        bot=clean(one.bot),
                        consultant=clean(one.consultant),
                        at=one.message.created_at,
                    ),
                )
    suggestions.looked(session, until)
    head = banks.latest_id(session)
    if head is not None:
        suggestions.reopen(session, banks.published_at(session, head))


def queue(context: Context, *, ranked: int = OPEN_MAX) -> list[Card]:
    """What waits, in the order in which it is worth most; the first of them with candidates."""
    collect(context)
    context.published_bank.refresh()
    bank, matcher = context.published_bank.bank(), context.published_bank.matcher()
    now = context.now()
    with context.database.read() as session:
        cards = [_card(row, now) for row in suggestions.open_ones(session)]
    cards.sort(key=lambda card: (-card.weight, -card.id))
    first = [replace(card, candidates=_candidates(card, bank, matcher)) for card in cards[:ranked]]
    return [*first, *cards[ranked:]]


def _candidates(card: Card, bank: Bank, matcher: Matcher) -> tuple[str, ...]:
    """The likeliest entries that nobody has refused."""
    ranking = matcher.understand(card.text).ranking
    names = [name for name, _ in ranking if name in bank.by_id and name not in card.refused]
    return tuple(names[:CANDIDATES])


def _card(row: Suggestion, now: datetime) -> Card:
    seen = row.observations
    latest = seen[-1]
    merchants = len({each.conversation_id for each in seen})
    unsolved = sum(not each.solved for each in seen) / len(seen)
    days = max(0.0, (now - row.asked_at).total_seconds() / 86400)
    answers = [each.consultant for each in seen if each.consultant]
    return Card(
        id=row.id,
        text=latest.text,
        merchants=merchants,
        times=len(seen),
        asked_at=row.asked_at,
        why=tuple(dict.fromkeys(each.why for each in seen)),
        bot=latest.bot,
        consultant=answers[-1] if answers else "",
        refused=tuple(row.refused),
        weight=merchants * max(LEAST_UNSOLVED, unsolved) * 0.5 ** (days / HALF_LIFE_DAYS),
    )


def alike(cards: Sequence[Card], card: Card) -> list[Card]:
    """Ten others of the queue to tick: the first is right only half the time, so none is."""
    others = {each.id: each.text for each in cards if each.id != card.id}
    by_id = {each.id: each for each in cards}
    return [by_id[number] for number in similar(card.text, others, SIMILAR)]


def act(session: Session, suggestion_id: int, verb: Verb, by: Consultant, now: datetime) -> str:
    """Do it; the id of the entry that was changed or made, "" for none.

    Raises UnknownSuggestionError, SettledError, InvalidEntryError: nothing was changed then.
    """
    if verb.do not in VERBS:
        raise invalid("do", f"要是 {'、'.join(VERBS)} 之一")
    drafts.locked(session, now)  # before the suggestions, as everybody does
    rows = suggestions.lock(session, {suggestion_id, *verb.also})
    if suggestion_id not in {row.id for row in rows}:
        raise UnknownSuggestionError
    rows = sorted(rows, key=lambda row: row.id != suggestion_id)
    if verb.do == "undo":
        _undo(session, rows[0], by, now)
        return ""
    if rows[0].state != "open":
        raise SettledError
    made = ""
    for row in rows:
        if row.state == "open":
            made = _settle(session, row, verb, made, Editing(by, now)) or made
    return made


@dataclass(frozen=True, slots=True)
class Editing:
    """Who does it, and when."""

    by: Consultant
    now: datetime

    def editor(self) -> Editor:
        return Editor(self.by.name, self.now)


def _settle(session: Session, row: Suggestion, verb: Verb, made: str, who: Editing) -> str:
    """One of them; `made` is the entry that the first of them became."""
    text = _text(row)
    before: dict[str, Any] = {"refused": list(row.refused)}
    if verb.do == "not":
        _refuse(session, row, verb.entry, who)
        return ""
    if verb.do == "phrasing" or made:
        entry = made or verb.entry
        before |= _add_phrasing(session, entry, text, who)
        _judge(session, row, ConsultantVerdict("entry", entry, "queue"), who)
    elif verb.do == "new":
        entry = _add_entry(session, verb, text, who)
        before |= {"made": entry}
        _judge(session, row, ConsultantVerdict("entry", entry, "queue"), who)
    else:
        entry = ""
        if verb.do == "outside":
            before |= _add_neighbour(session, verb, text, who)
        if verb.do != "ignore":
            _judge(session, row, ConsultantVerdict(verb.do, source="queue"), who)
    suggestions.settle(row, verb.do, before, who.by.name, who.now)
    return entry if verb.do == "new" else ""


def _text(row: Suggestion) -> str:
    if not row.observations:
        raise UnknownSuggestionError
    return row.observations[-1].text


def _refuse(session: Session, row: Suggestion, entry: str, who: Editing) -> None:
    if entry not in drafts.view(session).bank().by_id:
        raise invalid("entry", f"没有编号是「{entry}」的问答")
    before = [one for one in row.refused if one != entry]
    row.refused = [*before, entry]
    _judge(session, row, ConsultantVerdict("wrong", entry, "queue", tuple(before)), who)
    suggestions.settle(row, "open", {"refused": before, "not": entry}, who.by.name, who.now)


def _add_phrasing(session: Session, entry: str, text: str, who: Editing) -> dict[str, Any]:
    draft = drafts.view(session)
    found = draft.bank().by_id.get(entry)
    if found is None:
        raise invalid("entry", f"没有编号是「{entry}」的问答")
    if text in (found.question, *found.phrasings):
        return {}
    aliases = [*found.phrasings, text]
    drafts.put_entry(session, entry, {"aliases": aliases}, who.editor())
    return {"entry": entry, "text": text}


def _add_entry(session: Session, verb: Verb, text: str, who: Editing) -> str:
    question = verb.question.strip() or text
    fields: dict[str, Any] = {"question": question, "answer": verb.answer}
    fields |= {"aliases": [text]} if text != question else {}
    fields |= {"guide": verb.guide} if verb.guide else {}
    return drafts.add_entry(session, fields, who.editor()).entry.id


def _add_neighbour(session: Session, verb: Verb, text: str, who: Editing) -> dict[str, Any]:
    """With an honest reply, or to a subject that is known as not ours; else only the verdict."""
    draft = drafts.view(session)
    known = {one.id: one for one in draft.neighbours}
    if verb.entry and verb.entry not in known:
        raise invalid("entry", f"没有编号是「{verb.entry}」的不归我们的事")
    if not verb.entry and not verb.answer.strip():
        return {}
    title = verb.question.strip() or text
    fresh = Neighbour(next(drafts.free_keys("outside-", known)), title, verb.answer.strip())
    one = known.get(verb.entry, fresh)
    drafts.add_neighbour_phrasing(session, one, text, who.editor())
    return {"neighbour": one.id, "text": text}


def _judge(session: Session, row: Suggestion, opinion: ConsultantVerdict, who: Editing) -> None:
    bank = drafts.view(session).bank()
    judge = Judge(who.by.id, who.now)
    for message in suggestions.messages_of(session, row):
        verdicts.give(session, message, opinion, judge, bank)


def _undo(session: Session, row: Suggestion, by: Consultant, now: datetime) -> None:
    """Take back what was done, as far as nobody has gone on from it."""
    if row.state == "open" and not row.refused:
        raise SettledError
    undo, editor = dict(row.undo), Editor(by.name, now)
    draft = drafts.view(session)
    if "text" in undo and "entry" in undo and undo["entry"] in draft.bank().by_id:
        entry = draft.find(undo["entry"]).entry
        aliases = [text for text in entry.phrasings if text != undo["text"]]
        drafts.put_entry(session, entry.id, {"aliases": aliases}, editor)
    if undo.get("made") in draft.bank().by_id:
        drafts.remove_entry(session, undo["made"], editor)
    if "neighbour" in undo:
        _take_from_neighbour(session, undo["neighbour"], undo["text"], editor)
    ids = [message.id for message in suggestions.messages_of(session, row)]
    stored_verdicts.take_back(session, ids, by.id)
    was_refusal, row.refused = "not" in undo, undo.get("refused", [])
    if row.refused and was_refusal:  # what was refused before stays so
        *nor, last = row.refused
        _judge(
            session, row, ConsultantVerdict("wrong", last, "queue", tuple(nor)), Editing(by, now)
        )
    row.state, row.undo, row.done_by, row.done_at = "open", {}, "", None


def _take_from_neighbour(session: Session, name: str, text: str, editor: Editor) -> None:
    draft = drafts.view(session)
    left = []
    for one in draft.neighbours:
        phrasings = tuple(each for each in one.phrasings if one.id != name or each != text)
        if phrasings:
            left.append(Neighbour(one.id, one.title, one.reply, phrasings))
    drafts.set_neighbours(session, draft, left, editor)
