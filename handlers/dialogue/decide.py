"""What the bot says next: one merchant message in its scene, one turn out.

The parts below look at the message in order, and the first that knows what to do decides. What
is said to the dialogue itself (a number, 下一步, 算了) comes before what the matcher understands,
and a person is called before anything is answered.
"""

from dataclasses import replace

from faq.bank import Bank
from faq.private import find_secrets as find_private
from faq.understanding import Matcher
from handlers.dialogue import (
    choose,
    handoff,
    inquiry,
    meaning,
    media,
    phones,
    secrets,
    smalltalk,
    thought,
    waiting,
    walk,
    welcome,
)
from handlers.dialogue.memory import Memory, recall
from handlers.dialogue.render import fit
from handlers.dialogue.secrets import SecretFinder
from handlers.dialogue.talk import Draft, Part, Talk, blocks, first
from handlers.dialogue.texts import Texts
from handlers.dialogue.turn import Incoming, OpenCase, Reply, Scene, Turn

_ALWAYS: tuple[Part, ...] = (welcome.event, secrets.warn, media.wordless)

_BOT: tuple[Part, ...] = (
    smalltalk.rate,
    smalltalk.later,
    meaning.worked,
    handoff.answer_to_offer,
    choose.by_number,
    walk.follow,
    choose.by_words,
    smalltalk.machine,
    meaning.closes,
    meaning.once_more,
    meaning.what_now,
    walk.leave,
    handoff.asked,
    choose.stray_number,
    meaning.stray_phone,
    meaning.follow_up,
    thought.opener,
    smalltalk.social,
    thought.join,
    meaning.act,
)

_FORM: tuple[Part, ...] = (handoff.asked, inquiry.fill, meaning.aside)

_WAITING: tuple[Part, ...] = (
    waiting.cancel,
    waiting.contact,
    waiting.place,
    choose.by_number,
    waiting.walk_on,
    choose.by_words,
    waiting.nod,
    handoff.asked,
    meaning.follow_up,
    smalltalk.social,
    meaning.act_waiting,
)


def decide(
    scene: Scene,
    incoming: Incoming,
    bank: Bank,
    matcher: Matcher,
    texts: Texts,
    find_secrets: SecretFinder = find_private,
) -> Turn:
    """Decide one turn. Pure: the same arguments give the same turn.

    With a consultant the bot is silent, and secrets are still masked in what is stored.
    """
    readable = incoming.text if incoming.kind in _READABLE else ""
    memory = recall(scene.memory, bank, scene.now)
    gives_phone = _expects_phone(memory) and phones.looks_like_one(readable)
    text = readable if gives_phone else secrets.masked(readable, find_secrets)
    hidden = text != readable
    talk = Talk(scene, incoming, bank, matcher, texts, memory, text, had_secret=hidden)
    stored = text if hidden else None
    if scene.state == "consultant":
        return _silent(talk, stored)
    draft = first(talk, _ALWAYS) or first(talk, _parts(talk)) or meaning.act(talk)
    return _turn(talk, draft, stored)


_READABLE = ("text", "voice")


def _expects_phone(memory: Memory) -> bool:
    """Digits that answer a question for the number are no code."""
    return memory.question == "contact" or bool(memory.form and memory.form.asking == "contact")


def _parts(talk: Talk) -> tuple[Part, ...]:
    if talk.memory.form:
        return (waiting.place, *_FORM) if talk.waiting else _FORM
    return _WAITING if talk.waiting else _BOT


def _drop_rating(before: Memory, after: Memory) -> Memory:
    """The rating is asked once: whatever else the merchant says lets it drop."""
    still = before.numbers == after.numbers == "rating" and before.rated == after.rated
    return replace(after, numbers="") if still else after


def _silent(talk: Talk, stored: str | None) -> Turn:
    """A consultant has the floor. What was asked before is no longer open; the walk is."""
    memory = replace(talk.memory, options=(), numbers="", question="", form=None, misses=0, times=0)
    return Turn(
        end="queued", memory=memory.to_json(), stored_text=stored, why="a consultant has the case"
    )


def _turn(talk: Talk, draft: Draft, stored: str | None) -> Turn:
    text = fit(draft.text)
    if text and text == talk.memory.said:
        text = fit(blocks(talk.say("same_again"), draft.text))
    memory = _drop_rating(talk.memory, draft.memory).to_json(
        turns=talk.memory.turns + 1,
        said=text or talk.memory.said,
        at=talk.scene.now.isoformat(),
        thought=thought.remember(talk.memory.thought, talk, draft),
    )
    end = "queued" if isinstance(draft.case, OpenCase) else draft.end
    return Turn(
        end=end,
        replies=(Reply(text, draft.entry),) if text else (),
        memory=memory,
        case=draft.case,
        add_to_case=draft.add,
        stored_text=stored,
        rating=draft.rating,
        why=draft.why,
        understanding=talk.understood,
    )
