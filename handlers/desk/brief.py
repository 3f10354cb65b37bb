"""The case brief: what a consultant should know before reading the messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from faq.bank import Bank
from handlers.dialogue import desk_view
from storage.models.conversations import Case, Conversation, Message
from wechat import quota

CLOSING_SECONDS = 6 * 3600
RECENT = 6
LAST_WORDS = 3  # of these the longest says most: 转人工 and 在吗 say nothing


@dataclass(frozen=True, slots=True)
class Answered:
    """An entry that the bot answered with. `certainty` is 0 to 1, None when it was not kept."""

    message_id: int
    title: str
    certainty: float | None


@dataclass(frozen=True, slots=True)
class WalkStep:
    title: str
    number: int
    of: int
    text: str
    done: tuple[str, ...]
    stuck: int


@dataclass(frozen=True, slots=True)
class WindowView:
    """What WeChat still allows. `seconds` is None when it is closed."""

    left: int
    seconds: float | None

    @property
    def closing(self) -> bool:
        return self.seconds is not None and self.seconds < CLOSING_SECONDS


@dataclass(frozen=True, slots=True)
class Brief:
    words: str
    """What the merchant said before the case, in their own words."""
    answered: list[Answered]
    step: WalkStep | None
    form: dict[str, str]
    pictures: list[Message]
    window: WindowView
    facts: tuple[str, ...] = ()
    """What the merchant told of their situation: 店铺主体：企业."""
    earlier: list[Case] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BriefSources:
    """What was read from the database for one brief; `messages` are the newest, oldest first."""

    conversation: Conversation
    case: Case | None
    cases: Sequence[Case]
    messages: Sequence[Message]
    pictures: Sequence[Message]


def brief(known: BriefSources, bank: Bank, now: datetime) -> Brief:
    earlier = [case for case in known.cases if case.closed_at is not None]
    form = {key: str(value) for key, value in (known.case.form if known.case else {}).items()}
    answered = _answered(known.messages, bank)
    return Brief(
        words=_words(_before_the_case(known)),
        answered=answered,
        step=_step(known.conversation.memory, bank, now),
        form=form,
        pictures=list(known.pictures),
        window=window_of(known.conversation, now),
        facts=desk_view.facts_told(
            known.conversation.memory, bank, now, case_open=known.case is not None
        ),
        earlier=earlier[::-1],
    )


def window_of(conversation: Conversation, now: datetime) -> WindowView:
    left = quota.left(quota.Window(conversation.window_left, conversation.window_until), now)
    until = conversation.window_until
    if until is None or until <= now:
        return WindowView(0, None)
    return WindowView(left, (until - now).total_seconds())


def certainty_of(understanding: Mapping[str, object] | None, entry: str) -> float | None:
    """How sure the matcher was of `entry`, where it was its choice. A step that 下一步 brought was
    nobody's guess: None."""
    if not understanding or understanding.get("entry") != entry:
        return None
    ranking = understanding.get("ranking")
    for pair in ranking if isinstance(ranking, list) else ():
        if isinstance(pair, list) and len(pair) == 2 and pair[0] == entry:  # noqa: PLR2004 (id, score)
            return float(pair[1])
    score = understanding.get("score")
    return float(score) if isinstance(score, int | float) else None


def certainties(messages: Sequence[Message]) -> dict[int, float]:
    """Per message of the bot: the certainty, kept with it or with the question before it."""
    found: dict[int, float] = {}
    asked: Mapping[str, object] | None = None
    for message in messages:
        if message.author == "merchant":
            asked = message.understanding
        elif message.author == "bot" and message.entry:
            sure = certainty_of(message.understanding or asked, message.entry)
            if sure is not None:
                found[message.id] = sure
    return found


def questions(messages: Sequence[Message]) -> list[str]:
    """The merchant's words, the newest first."""
    return [
        message.text
        for message in reversed(messages)
        if message.author == "merchant" and message.kind in {"text", "voice"} and message.text
    ]


def _answered(messages: Sequence[Message], bank: Bank) -> list[Answered]:
    sure = certainties(messages)
    latest: dict[str, Answered] = {}
    for message in messages:
        if message.author == "bot" and message.entry:
            before = latest.pop(message.entry, None)
            certainty = sure.get(message.id, before.certainty if before else None)
            title = _title(bank, message.entry)
            latest[message.entry] = Answered(message.id, title, certainty)
    return list(latest.values())[-RECENT:]


def _title(bank: Bank, entry_id: str) -> str:
    entry = bank.by_id.get(entry_id)
    return (entry.short or entry.question) if entry else entry_id


def _words(messages: Sequence[Message]) -> str:
    """The longest of the last few messages: 转人工 and 在吗 say nothing."""
    return max(questions(messages)[:LAST_WORDS], key=len, default="")


def _before_the_case(known: BriefSources) -> list[Message]:
    opened = known.case.opened_at if known.case else None
    return [message for message in known.messages if opened is None or message.created_at < opened]


def _step(memory: Mapping[str, object], bank: Bank, now: datetime) -> WalkStep | None:
    position = desk_view.walk_position(memory, bank, now)
    if position is None:
        return None
    entry = position.entry
    return WalkStep(
        title=entry.short or entry.question,
        number=position.step,
        of=len(entry.steps),
        text=entry.steps[position.step - 1],
        done=entry.steps[: position.step - 1],
        stuck=position.stuck,
    )
