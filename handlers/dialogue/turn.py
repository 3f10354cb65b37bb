"""What every part of the dialogue works with: the turn to decide, and the draft of its outcome."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from faq.bank import Bank, Entry
from faq.matching.normalize import fold
from faq.moves.heard import Heard, Recogniser
from faq.understanding import Matcher, Topic, TopicLine, Understanding
from handlers.dialogue import asking, commands, inquiry_fields, moves, sayings
from handlers.dialogue.inquiry_fields import Inquiry
from handlers.dialogue.memory import Form, Memory
from handlers.dialogue.sayings import Sayings
from handlers.dialogue.texts import Texts
from handlers.dialogue.types import CancelCase, End, Incoming, OpenCase, TurnContext, Unclear

CONSULTANT = "#human"
"""Stands among options for a person, where the others are entry ids."""


_CLEAR = ("answer", "human", "escalate")
_THEY = "他们"
_SEEKS = re.compile(r"找|联系|哪|电话|打给|怎么问|咋问|几点|上班|在线|入口")
"""What looks for them: 他们不退咋办 tells what they do."""
_NAMED = 4
"""Characters below which a message names something rather than asking about it."""
_NO_LINE = TopicLine("", 0.0)


def _clearer(inner: Understanding, found: Understanding) -> bool:
    """Whether a message is better read without the courtesies around it."""
    if inner.outcome in _CLEAR:
        return True
    return inner.outcome == "options" and (
        found.outcome in ("none", "social") or inner.score > found.score
    )


_KIND = 10
"""Characters of a clause that says what kind of shop it is, and little more."""
_CALLS_FIRST = ("escalate", "human", "answer", "options", "social", "none")


def _how_clear(found: Understanding) -> tuple[int, float]:
    """The order in which the halves of a message count: a call for a person before an answer."""
    return (_CALLS_FIRST.index(found.outcome), 0.0 if found.outcome == "answer" else -found.score)


@dataclass(frozen=True)
class Turn:
    """One message in its conversation. `text` is what may be read of it, secrets already masked."""

    context: TurnContext
    incoming: Incoming
    bank: Bank
    matcher: Matcher
    texts: Texts
    memory: Memory
    recogniser: Recogniser
    text: str = ""
    had_secret: bool = False
    kept: str = ""
    """The whole message as it may be stored, what it quotes included."""

    @cached_property
    def sayings(self) -> Sayings:
        """How this firm's merchants speak."""
        return sayings.read(self.bank.firm.sayings)

    @cached_property
    def inquiry(self) -> Inquiry:
        """What this firm's inquiry asks for."""
        return inquiry_fields.of_firm(self.bank.firm)

    @cached_property
    def understanding(self) -> Understanding:
        """What the message means; read without the courtesies around it where that is clearer."""
        if self.halves:
            return min(self.halves, key=_how_clear)
        found = self.understand(asking.without_denied(self.text))
        if found.outcome == "social" and self.is_vague:
            found = replace(found, outcome="none", social=None)
        if found.outcome in _CLEAR:
            return found
        core = self._without_us(self._wish or asking.unwrapped(self._without_intro))
        if core == self.text:
            return found
        inner = self.understand(core)
        closer = inner.outcome == "options" and asking.tells_first(self.text)
        return inner if closer or _clearer(inner, found) else found

    def _without_us(self, core: str) -> str:
        """Without the name of what all questions are about (抖店): it tells nothing."""
        shorter = core.replace(self.sayings.first("us") or core, "")
        return shorter if len(commands.content(shorter)) >= _NAMED else core

    @property
    def _without_intro(self) -> str:
        """公司名义开的店 退保证金怎么弄: without what only says who asks."""
        return asking.without_intro(self.text, self._tells_kind)

    def _tells_kind(self, clause: str) -> bool:
        """公司名义开的店: little more than what kind of shop it is."""
        says = (one for kind in self.sayings.kinds for one in kind.says)
        return len(clause) <= _KIND and any(one.search(clause) for one in says)

    @property
    def _wish(self) -> str:
        """What a story asks in the end, or a message about what was talked about."""
        wish = asking.wish(self.text)
        if wish or not self.memory.entry:
            return wish
        last = asking.last_question(self.text)
        return last if last != self.text else ""

    @cached_property
    def halves(self) -> tuple[Understanding, ...]:
        """What the two questions of a message mean, each by itself; none where it has only one."""
        parts = asking.two_questions(self.text) or ()
        return tuple(self.understand(asking.unwrapped(part)) for part in parts)

    @property
    def understood(self) -> Understanding | None:
        """What the message was taken to mean, if anybody asked."""
        found = vars(self).get("understanding")
        return found if isinstance(found, Understanding) else None

    @property
    def read_as(self) -> str:
        """The message in plain simplified characters, as far as the matcher has read it."""
        read = self.understanding.explain.get("read_as")
        return str(read) if read else commands.content(self.text)

    def understand(self, text: str) -> Understanding:
        """What a text means where the conversation stands."""
        return self.matcher.understand(self._naming_them(text), self.topic)

    def _naming_them(self, text: str) -> str:
        """在哪找他们 with 他们 named: those of the firm's list whom the bot spoke of last."""
        first = self.sayings.first("they")
        if _THEY not in text or not first or not _SEEKS.search(text):
            return text
        named = self.sayings.word("they").findall(self.memory.said) or [first]
        return text.replace(_THEY, named[-1])

    @cached_property
    def topic_line(self) -> TopicLine:
        """The line of the entry talked about that most likely answers the message."""
        return self.topic_lines[0] if self.topic_lines else _NO_LINE

    @cached_property
    def topic_lines(self) -> tuple[TopicLine, ...]:
        """The lines of the entry talked about, the likeliest answer to the message first."""
        topic = self.topic
        if topic is None or topic.entry is None or len(commands.content(self.text)) < _NAMED:
            return ()  # 个体 tells something, and asks for all that concerns it
        return tuple(self.matcher.within(topic.entry, self.text))

    @cached_property
    def states(self) -> tuple[str, ...]:
        """What is open just now, in the order in which it answers."""
        return _open_states(self.memory, waiting=self.waiting)

    @cached_property
    def heard(self) -> Heard:
        return self.recogniser.hear(self.text, moves.heard_as(self.states), self.sayings.moves)

    @cached_property
    def meant(self) -> moves.ChosenMove:
        """The move that the message makes."""
        return moves.choose(self.heard, self.states)

    def read_as_move(self, move: str) -> "Turn":
        """The same turn, with the whole message taken for this move."""
        taken = replace(self)
        vars(taken)["meant"] = moves.ChosenMove(move, 1.0, clause=self.text)
        return taken

    def does(self, *any_of: str) -> bool:
        """Whether the message makes one of these moves, in any of its clauses."""
        return self.meant.move in any_of or any(move in any_of for move in self.meant.also)

    @property
    def is_vague(self) -> bool:
        """账户有问题: something of ours is wrong, and nothing says what."""
        return asking.is_vague(self.text) or bool(self.sayings.word("vague").search(self.text))

    @cached_property
    def details(self) -> dict[str, tuple[str, int]]:
        """What each entry was found to say of the message in detail, once for a turn."""
        return {}

    @cached_property
    def readings(self) -> tuple[str, ...]:
        """The message as it stands, in simplified characters, and with its slips corrected."""
        return tuple(dict.fromkeys((fold(self.text), self.read_as)))

    @cached_property
    def aspects(self) -> tuple[str, ...]:
        """What the message is after, as it was said and as the matcher reads it."""
        said = map(asking.without_hearsay, self.readings)
        found = {name for one in said for name in asking.aspects(one)}
        return tuple(name for name in asking.ASPECT_ORDER if name in found)

    @property
    def about(self) -> str:
        """What was said just now and a moment ago, and what is talked about."""
        entry = self.entry(self.memory.entry)
        return " ".join((self.text, self.memory.thought.text, entry.question if entry else ""))

    @property
    def topic(self) -> Topic | None:
        entry = self.entry(self.memory.entry)
        return Topic(entry.id, entry.guide) if entry else None

    @cached_property
    def facts(self) -> Mapping[str, str]:
        """What is known of the merchant's situation, this message included."""
        return self.memory.facts_now(self.context.now, case_open=self.waiting)

    @property
    def form(self) -> Form:
        """The form left open, or a new one; the name that was told before stands in it."""
        form, caller = self.memory.form or Form(), self.inquiry.caller
        if caller is None or form.told(caller.name) or not self.memory.called:
            return form
        return form.having({caller.name: self.memory.called})

    def entry(self, entry_id: str | None) -> Entry | None:
        return self.bank.by_id.get(entry_id or "")

    @property
    def waiting(self) -> bool:
        return self.context.state == "waiting"

    def say(self, key: str, **values: object) -> str:
        """A text of the owner's; which wording depends on how far the conversation has come."""
        return self.texts.say(key, self.memory.turns, **values)


def _open_states(memory: Memory, *, waiting: bool) -> tuple[str, ...]:
    is_open = {
        "form": memory.form is not None,
        "queue": waiting,
        "rating": memory.numbers == "rating",
        "worked": memory.numbers == "worked",
        "offer": memory.question == "human",
        "list": bool(memory.options),
        "walk": memory.walk is not None,
        "idle": True,
    }
    found = [state for state in moves.STATES if is_open[state]]
    return tuple(_after_walk(found) if memory.numbers == "steps" else found)


def _after_walk(states: list[str]) -> list[str]:
    """With the list after the walk: a number means a step while steps are in sight."""
    if "walk" not in states or "list" not in states:
        return states
    rest = [state for state in states if state != "list"]
    place = rest.index("walk") + 1
    return [*rest[:place], "list", *rest[place:]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a part of the dialogue decided; `text` is "" only when `why` says why."""

    text: str
    memory: Memory
    entry: str | None = None
    end: End = "answered"
    case: OpenCase | CancelCase | None = None
    add: Mapping[str, str] = field(default_factory=dict)
    rating: int | None = None
    why: str = ""
    unclear: Unclear | None = None
    """A second opinion may help: which entries it may mean."""
    thin: bool = False
    """Said to a message that may be the beginning of more."""
    rule: str = ""
    """What decided, where the message was no question to the bank: a move, a fact, a choice."""


Rule = Callable[[Turn], Outcome | None]
"""Looks at a turn and either decides it or leaves it to the next part."""


def first(turn: Turn, parts: tuple[Rule, ...]) -> Outcome | None:
    """The draft of the first part that decides."""
    for part in parts:
        draft = part(turn)
        if draft is not None:
            return draft
    return None


def title(entry: Entry) -> str:
    """How an entry is called in a line: the merchants' own words where there are some."""
    return entry.short or entry.question


def lines(*parts: str) -> str:
    """Lines joined, empty ones left out."""
    return "\n".join(part for part in parts if part)


def blocks(*parts: str) -> str:
    """Paragraphs with an empty line between them, empty ones left out."""
    return "\n\n".join(part for part in parts if part)


def with_tail(turn: Turn, text: str) -> str:
    """An answer given while waiting says that the consultant is still coming."""
    return blocks(text, turn.say("waiting_tail")) if turn.waiting else text
