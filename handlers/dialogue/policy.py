"""What the bot says next: one merchant message in its scene, one turn out.

The parts below look at the message in order, and the first that knows what to do decides. What
is said to the dialogue itself (a number, 下一步, 算了) comes before what the matcher understands,
and a person is called before anything is answered.
"""

from dataclasses import replace

from faq.bank import Bank
from faq.secrets import find_secrets as find_private
from faq.understanding import Matcher
from handlers.dialogue import (
    answering,
    choices,
    events,
    explaining,
    facts,
    firm_answers,
    fragments,
    guesses,
    handoff,
    inquiry,
    media,
    phone_numbers,
    secrets,
    small_talk,
    two_questions,
    waiting,
    walk,
)
from handlers.dialogue.memory import Memory, recall
from handlers.dialogue.render import fit
from handlers.dialogue.secrets import SecretFinder
from handlers.dialogue.texts import Texts
from handlers.dialogue.turn import Outcome, Rule, Turn, first
from handlers.dialogue.types import Decision, Incoming, OpenCase, Reply, TurnContext

_ALWAYS: tuple[Rule, ...] = (events.event, secrets.warn, media.wordless)

_BOT: tuple[Rule, ...] = (
    small_talk.rate,
    small_talk.later,
    answering.worked,
    handoff.answer_to_offer,
    guesses.answered,
    two_questions.rest,
    choices.by_number,
    explaining.in_walk,
    walk.follow,
    choices.by_words,
    small_talk.machine,
    answering.closes,
    answering.once_more,
    answering.what_now,
    walk.leave,
    handoff.asked,
    firm_answers.reply,
    two_questions.reply,
    choices.stray_number,
    answering.stray_phone,
    answering.follow_up,
    fragments.opener,
    small_talk.social,
    fragments.join,
    answering.act,
)

_FORM: tuple[Rule, ...] = (handoff.asked, inquiry.fill, answering.aside)

_WAITING: tuple[Rule, ...] = (
    waiting.cancel,
    waiting.contact,
    waiting.place,
    guesses.answered,
    two_questions.rest,
    choices.by_number,
    waiting.walk_on,
    choices.by_words,
    waiting.nod,
    handoff.asked,
    firm_answers.reply,
    two_questions.reply,
    answering.follow_up,
    small_talk.social,
    answering.act_waiting,
)


def decide(
    scene: TurnContext,
    incoming: Incoming,
    bank: Bank,
    matcher: Matcher,
    texts: Texts,
    find_secrets: SecretFinder = find_private,
) -> Decision:
    """Decide one turn. Pure: the same arguments give the same turn.

    With a consultant the bot is silent, and secrets are still masked in what is stored.
    """
    readable = incoming.text if incoming.kind in _READABLE else ""
    memory = recall(scene.memory, bank, scene.now)
    gives_phone = _expects_phone(memory) and phone_numbers.looks_like_one(readable)
    text = readable if gives_phone else secrets.masked(readable, find_secrets)
    memory = facts.learn(memory, text, scene.now)
    hidden = text != readable
    talk = Turn(scene, incoming, bank, matcher, texts, memory, text, had_secret=hidden)
    stored = text if hidden else None
    if scene.state == "consultant":
        return _silent(talk, stored)
    draft = first(talk, _ALWAYS) or first(talk, _parts(talk)) or answering.act(talk)
    return _turn(talk, draft, stored)


_READABLE = ("text", "voice")


def _expects_phone(memory: Memory) -> bool:
    """Digits that answer a question for the number are no code."""
    return memory.question == "contact" or bool(memory.form and memory.form.asking == "contact")


def _parts(talk: Turn) -> tuple[Rule, ...]:
    if talk.memory.form:
        return (waiting.place, *_FORM) if talk.waiting else _FORM
    return _WAITING if talk.waiting else _BOT


def _drop_rating(before: Memory, after: Memory) -> Memory:
    """The rating is asked once: whatever else the merchant says lets it drop."""
    still = before.numbers == after.numbers == "rating" and before.rated == after.rated
    return replace(after, numbers="") if still else after


def _silent(talk: Turn, stored: str | None) -> Decision:
    """A consultant has the floor. What was asked before is no longer open; the walk is."""
    memory = replace(talk.memory, options=(), numbers="", question="", form=None, misses=0, times=0)
    return Decision(
        end="queued",
        memory=memory.to_json(),
        stored_text=stored,
        why="a consultant has the case",
        releases=talk.memory.thought.waits and not talk.incoming.waited,
    )


def _turn(talk: Turn, draft: Outcome, stored: str | None) -> Decision:
    text = fit(draft.text)
    if text and text == talk.memory.said:
        text = talk.say("said_twice")
    memory = _drop_rating(talk.memory, draft.memory).to_json(
        turns=talk.memory.turns + 1,
        said=text or talk.memory.said,
        at=talk.scene.now.isoformat(),
        thought=fragments.remember(talk.memory.thought, talk, draft),
    )
    end = "queued" if isinstance(draft.case, OpenCase) else draft.end
    return Decision(
        end=end,
        replies=(Reply(text, draft.entry),) if text else (),
        memory=memory,
        case=draft.case,
        add_to_case=draft.add,
        stored_text=stored,
        rating=draft.rating,
        why=draft.why,
        understanding=talk.understood,
        hold=fragments.held(talk).to_json() if fragments.too_little(talk, draft) else None,
        releases=talk.memory.thought.waits and not talk.incoming.waited,
    )
