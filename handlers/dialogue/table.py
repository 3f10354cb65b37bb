"""Which moves exist, what each does in which state, and why one wins: all on this page.

A move is what a merchant's words do to the conversation. Its examples are data
(`faq/moves/moves.toml`; `states.toml` has what is said while something is open), `moves.py` finds
the move that wins. The states are what can be open: form, queue, rating, worked (办成了吗), offer
(of a person), list (of choices), walk, and idle, which always is. The first state that is open and
has a rule for the move decides; a rule that leaves the message to others returns None.

Before the table: what calls for a person at once. After it: what no move claims is a question, and
goes to the bank, where a certain answer of its own also beats a doubtful move (`doubts.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from handlers.dialogue import (
    alone,
    answering,
    asking,
    calling,
    choices,
    commands,
    doubts,
    entry_answer,
    explaining,
    firm_answers,
    fragments,
    guesses,
    handoff,
    inquiry,
    moves,
    overcome,
    overdue,
    situation,
    small_talk,
    standing,
    stuck,
    supposed,
    two_questions,
    waiting,
    walk,
)
from handlers.dialogue.turn import Outcome, Rule, Turn, blocks, first, lines
from handlers.dialogue.types import CancelCase

Row = Mapping[str, Rule]
"""What a move does, per state."""

TABLE: Mapping[str, Row] = {
    # ── steering a walk or a list ──
    "next": {
        "form": inquiry.ask_again,
        "list": choices.show_again,
        "walk": walk.follow,
        "idle": walk.no_walk,
    },
    "done": {
        "worked": answering.worked_well,
        "queue": walk.done,
        "walk": walk.done,
        "idle": answering.nothing_open,
    },
    "back": {
        "form": inquiry.back,
        "walk": walk.back,
        "list": choices.show_again,
        "idle": answering.once_more,
    },
    "again": {
        "form": inquiry.ask_again,
        "list": choices.show_again,
        "walk": walk.again,
        "idle": answering.once_more,
    },
    "which_step": {
        "form": inquiry.ask_again,
        "queue": waiting.place,
        "list": choices.show_again,
        "walk": walk.where,
        "idle": answering.once_more,
    },
    "step_n": {
        "form": inquiry.ask_again,
        "list": choices.step_of_list,
        "walk": walk.named,
        "idle": walk.no_walk,
    },
    "pick": {
        "form": inquiry.ask_again,
        "rating": small_talk.rate,
        "worked": answering.worked_number,
        "list": choices.pick,
        "walk": walk.named,
        "idle": choices.stray_number,
    },
    "rest": {"list": choices.rest, "walk": walk.more, "idle": entry_answer.rest},
    "none_of_these": {
        "list": choices.refuse,
        "walk": walk.none_fits,
        "idle": answering.unsolved_here,
    },
    "stuck": {"walk": walk.cannot, "idle": answering.unsolved_here},
    "page_differs": {"walk": walk.cannot, "idle": answering.unsolved_here},
    "not_solved": {
        "rating": answering.unsolved_here,
        "worked": answering.worked_badly,
        "walk": walk.unsolved,
        "idle": answering.unsolved_here,
    },
    "solved": {
        "queue": waiting.cancel,
        "rating": small_talk.rate,
        "worked": answering.worked_well,
        "walk": walk.finished,
        "idle": answering.all_well,
    },
    # ── yes, no, not now ──
    "yes": {
        "form": inquiry.ask_again,
        "queue": waiting.nod,
        "worked": answering.worked_well,
        "offer": handoff.accept,
        "list": choices.which,
        "walk": walk.agree,
        "idle": small_talk.nod,
    },
    "no": {
        "form": inquiry.ask_again,
        "queue": waiting.not_needed,
        "worked": answering.worked_badly,
        "offer": handoff.decline,
        "list": choices.refuse,
        "walk": walk.slow,
        "idle": answering.contradicted,
    },
    "cancel": {
        "form": inquiry.drop,
        "queue": waiting.cancel,
        "offer": handoff.decline,
        "walk": walk.leave,
        "idle": small_talk.decline,
    },
    "wait": {
        "form": inquiry.small_talk,
        "queue": waiting.nod,
        "walk": walk.slow,
        "idle": small_talk.later,
    },
    # ── people ──
    "call_off_human": {
        "form": inquiry.no_person,
        "queue": waiting.cancel,
        "offer": handoff.decline,
        "idle": walk.no_person,
    },
    "human": {"queue": waiting.place, "idle": handoff.person},
    "ask_queue": {"queue": waiting.place},
    "ask_hours": {"idle": firm_answers.asked_hours},
    "frustrated": {"form": inquiry.small_talk, "idle": handoff.upset},
    "insult": {"idle": handoff.insulted},
    # ── small talk ──
    "thanks": {
        "form": inquiry.small_talk,
        "queue": small_talk.polite,
        "walk": walk.thanked,
        "idle": small_talk.polite,
    },
    "ack": {
        "form": inquiry.ask_again,
        "queue": small_talk.polite,
        "offer": handoff.accept,
        "list": choices.agreed,
        "walk": walk.agree,
        "idle": small_talk.polite,
    },
    "face": {"offer": handoff.accept, "rating": small_talk.rate, "idle": small_talk.social},
    "greeting": {
        "form": inquiry.small_talk,
        "queue": small_talk.polite,
        "walk": walk.greeted,
        "idle": small_talk.polite,
    },
    "goodbye": {
        "form": inquiry.left,
        "queue": small_talk.polite,
        "walk": walk.leave,
        "idle": small_talk.polite,
    },
    "is_bot": {"form": inquiry.small_talk, "idle": small_talk.machine},
    "ask_phone": {"queue": firm_answers.phone, "idle": firm_answers.phone},
    "rate": {"rating": small_talk.rate},
    "haggle": {"form": inquiry.small_talk, "idle": answering.price},
    "ask_price": {"form": inquiry.small_talk, "idle": answering.price_asked},
    "doubt": {"form": answering.doubt_in_form, "idle": answering.doubts_us},
    "correct": {"idle": situation.corrected},
    "hurry": {"idle": small_talk.hurried},
    "opener": {"form": inquiry.ask_again, "idle": fragments.opener},
}
"""A move without a rule for what is open is taken as a question."""

_QUEUE_FIRST: tuple[Rule, ...] = (waiting.asked_place,)


def _money_back(turn: Turn) -> Outcome | None:
    """退钱, as the first thing that is said: asked whether it is what people come for."""
    if not calling.is_first_word(turn):
        return None
    ranked = (turn.entry(entry) for entry, _ in turn.understanding.ranking)
    ours = next((one.id for one in ranked if one and one.id != inquiry.ENTRY), "")
    return guesses.ask(turn, (ours,)) if ours else None


_QUESTION: tuple[Rule, ...] = (
    stuck.tried,
    walk.page_wants,
    walk.onward,
    explaining.in_walk,
    walk.trouble_here,
    answering.and_theirs,
    answering.same_for_us,
    answering.and_you,
    choices.by_words,
    firm_answers.reply,
    answering.stray_phone,
    answering.follow_up,
    small_talk.social,
    fragments.join,
    fragments.listen,
)
_BANK: tuple[Rule, ...] = (
    waiting.told_in_grief,
    situation.fine,
    situation.denied,
    answering.known,
    answering.our_price,
    answering.of_another,
    waiting.told,
    answering.on_topic,
    answering.for_kind,
    situation.told,
    answering.said_before,
    answering.outside,
    answering.wordless,
    _money_back,
    situation.intends,
)
"""What the bank says to a question, before it is only guessed at."""


def decide(turn: Turn) -> Outcome:
    """The outcome of the rule that wins, with its name where it asked the bank nothing."""
    name, outcome = won(turn)
    asked = name in _ASKS or name.partition(" while ")[0] in _LEADS_TO_INQUIRY
    return outcome if asked or outcome.rule else replace(outcome, rule=name)


_ASKS = frozenset(
    (
        *("question: the bank", "question: table._joined", "two questions"),
        *("called off, and more", "a question, and one about us", "the law in passing"),
    )
)
_LEADS_TO_INQUIRY = frozenset(("ask_price", "haggle"))
"""宠物狗洗澡多少钱 leads to the inquiry, and is a question that the bank may lack."""


def won(turn: Turn) -> tuple[str, Outcome]:
    """What wins, by its name, and its outcome."""
    for name, rule in _rules(turn):
        if (outcome := rule(turn)) is not None:
            return name, outcome
    asking = _asking(turn)
    for rule in _questions(asking):
        if (outcome := rule(asking)) is not None:
            return f"question: {rule.__module__.rpartition('.')[2]}.{rule.__name__}", outcome
    return "question: the bank", _unclaimed(asking)


def _value(turn: Turn) -> Outcome | None:
    """In the form, what names a field or is what was asked for; a rating that is one."""
    if turn.waiting and not turn.memory.form and (told := waiting.contact(turn)):
        return told
    if turn.states[0] == "rating" and turn.meant.move not in moves.QUESTIONS:
        return small_talk.rate(turn)
    if not turn.memory.form or turn.meant.move in ("call_off_human", "cancel", "human"):
        return None
    if calling.told_beside(turn) or _asks_hours(turn):
        return None  # 店主是我弟 上个礼拜车祸没了 fills in nothing
    return _aside_in_form(turn) if inquiry.asks_first(turn) else inquiry.filled(turn)


def _asks_hours(turn: Turn) -> bool:
    """你们几点关门呀 tells no problem, whatever the form asks for."""
    return commands.is_question(turn.text) and firm_answers.surely_hours(turn)


def _picked(turn: Turn) -> Outcome | None:
    """客服那条吧: words of an option's line; they may sound like a wish for a person."""
    return choices.by_label(turn) if turn.memory.options else None


def _form_dropped(turn: Turn) -> Outcome | None:
    """先不问价 回到刚才的步骤: the form is dropped, and the walk goes on."""
    if not turn.memory.form or turn.meant.move not in doubts.GOES_ON or not turn.does("cancel"):
        return None
    return decide(replace(turn, memory=replace(turn.memory, form=None, question="")))


def _called_off(turn: Turn) -> Outcome | None:
    """算了不用人工了, 先给个大概价嘛: the case, if any, is off, and the question is answered."""
    asks = any(move in moves.QUESTIONS for move in turn.meant.also)
    if turn.meant.move != "call_off_human" or not asks or not turn.meant.asked:
        return None
    if not turn.waiting:
        return _asked_without(turn)
    memory, context = waiting.called_off(turn.memory), replace(turn.context, state="bot")
    answered = decide(replace(turn, context=context, memory=memory, text=turn.meant.asked))
    return replace(answered, case=CancelCase()) if answered.case is None else None


def _asked_without(turn: Turn) -> Outcome | None:
    """不用转人工 我就问个审核要多久: nobody was called, and the question is all there is."""
    asked = "\uff0c".join(one.text for one in turn.heard.clauses if one.text != turn.meant.clause)
    if not asking.asks(asked):
        return None
    memory = replace(turn.memory, question="")
    return decide(replace(turn, memory=memory, text=asked))


def _and_of_us(turn: Turn) -> Outcome | None:
    """密码忘了咋办，另外你们周末有人吗: one question of the two is about the firm."""
    parts = asking.two_questions(turn.text) if not turn.memory.form else None
    if parts is None:
        return None
    told = [firm_answers.of_us(turn, part) for part in parts]
    if bool(told[0]) == bool(told[1]):
        return None
    other = decide(replace(turn, text=parts[0] if told[1] else parts[1]))
    texts = (told[0], other.text, told[1])
    return replace(other, text=blocks(*texts)) if other.text and other.case is None else None


def _theirs(turn: Turn) -> Outcome | None:
    """客服去哪儿找 after an answer that sent the merchant to the platform's."""
    if turn.meant.move == "human" and turn.meant.score >= calling.VERY_SURE:
        return None  # 客服打不通 还是帮我转个人吧
    found, topic = turn.understanding, turn.entry(turn.memory.entry)
    entry = turn.entry(found.entry)
    for_us = asking.pattern("firm", "for_us").search(turn.text)
    ours = entry and topic and entry.guide != topic.guide and not for_us
    asked = ours or "human" in (found.outcome, turn.meant.move)
    return answering.their_support(turn) if asked else None


def _beside_the_law(turn: Turn) -> Outcome | None:
    """我店在法院对面 保证金想退: the law is only in passing, and the rest is what is meant."""
    rest = calling.beside_the_law(turn.text)
    return decide(replace(turn, text=rest)) if rest and not turn.memory.form else None


def _hours(turn: Turn) -> Outcome | None:
    """周日有人在吗 asks when somebody is there, and not for somebody."""
    ours = firm_answers.surely_hours(turn) or firm_answers.surely_place(turn)
    if not ours:
        return None
    told = firm_answers.reply(turn)
    if told is None or not turn.memory.form:
        return told
    asks = commands.is_question(turn.text)  # 周末见奶茶 is a shop's name
    return replace(told, text=blocks(told.text, inquiry.reminder(turn))) if asks else None


_BEFORE: tuple[tuple[str, Rule], ...] = (
    ("told in the same breath", fragments.just_told),
    ("alone", alone.reply),
    ("a value", _value),
    ("the inquiry by its name", inquiry.asked_for),
    ("words of an option", _picked),
    ("the form is dropped", _form_dropped),
    ("called off, and more", _called_off),
    ("a list of before", choices.listed),
    ("the other of two", guesses.the_other),
    ("the second of two", two_questions.the_second),
    ("the law in passing", _beside_the_law),
    ("a question, and one about us", _and_of_us),
    ("hours", _hours),
    ("their support", _theirs),
    ("supposed", supposed.supposed),
    ("later", waiting.again_later),
    ("rated unasked", small_talk.rated_unasked),
    ("longer than was said", overdue.overdue),
    ("a person is called", calling.person),
    ("asked of a quoted step", standing.asked_of_quoted),
    ("told where one stands", standing.told),
    ("mended, and not well", overcome.left),
    ("what to do meanwhile", waiting.advice),
    ("told what leads elsewhere", situation.leads),
)
"""What comes before the table, in order."""


def _rules(turn: Turn) -> Iterator[tuple[str, Rule]]:
    """What may decide before the message is taken for a question, in order."""
    yield from _BEFORE
    for state, rule in _of_table(turn):
        yield f"{turn.meant.move} while {state}", rule
    yield from _AFTER


def _both(turn: Turn) -> Outcome | None:
    return None if turn.memory.form else two_questions.reply(turn)


def _further(turn: Turn) -> Outcome | None:
    """登上了 完了搁哪点: the question alone would not know what was done."""
    return walk.onward(turn) if turn.meant.asked and turn.states[0] == "walk" else None


_AFTER: tuple[tuple[str, Rule], ...] = (
    ("two questions", _both),
    ("question: walk.onward", _further),
)
"""What comes between the table and the questions."""


def _of_table(turn: Turn) -> Iterator[tuple[str, Rule]]:
    """The rules for the move, in the order of what is open; none where the bank knows better."""
    row = TABLE.get(turn.meant.move, {})
    if not row or doubts.doubtful(turn):
        return
    for state in turn.states:
        if rule := row.get(state):
            yield state, rule


def _asking(turn: Turn) -> Turn:
    """The turn with the question alone, without the clauses that only steer."""
    if not turn.meant.asked or turn.waiting or stuck.tried(turn) or walk.onward(turn):
        return turn
    if turn.meant.clause not in turn.meant.asked and doubts.doubtful(turn):
        return turn  # 那先教我怎么把密码弄回来 is no 下一步: then it is the question
    return replace(turn, text=turn.meant.asked)


def _aside_in_form(turn: Turn) -> Outcome | None:
    """那先问你 关店跟退保证金是一回事么: answered as without the form, which stays open."""
    if not inquiry.asks_aside(turn):
        return None
    memory = replace(turn.memory, form=None, question="")
    told = decide(replace(turn, memory=memory))
    if told.entry in (None, inquiry.ENTRY) or told.case or told.memory.form:
        return Outcome(lines(turn.say("form_question"), inquiry.reminder(turn)), turn.memory)
    return replace(told, text=blocks(told.text, inquiry.reminder(turn)), memory=turn.memory)


def _questions(turn: Turn) -> tuple[Rule, ...]:
    if turn.memory.form:
        return (_aside_in_form, inquiry.plain)
    if turn.waiting:
        return (*_QUEUE_FIRST, firm_answers.reply, answering.follow_up, small_talk.social)
    return _QUESTION


def _unclaimed(turn: Turn) -> Outcome:
    if turn.memory.form:
        return answering.aside(turn)
    draft = _of_bank(turn)
    return waiting.answered(turn, draft) if turn.waiting else draft


def _of_bank(turn: Turn) -> Outcome:
    """The outcome of a question, understood or not."""
    return first(turn, _BANK) or _by_opinion(turn) or guesses.act(turn)


def _by_opinion(turn: Turn) -> Outcome | None:
    """The move that a second opinion chose, if it was offered and touches no case and no form."""
    move = guesses.move_of(turn.incoming.opinion)
    if move not in guesses.offered(turn):
        return None
    rule = TABLE[move].get(turn.states[0])
    outcome = rule(turn.read_as_move(move)) if rule else None
    if outcome is None or not _is_harmless(turn, outcome):
        return None
    return replace(outcome, rule=f"opinion: {move}")


def _is_harmless(turn: Turn, outcome: Outcome) -> bool:
    touches = outcome.case or outcome.add or outcome.rating is not None
    return not touches and outcome.memory.form == turn.memory.form and outcome.end == "answered"
