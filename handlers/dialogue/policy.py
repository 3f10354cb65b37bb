"""What the bot says next: one message in its conversation in, one turn out.

Events, secrets, and messages without words (a picture, a voice, a place) come first. Words are
decided in `table.py`, which has every move, what it does while something is open, and why one wins.
"""

from dataclasses import replace

from faq.bank import Bank
from faq.matching.normalize import without_dialect, without_english
from faq.moves.reading import unquoted
from faq.moves.recogniser import recogniser
from faq.secrets import mask
from faq.understanding import Matcher
from handlers.dialogue import (
    commands,
    events,
    facts,
    form_fields,
    fragments,
    inquiry_fields,
    media,
    phone_numbers,
    sayings,
    secrets,
    step_reports,
    table,
)
from handlers.dialogue.memory import Memory, recall
from handlers.dialogue.render import fit
from handlers.dialogue.texts import Texts
from handlers.dialogue.turn import Outcome, Rule, Turn, blocks, first
from handlers.dialogue.types import Decision, Incoming, OpenCase, Reply, TurnContext

won = table.won
"""Which rule wins, by its name, and what comes of it."""
_ALWAYS: tuple[Rule, ...] = (events.event, secrets.warn, media.wordless)


def decide(
    context: TurnContext,
    incoming: Incoming,
    bank: Bank,
    matcher: Matcher,
    texts: Texts,
) -> Decision:
    """Decide one turn. Pure: the same arguments give the same turn.

    With a consultant the bot is silent, and secrets are still masked in what is stored.
    """
    turn = read(context, incoming, bank, matcher, texts)
    stored = turn.kept if turn.had_secret else None
    if context.state == "consultant":
        return _silent(turn, stored)
    draft = first(turn, _ALWAYS) or table.decide(turn)
    return _turn(turn, draft, stored)


def read(
    context: TurnContext,
    incoming: Incoming,
    bank: Bank,
    matcher: Matcher,
    texts: Texts,
) -> Turn:
    """The message in its conversation: what may be read of it, with what is remembered and told."""
    readable = incoming.text if incoming.kind in media.SPOKEN else ""
    memory = recall(context.memory, bank, context.now)
    gives_phone = _expects_phone(memory) and phone_numbers.looks_like_one(readable)
    text = readable if gives_phone else mask(readable)
    new = unquoted(text)
    memory = form_fields.learn_name(memory, new, inquiry_fields.of_firm(bank.firm))
    if not memory.form and context.state != "waiting":  # there it may be a name
        new = commands.place_asked(without_dialect(without_english(new)))
    new = fragments.with_what_waited(memory.thought, new, incoming, context.now)
    memory = facts.learn(memory, new, context.now, sayings.read(bank.firm.sayings))
    words = texts.of_firm(bank.firm)
    return Turn(
        context,
        incoming,
        bank,
        matcher,
        words,
        memory,
        recogniser(),
        text=new,
        had_secret=text != readable,
        kept=text,
    )


def _expects_phone(memory: Memory) -> bool:
    """Digits that answer a question for the number are no code."""
    return memory.question == "contact" or bool(memory.form and memory.form.asking == "contact")


def _drop_rating(before: Memory, after: Memory) -> Memory:
    """The rating is asked once: whatever else the merchant says lets it drop."""
    still = before.numbers == after.numbers == "rating" and before.rated == after.rated
    return replace(after, numbers="") if still else after


def _silent(turn: Turn, stored: str | None) -> Decision:
    """A consultant has the floor. What was asked before is no longer open; the walk is."""
    before = replace(turn.memory, handed="", misses=0, times=0)
    memory = replace(before, options=(), numbers="", question="", form=None)
    return Decision(
        end="queued",
        memory=memory.to_json(),
        add_to_case=_named(turn),
        called=_called(turn, memory.called),
        stored_text=stored,
        why="a consultant has the case",
        releases=turn.memory.thought.waits and not turn.incoming.waited,
    )


def _named(turn: Turn) -> dict[str, str]:
    """The name that this message tells, as a field of the open case's form."""
    caller, called = turn.inquiry.caller, turn.memory.called
    return {caller.name: called} if caller and _called(turn, called) else {}


def _finally_called(turn: Turn, draft: Outcome) -> str:
    """What an inquiry that ends here says, else what was told."""
    asked = draft.case.called if isinstance(draft.case, OpenCase) else ""
    return asked or turn.inquiry.called(draft.add) or draft.memory.called


def _called(turn: Turn, called: str) -> tuple[str, str] | None:
    before = str(turn.context.memory.get("called", ""))
    return (before, called) if called != before else None


def _said(turn: Turn, draft: Outcome) -> str:
    """The reply's words: never the same twice in a row; the first ones say who left.

    Who is put through to a person again hears the receipt again: it is another case.
    """
    text = fit(draft.text)
    if text and text == turn.memory.said and not isinstance(draft.case, OpenCase):
        text = turn.say("said_twice_waiting" if turn.waiting else "said_twice")
    if text and turn.memory.handed:
        text = fit(blocks(turn.say(f"handed_{turn.memory.handed}"), text))
    return text


def _before(was: Memory, now: Memory) -> str:
    """What was talked about before what is talked about now."""
    return was.before if was.entry in ("", now.entry) else was.entry


def _turn(turn: Turn, draft: Outcome, stored: str | None) -> Decision:
    text = _said(turn, draft)
    case, called = draft.case, _finally_called(turn, draft)
    memory = _drop_rating(turn.memory, draft.memory).to_json(
        called=called,
        listed=draft.memory.options or turn.memory.listed,
        before=_before(turn.memory, draft.memory),
        turns=turn.memory.turns + 1,
        said=text or turn.memory.said,
        handed="" if text else turn.memory.handed,
        at=turn.context.now.isoformat(),
        thought=fragments.remember(turn.memory.thought, turn, draft),
    )
    end = "queued" if isinstance(case, OpenCase) else draft.end
    return Decision(
        end=end,
        replies=(Reply(text, draft.entry),) if text else (),
        memory=memory,
        case=case,
        add_to_case={**(_named(turn) if turn.waiting else {}), **draft.add},
        called=_called(turn, called),
        stored_text=stored,
        rating=draft.rating,
        why=draft.why,
        understanding=turn.understood,
        rule=draft.rule,
        unclear=draft.unclear,
        steps=step_reports.reports(turn, draft),
        hold=fragments.held(turn).to_json() if fragments.too_little(turn, draft) else None,
        releases=turn.memory.thought.waits and not turn.incoming.waited,
    )
