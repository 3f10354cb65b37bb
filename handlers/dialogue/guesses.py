"""A message that is not clear: one pointed question, rarely a list, or an honest no.

A list of guesses is worth showing only when three entries stand out and none of two. Otherwise
the two likeliest are told apart in one question, and a single one is asked back. What was
refused is not offered again.
"""

from dataclasses import dataclass, replace

from faq.bank import Entry
from handlers.dialogue import (
    answer_parts,
    asking,
    commands,
    explaining,
    facts,
    inquiry,
    moves,
    position,
    render,
)
from handlers.dialogue.entry_answer import answer, explained
from handlers.dialogue.misses import missed
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, title, with_tail
from handlers.dialogue.types import MOVE, Unclear

NOISE = 0.05
"""Below this weight even the best entry is there by chance; asdfghjk reaches 0.04."""

MAX_LIST = 3
PREVIEW = 80
"""Characters of all steps together that stand in the preview of an answer."""

PERHAPS = 0.2
"""From this share on the likeliest line of the last answer is worth a guess: it is the right one
for 53 of 100 follow-ups to it, and for 6 a wrong one (`bench.train_within`)."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the entries' weights must reach, set on the labelled messages (docs/matching)."""

    likely: float = 0.5
    ahead: float = 2.5
    ours: float = 0.65
    """The weight of all entries together; the rest speaks for another subject."""
    stands_out: float = 0.15
    listed: float = 0.7
    pair: float = 0.4
    ours_pair: float = 0.25
    """As `pair`, where the message surely is about our subject."""
    alone: float = 0.25
    close: float = 0.2
    vague: float = 0.15
    sure: float = 0.45
    """The matcher's own certainty from which the likelier of two is answered, the other named."""
    ahead_of_other: float = 1.5
    guess: float = 0.2
    """Below this certainty a question of our subject gets an honest no, and no guesses."""
    asked: float = 0.35
    """The weight of all entries together from which a question about them is worth asking."""


BOUNDS = Bounds()


OPINION_FLOOR = 0.08
"""Our own weight that an entry needs before a second opinion may lift it to an answer."""

CANDIDATES = 8

OFFERED = {
    "walk": ("next", "done", "back", "again", "which_step", "stuck", "page_differs"),
    "list": ("again", "none_of_these"),
}
"""The moves among which a second opinion may choose, by what is open: none that calls a person,
answers a form or rates."""


def offered(turn: Turn) -> tuple[str, ...]:
    return OFFERED.get(turn.states[0], ())


def move_of(opinion: str | None) -> str:
    """The move that a second opinion names, "" for none."""
    return opinion.removeprefix(MOVE) if opinion and opinion.startswith(MOVE) else ""


def act(turn: Turn) -> Outcome:
    """The draft for a message that is not clear: with a second opinion, if there is one."""
    ours = replace(_own(turn), thin=True)
    if turn.incoming.opinion is None:
        return replace(ours, unclear=_unclear(turn, ours)) if ours.entry is None else ours
    return replace(_chosen(turn, ours, turn.incoming.opinion), thin=True)


def _unclear(turn: Turn, ours: Outcome) -> Unclear | None:
    """What a second opinion may choose from: nothing that would open a form."""
    ranked = [
        entry
        for entry, weight in turn.understanding.ranking
        if turn.entry(entry) and entry != inquiry.ENTRY and weight >= OPINION_FLOOR
    ]
    possible = offered(turn)
    if not (ranked or possible) or turn.memory.form:
        return None
    outcome = "options" if ours.memory.unsure else "none"
    return Unclear(turn.text, turn.states[0], tuple(ranked[:CANDIDATES]), outcome, possible)


def _chosen(turn: Turn, ours: Outcome, opinion: str) -> Outcome:
    """The entry that was chosen, if we held it possible too; none turns a weak list into a no."""
    weights = dict(turn.understanding.ranking)
    entry = turn.entry(opinion)
    if entry and opinion != inquiry.ENTRY and weights.get(opinion, 0.0) >= OPINION_FLOOR:
        return answer(turn, entry)
    if opinion == "none" and ours.entry is None and ours.memory.unsure:
        return _honest(turn, 1.0) or _missed(turn, 1.0)
    return ours


def _own(turn: Turn) -> Outcome:
    """What we make of it ourselves."""
    found = turn.understanding
    ours = sum(weight for _, weight in found.ranking)
    known = facts.plainer(found.ranking, turn.facts, turn.sayings, turn.about)
    ranking = tuple(one for one in known if one[0] not in turn.memory.refused)
    if promise := _promise(turn):
        return promise
    if perhaps := _perhaps(turn):
        return perhaps
    if found.outcome == "options" and ranking and ranking[0][1] >= NOISE:
        return _unsure(turn, ranking, ours)
    told = _told_by_near(turn, ranking) or _asked_alone(turn)
    return told or _honest(turn, ours) or _missed(turn, ours)


def _asked_alone(turn: Turn) -> Outcome | None:
    """我店关了 押金怎么退啊: the question by itself, where all of it together says nothing."""
    last = asking.last_question(turn.text)
    if turn.memory.entry or last == turn.text or facts.told(turn.text, turn.sayings):
        return None
    found = turn.understand(last)
    entry = turn.entry(found.entry) if found.outcome == "answer" else None
    return answer(turn, entry) if entry else None


def _told_by_near(turn: Turn, ranking: tuple[tuple[str, float], ...]) -> Outcome | None:
    """退保证金和关店能一块办不: a detail of one of the likeliest, by words that it names."""
    near = [turn.entry(one) for one, weight in ranking[:NEAR] if weight >= BOUNDS.stands_out / 2]
    told = [(entry, explaining.telling(turn, entry)) for entry in near if entry]
    return next((explained(turn, entry, text) for entry, text in told if text), None)


NEAR = 3


def _perhaps(turn: Turn) -> Outcome | None:
    """The line of the last answer that may be asked for, said as a guess: it costs less to read
    than another question, and something is learned either way."""
    entry = turn.entry(turn.memory.entry)
    if entry is None or turn.waiting:
        return None
    told = explaining.unsaid(turn, explaining.likeliest(turn, entry, PERHAPS))
    if not told:
        return None
    memory = replace(turn.memory, question="", neighbour="")
    return Outcome(blocks(turn.say("perhaps", line=told), position.reminder(turn, None)), memory)


def _unsure(turn: Turn, ranking: tuple[tuple[str, float], ...], ours: float) -> Outcome:
    if draft := _likely(turn, ranking, ours) or _told_by_near(turn, ranking):
        return draft
    if not turn.memory.refused and turn.understanding.score >= BOUNDS.guess:
        if options := _three(ranking):
            return offer(turn, options)
        if ours >= BOUNDS.asked and (question := _question(turn, ranking, ours)):
            return question
    return _asked_alone(turn) or _honest(turn, ours) or _missed(turn, ours)


def _likely(turn: Turn, ranking: tuple[tuple[str, float], ...], ours: float) -> Outcome | None:
    """The entry that is far ahead, the one at hand, or the likelier of two."""
    (best, first), (_, second) = ranking[0], (*ranking, ("", 0.0))[1]
    entry = turn.entry(best)
    named = _is_of_ours(turn)
    far = entry and first >= BOUNDS.ahead * second
    sure = first >= BOUNDS.likely and ours >= BOUNDS.ours
    if entry and far and (sure or (named and first >= BOUNDS.alone)):
        unsaid = _unsaid(turn) if best == turn.memory.entry else None
        return unsaid or answer(turn, entry)
    if here := _at_hand(turn, ranking):
        return answer(turn, here)
    return _platform(turn) or _either(turn, ranking)


def _is_of_ours(turn: Turn) -> bool:
    """Whether our subject is named, or spoken of by who refused an offer or tells a fact of ours.

    我们店是个体 财务问往哪打: what kind of shop it is would be told of nothing else.
    """
    us = turn.sayings.word("us")
    told = facts.told(turn.text, turn.sayings) or turn.memory.refused
    return bool(told) or any(map(us.search, (turn.text, turn.read_as)))


def _either(turn: Turn, ranking: tuple[tuple[str, float], ...]) -> Outcome | None:
    """The likelier of two is answered, and the other named: 77 of 100 times it is the right one."""
    known = [(entry, weight) for entry, weight in ranking if turn.entry(entry)][:2]
    if len(known) < len(_PAIR) or turn.memory.refused:
        return None
    (best, first), (other, second) = known
    if turn.understanding.score < BOUNDS.sure or first < BOUNDS.ahead_of_other * second:
        return None
    if second < NOISE or inquiry.ENTRY in (best, other):
        return None
    draft = answer(turn, turn.bank.by_id[best])
    if draft.entry != best or draft.memory.options:
        return draft
    text = blocks(draft.text, turn.say("or_other", other=title(turn.bank.by_id[other])))
    return replace(draft, text=text, memory=replace(draft.memory, unsure=(best, other)))


_PAIR = ("answered", "named")


def the_other(turn: Turn) -> Outcome | None:
    """不是, 另一个 after an answer that named another one beside it."""
    pair = turn.memory.unsure
    if len(pair) != len(_PAIR) or turn.memory.options or turn.memory.entry != pair[0]:
        return None
    names = len(turn.heard.clauses) == 1 and moves.next_to(turn.meant.clause) > 0
    if not names and (turn.meant.move not in _NOT_THIS or turn.meant.asked):
        return None
    other = turn.entry(pair[1])
    fresh = replace(turn.memory, unsure=(), refused=(pair[0],), walk=None)
    return answer(replace(turn, memory=fresh), other) if other else None


_NOT_THIS = ("no", "none_of_these")


def _missed(turn: Turn, ours: float) -> Outcome:
    """Something is wrong with what we know of, and nothing says what: asked where it hurts."""
    vague = ours >= BOUNDS.vague and turn.is_vague
    return missed(turn, "vague" if vague else "unknown")


def _at_hand(turn: Turn, ranking: tuple[tuple[str, float], ...]) -> Entry | None:
    """Among guesses that are near each other, the one that is being walked or talked about."""
    walk = turn.memory.walk
    close = [e for e, w in ranking[:2] if w >= BOUNDS.close and 2 * w >= ranking[0][1]]
    here = (walk.entry if walk else "", turn.memory.entry)
    return next((turn.entry(one) for one in here if one in close), None) or _just_named(turn, close)


def _just_named(turn: Turn, close: list[str]) -> Entry | None:
    """怎么退 right after 有人退保证金被骗: the one of them whose name was in the words before."""
    said = answer_parts.pairs(turn.memory.thought.text)
    known = [entry for one in close if (entry := turn.entry(one)) and one != inquiry.ENTRY]
    named = [one for one in known if len(said & answer_parts.pairs(title(one))) > 1]
    return named[0] if len(named) == 1 and len(known) > 1 else None


def _three(ranking: tuple[tuple[str, float], ...]) -> tuple[str, ...]:
    """Three entries that stand out together, of which no two do."""
    top = ranking[:MAX_LIST]
    if len(top) < MAX_LIST or top[-1][1] < BOUNDS.stands_out:
        return ()
    return tuple(e for e, _ in top) if sum(w for _, w in top) >= BOUNDS.listed else ()


def _question(turn: Turn, ranking: tuple[tuple[str, float], ...], ours: float) -> Outcome | None:
    """是「…」，还是「…」? or, with one entry alone, 您是问「…」吗?"""
    known = [(entry, weight) for entry, weight in ranking if turn.entry(entry)]
    if not known:
        return None
    if turn.does("not_solved", "frustrated") and not turn.memory.entry:
        return Outcome(turn.say("stuck_where"), turn.memory)
    (_, first), (_, second) = known[0], (*known, ("", 0.0))[1]
    pair = BOUNDS.pair if ours < BOUNDS.ours else BOUNDS.ours_pair
    if first + second >= pair and second >= NOISE:
        return ask(turn, tuple(entry for entry, _ in known[:2]))
    return ask(turn, (known[0][0],)) if first >= BOUNDS.alone else None


def offer(turn: Turn, options: tuple[str, ...]) -> Outcome:
    """At most five lines to choose from. The same ones again: nothing new was understood."""
    if options == turn.memory.unsure and not turn.waiting:
        return missed(turn, "options_again")
    text = blocks(
        turn.say("options_intro"), render.option_lines(turn, options), turn.say("options_footer")
    )
    memory = replace(
        turn.memory, options=options, unsure=options, numbers="options", question="", neighbour=""
    )
    return Outcome(with_tail(turn, text), memory)


def ask(turn: Turn, options: tuple[str, ...]) -> Outcome:
    """One question that names what it tells apart; the same one twice has told nothing new."""
    if options == turn.memory.unsure:
        return missed(turn, "options_again")
    entries = [turn.bank.by_id[option] for option in options]
    if len(entries) > 1:
        text = turn.say("ask_which", one=title(entries[0]), other=title(entries[1]))
    else:
        text = turn.say("ask_this", one=title(entries[0]), short=_preview(turn, entries[0]))
        if turn.memory.helped or turn.memory.thought.text:
            text = lines(text, turn.say("neighbour_footer"))  # one guess, and not the first word
    memory = replace(
        turn.memory, options=options, unsure=options, numbers="options", question="", neighbour=""
    )
    return Outcome(with_tail(turn, text), memory)


def _preview(turn: Turn, entry: Entry) -> str:
    """The beginning of an answer that may be meant: it often answers already."""
    if entry.id == inquiry.ENTRY:
        return ""
    way = "；".join(render.filled(turn, step) for step in entry.steps)
    return lines(render.in_short(turn, entry), way if len(way) <= PREVIEW else "")


def _promise(turn: Turn) -> Outcome | None:
    """是不是提交了就一定能退 gets an honest no."""
    if asking.asks(turn.text) and asking.pattern("others", "promise").search(turn.read_as):
        return _said(turn, "no_promise")
    return None


def _unsaid(turn: Turn) -> Outcome | None:
    """审核期间还能卖吗 after the review time: it says nothing of that, and is not repeated."""
    whether = asking.is_yes_no(turn.read_as) and commands.is_question(turn.text)
    return _platform(turn) or (_said(turn, "only_consultant") if whether else None)


def _platform(turn: Turn) -> Outcome | None:
    """What only the platform decides, said so."""
    asked = turn.read_as
    if not asking.asks(turn.text) and not asking.pattern("others", "wants").search(asked):
        return None
    if not turn.sayings.word("platform").search(asked):
        return None
    return _said(turn, "only_platform")


def _honest(turn: Turn, ours: float) -> Outcome | None:
    """A question of our subject that nothing in the bank answers."""
    if draft := _platform(turn):
        return draft
    if ours < BOUNDS.ours or not asking.asks(turn.text) or turn.memory.misses:
        return None
    return _said(turn, "only_consultant")


def _said(turn: Turn, key: str) -> Outcome:
    text = turn.say(key)
    if render.plain(text) == render.plain(turn.memory.said):
        return missed(turn, "unknown")
    memory = replace(
        turn.memory, question="", options=(), numbers="", misses=turn.memory.misses + 1
    )
    return Outcome(with_tail(turn, blocks(text)), memory)
