"""A merchant waits for a consultant: honest about the place, useful meanwhile."""

import re
from dataclasses import replace

from handlers.dialogue import asking, commands, form_fields, handoff, phone_numbers, position
from handlers.dialogue.memory import Memory
from handlers.dialogue.turn import Outcome, Turn, blocks
from handlers.dialogue.types import CancelCase

_LONG_MINUTES = 20
"""Without an estimate, a wait past this is long; with one, what is past its end."""

_MAX_NOTES = 10
_MAX_NOTE = 300


def cancel(turn: Turn) -> Outcome | None:
    """算了, 不用人工了, 弄好了: the case is called off and the bot is back."""
    solved = turn.does("solved", "done")
    key = "cancelled_solved" if solved else "cancelled"
    back = position.reminder(turn, None)
    return Outcome(blocks(turn.say(key), back), called_off(turn.memory), case=CancelCase())


def done(turn: Turn) -> Outcome | None:
    """清完缓存进去了 谢谢哈, with no steps open: what the consultant was wanted for is done."""
    return cancel(turn) if turn.waiting and turn.does("thanks") else None


def called_off(memory: Memory) -> Memory:
    """Nothing of the case is left once it is called off."""
    return replace(
        memory,
        question="",
        options=(),
        numbers="",
        misses=0,
        urged=0,
        notes=(),
        pictures=0,
        materials=(),
        form=None,
    )


def place(turn: Turn) -> Outcome | None:
    """Asking again, in any wording, asks for the place in the queue, never for a second case."""
    urged = turn.memory.urged + 1
    memory = replace(turn.memory, urged=urged)
    long = _waits_long(turn)
    lead = turn.say("waited_long", minutes=_waited(turn)) if long else ""
    asks = long and not memory.contact
    if asks:
        memory = replace(memory, question="contact")
    tail = turn.say("receipt_contact" if asks else "position_footer")
    text = blocks(lead, handoff.position_line(turn, estimate=not long), tail)
    return Outcome(text, memory, end="queued", add={"urged": str(urged)})


def asked_place(turn: Turn) -> Outcome | None:
    """What asks for our people or for the quote, in the words that the examples may miss."""
    if _ASKS_FOR_PEOPLE.search(turn.text) or turn.understanding.outcome == "human":
        return place(turn)
    about_price = "价" in turn.text or "费" in turn.text
    if about_price and _ASKS_WHEN.search(turn.text):
        return place(turn)
    return None


def advice(turn: Turn) -> Outcome | None:
    """那我先做点啥 after an alarm: what can be done before the consultant comes, once more."""
    kind, found = turn.memory.alarm, turn.understanding.outcome
    if not turn.waiting or found in ("human", "escalate"):
        return None
    if _asks_to_prepare(turn):
        return Outcome(turn.say("prepare"), turn.memory, end="queued")
    if not kind or found == "answer" or not _WHAT_NOW.search(turn.text):
        return None
    text = blocks(turn.say(kind if kind == "secret" else f"alarm_{kind}"), turn.say("waiting_tail"))
    return noted(turn, Outcome(text, turn.memory, end="queued"))


def _asks_to_prepare(turn: Turn) -> bool:
    """在他来以前我先备点啥, of nothing else than the talk that is to come."""
    short = len(commands.content(turn.text)) <= _BARE and not turn.memory.alarm
    return short and bool(_PREPARES.search(turn.text))


_BARE = 12
_PREPARES = re.compile(
    r"(?:准备|备|先发|要发|提供|发给|带)(?:好|些|点|上|一?下)?(?:什么|啥|哪些|哪样|点啥|些啥)|(?:什么|啥|哪些)(?:东西|材料|资料)?(?:要|得|该|可以)?(?:先)?(?:准备|备好?|带上?)"
)
"""在他来以前我先准备哪些: what helps the consultant."""
_WHAT_NOW = re.compile(
    r"(?:先|现在|眼下|这会儿?|目前|接下来|我该|该).{0,4}(?:做|干|弄|办|搞|咋整|怎么|准备|注意)|怎么办|咋办|咋整|点算"
    r"|要不要|用不用|该不该|需不需要|来得及|补救|[撤收追要拿]不回"
)


_ASKS_WHEN = re.compile(r"啥时|什么时候|多久|几时|何时|快点|急|等|报|给")
_WHEN = r"(?:什么时候|啥时候|啥时|多久|几时|几点|还要|还得)"
_WHO = r"(?:顾问|客服|人工|老师|专员|你们的?人)"
_ASKS_FOR_PEOPLE = re.compile(
    rf"^.{{0,6}}{_WHO}.{{0,6}}(?:{_WHEN}|来|回我|在吗|在不在|呢|没)"
    rf"|{_WHEN}.{{0,8}}(?:{_WHO}|有人|来人|接入|轮到|到我|排到|理我|回我|回复我|联系我)"
    r"|排.{0,4}(?:几|多久|到)|前面.{0,6}(?:几|多少)"
)


def not_needed(turn: Turn) -> Outcome | None:
    """不用了 calls it off; 还没 does not."""
    return cancel(turn) if _NEEDLESS.search(turn.meant.clause) else nod(turn)


_NOD = 8
"""Characters of a message that only nods, at most, where another clause does something else."""
_NEEDLESS = re.compile(r"不用|不要|不需要|别[转叫找]|算")


def again_later(turn: Turn) -> Outcome | None:
    """回头再叫顾问行吗: asked whether it can be done later, and not for somebody now."""
    if not _AGAIN_LATER.search(turn.text) or turn.waiting or turn.memory.form:
        return None
    return Outcome(turn.say("queue_again"), turn.memory)


_AGAIN_LATER = re.compile(
    r"(?:晚点|晚些|[一等过待]会儿?|明[天早]|回头|下午|改天|迟点|下次)(?:想|要|有空)?再(?:来)?(?:排|转|叫|找|喊)[^\s]{0,6}(?:可以|行|成|来得及)[吧吗么嘛不]"
)


def nod(turn: Turn) -> Outcome | None:
    """要, 好 or 是 while waiting: nothing to note down; 剩的那点货款 我爸想要回来 tells more."""
    if "question" in turn.meant.also and len(commands.content(turn.text)) > _NOD:
        return None if commands.is_question(turn.text) else note(turn)
    return Outcome(turn.say("waiting_ack"), turn.memory, end="queued")


def _waited(turn: Turn) -> int:
    since = turn.context.waiting_since
    return int((turn.context.now - since).total_seconds() // 60) if since else 0


def _waits_long(turn: Turn) -> bool:
    span = turn.context.desk.wait_minutes
    limit = span[1] if span else _LONG_MINUTES
    return not handoff.is_closed(turn) and _waited(turn) >= limit


def contact(turn: Turn) -> Outcome | None:
    """A phone number while waiting is a way to reach the merchant."""
    found = phone_numbers.find(turn.text)
    if found.number:
        memory = replace(turn.memory, question="", contact=True)
        text = turn.say("contact_kept", contact=found.number)
        return Outcome(text, memory, end="queued", add=_named(turn))
    if turn.memory.question == "contact" and found.problem:
        return Outcome(
            turn.say(f"phone_{found.problem}", said=found.said), turn.memory, end="queued"
        )
    return None


def note(turn: Turn) -> Outcome:
    """What is no question goes to the consultant."""
    return noted(turn, Outcome(turn.say("note_kept"), turn.memory, end="queued"))


def told_in_grief(turn: Turn) -> Outcome | None:
    """里面还有保证金 after a death: noted for the consultant, and answered with no guide."""
    grieves = turn.waiting and turn.memory.alarm in _GRIEF
    return note(turn) if grieves and not asking.asks(turn.text) else None


_GRIEF = ("bereavement", "family", "distress")


def told(turn: Turn) -> Outcome | None:
    """What asks nothing, and is no answer of the bank's, is noted."""
    if not turn.waiting or commands.is_question(turn.text):
        return None
    return replace(note(turn), rule="told")


def answered(turn: Turn, draft: Outcome) -> Outcome:
    """A safe question is answered while waiting; what tells something is noted as well."""
    tells = not draft.add and not commands.is_question(turn.text)
    return noted(turn, draft) if tells else draft


def noted(turn: Turn, draft: Outcome) -> Outcome:
    """The draft, with the message among the case's notes."""
    notes = (*turn.memory.notes, turn.text[:_MAX_NOTE])[-_MAX_NOTES:]
    memory = replace(draft.memory, notes=notes)
    return replace(draft, memory=memory, add=_named(turn) | {"notes": "\n".join(notes)})


def _named(turn: Turn) -> dict[str, str]:
    """Fields of the inquiry that the message tells; nobody asked, so 店铺是个体户 is no name."""
    named, _ = form_fields.named_fields(turn, turn.text)
    caller = turn.inquiry.caller
    return {key: value for key, value in named.items() if caller is None or key != caller.name}
