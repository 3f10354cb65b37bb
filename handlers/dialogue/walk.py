"""Going along an entry's steps: forth, back, again, stuck, done."""

import re
from dataclasses import replace

from faq.bank import Entry
from handlers.dialogue import (
    answer_parts,
    asking,
    commands,
    explaining,
    handoff,
    position,
    render,
    small_talk,
    steps,
)
from handlers.dialogue.memory import Walk
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, title

_ALL = re.compile(r"^(?:步骤)?(?:全部?|都|整个).{0,4}(?:做|弄|走|点|办|搞)[完好]|走完了")
"""都做完了 says that the steps are done, not yet that it worked."""
_ALL_WELL = re.compile(r"(?:全|都|整个|统统).{0,3}(?:搞定|搞掂|办成|办好|解决|妥)|齐活")
"""全搞定了 says both."""
_RESTARTS = re.compile(r"从头|重头|重新(?:开始|来|走)|第一步开始")
_RESUMES = re.compile(r"刚才|刚刚|之前|上次|昨天")
_FIRST_WORDS = re.compile(r"开始|带我|教我|陪我|一步一?步")


def follow(talk: Turn) -> Outcome | None:
    """下一步: the next step, the first one of an overview."""
    here = position.place(talk)
    if here is None:
        return _resume_ended(talk)
    walk, entry = here
    if _RESUMES.search(talk.text) and (paused := talk.memory.paused) and talk.entry(paused.entry):
        return _resume(talk, paused)
    if _RESUMES.search(talk.text) and walk.step:
        return steps.show(talk, entry, walk.step, place="step_place_of")
    if _RESTARTS.search(talk.text):
        return steps.show(talk, entry, 1)
    return _forward(talk, walk, entry)


def _forward(talk: Turn, walk: Walk, entry: Entry) -> Outcome:
    told = (one.text for one in talk.heard.clauses if one.move == "done")
    walk = replace(walk, step=max([walk.step, *(_done_step(entry, t, walk.step) for t in told)]))
    if walk.step >= len(entry.steps):
        return _ask_worked(talk, entry)
    return steps.show(talk, entry, walk.step + 1)


def done(talk: Turn) -> Outcome | None:
    """登好了, 交上去了: what was done is behind us; what was named may be a later step."""
    here = position.place(talk)
    if here is None:
        return None
    walk, entry = here
    if _ALL_WELL.search(talk.meant.clause):
        return small_talk.solved(talk)
    if _ALL.search(talk.meant.clause):
        return _ask_worked(talk, entry)
    at = max(walk.step, talk.meant.number or _done_step(entry, talk.meant.clause, walk.step))
    return _forward(talk, replace(walk, step=at), entry)


_DONE_WORDS = re.compile(
    r"已经|我|都|也|刚刚?|弄|做|搞|整|点|填|好|完|成|了|过|啦|咯|起|来|咗|嘞|上去?|进去?|[oO][kK]"
)


def _done_step(entry: Entry, clause: str, step: int) -> int:
    """The step that 登录弄好了 tells of: not before this one, and not far behind it."""
    core = _DONE_WORDS.sub("", clause)
    pairs = answer_parts.pairs(core)
    if core and not pairs and step == 0:
        return int(core in entry.steps[0])  # 登好了 of an overview that begins with 登录
    near = list(enumerate(entry.steps, start=1))[max(step - 1, 0) : step + _AHEAD]
    shares = [(len(pairs & answer_parts.known_pairs(line)), -number) for number, line in near]
    best, number = max(shares, default=(0, 0))
    told = -number if best else answer_parts.by_verb(entry, core) or 0
    return told if told <= step + _AHEAD else 0


_AHEAD = 2


def finished(talk: Turn) -> Outcome | None:
    """解决了, 全搞定了: the walk is over. In the middle of it 好了 is only one step."""
    here = position.place(talk)
    if here is None:
        return None
    walk, entry = here
    if _ALL.search(talk.meant.clause):
        return _ask_worked(talk, entry)
    if 0 < walk.step < len(entry.steps) and _only_a_step(talk):
        return done(talk)
    return small_talk.solved(talk)


def _only_a_step(talk: Turn) -> bool:
    """进去了 and 弄好了 in the middle of a walk."""
    likely = dict(
        next((one.shares for one in talk.heard.parts if one.text == talk.meant.clause), ())
    )
    return likely.get("done", 0.0) + likely.get("next", 0.0) > _STEP_SHARE


_STEP_SHARE = 0.15


def back(talk: Turn) -> Outcome | None:
    """上一步."""
    here = position.place(talk)
    if here is None:
        return None
    walk, entry = here
    if walk.step <= 1:
        return steps.show(talk, entry, 1, lead=talk.say("step_is_first"))
    return steps.show(talk, entry, walk.step - 1)


def again(talk: Turn) -> Outcome | None:
    """The step once more with what the guide knows; the second time its help and a person."""
    here = position.place(talk)
    if here is None:
        return None
    walk, entry = here
    if _RESTARTS.search(talk.text) or walk.step == 0:
        return None if walk.step == 0 else steps.show(talk, entry, 1)
    shown = steps.show(talk, entry, walk.step, extra=render.more_help(talk, entry, walk.step))
    return _otherwise(talk, walk, entry) if shown.text == talk.memory.said else shown


def _otherwise(talk: Turn, walk: Walk, entry: Entry) -> Outcome:
    """A step that was just shown, told in other words and with a person."""
    known = render.more_help(talk, entry, walk.step) or talk.say("stuck_unknown")
    memory = replace(talk.memory, question="human")
    text = blocks(lines(talk.say("step_otherwise", step=walk.step), known), talk.say("offer_human"))
    return Outcome(text, memory, entry=entry.id)


def where(talk: Turn) -> Outcome | None:
    """到哪了."""
    here = position.place(talk)
    if here is None:
        return None
    walk, entry = here
    if walk.step == 0:
        text = talk.say("walk_not_begun", title=title(entry), steps=len(entry.steps))
        return Outcome(text, replace(talk.memory, numbers="steps"), entry=entry.id)
    return steps.show(talk, entry, walk.step, place="step_place_of")


def named(talk: Turn) -> Outcome | None:
    """第四步是干啥的, or a bare number while the numbered steps are the list in sight."""
    here = position.place(talk)
    if here is None:
        return _resume_ended(talk) if talk.meant.move == "step_n" else None
    number = talk.meant.number
    if number is None or (talk.meant.move == "pick" and talk.memory.numbers not in _STEPS_SHOWN):
        return None
    if talk.meant.move == "step_n" and (explained := explaining.in_walk(talk)):
        return explained
    return go_to(talk, here[1], number)


_STEPS_SHOWN = ("steps", "worked")


def go_to(talk: Turn, entry: Entry, number: int) -> Outcome:
    """One step by its number, counted from the end when negative."""
    last = len(entry.steps)
    number = last + 1 + number if number < 0 else number
    if not 1 <= number <= last:
        return Outcome(talk.say("step_out_of_range", steps=last), talk.memory, entry=entry.id)
    if steps.STUCK_WORDS.search(talk.text) or talk.does("stuck", "page_differs"):
        return stuck(replace(talk, memory=replace(talk.memory, walk=Walk(entry.id, number))))
    asks = talk.does("again") or talk.heard.said.asks or len(talk.meant.clause) > _NAMES_ONLY
    help_ = render.more_help(talk, entry, number) if asks else ""
    return steps.show(talk, entry, number, extra=help_)


_NAMES_ONLY = 6
"""第三步呢 names a step; more words ask something about it, and its help answers most."""


def agree(talk: Turn) -> Outcome | None:
    """好, 对, 嗯: begins a walk that was only shown, otherwise says nothing new."""
    here = position.place(talk)
    if here is None:
        return None
    if here[0].step == 0 and (_FIRST_WORDS.search(talk.text) or talk.meant.move == "yes"):
        return steps.show(talk, here[1], 1)
    return Outcome(talk.say("ack_walk" if here[0].step else "ack_overview"), talk.memory)


def slow(talk: Turn) -> Outcome | None:
    """还没, 等一下: nobody hurries."""
    here = position.place(talk)
    if here is None:
        return None
    return Outcome(talk.say("ack_walk" if here[0].step else "later"), talk.memory)


def leave(talk: Turn) -> Outcome | None:
    """算了, 先到这: the walk stays where it is."""
    here = position.place(talk)
    if here is None:
        return None
    walk, entry = here
    memory = replace(talk.memory, question="", numbers="", options=())
    if walk.step == 0:
        return Outcome(talk.say("declined"), memory)
    text = talk.say("walk_left", title=title(entry), step=walk.step)
    return Outcome(text, memory)


def no_person(talk: Turn) -> Outcome | None:
    """不用人工 while nobody was called."""
    text = lines(talk.say("no_person"), position.reminder(talk, None))
    return Outcome(text, _unasked(talk).memory)


def _unasked(talk: Turn) -> Turn:
    return replace(talk, memory=replace(talk.memory, question=""))


def thanked(talk: Turn) -> Outcome | None:
    """谢谢 does not end a walk."""
    here = position.place(talk)
    if here is None or not here[0].step:
        return None
    return Outcome(talk.say("thanks_walk", step=here[0].step), talk.memory)


def greeted(talk: Turn) -> Outcome | None:
    """你好 in a walk leads back to it."""
    where_to = position.reminder(talk, None)
    return Outcome(lines(talk.say("greeting_back"), where_to), talk.memory) if where_to else None


def none_fits(talk: Turn) -> Outcome | None:
    """都不对 about a step is being stuck there; about an overview, another case than this one."""
    here = position.place(talk)
    if here is None:
        return None
    return stuck(talk) if here[0].step else None


def unsolved(talk: Turn) -> Outcome | None:
    """照做了没用: help with the step, the second time a person."""
    here = position.place(talk)
    return stuck(talk) if here and here[0].step else None


def _resume_ended(talk: Turn) -> Outcome | None:
    """下一步 without a walk: the one that ended before its last step goes on."""
    if talk.memory.ended is None:
        return None
    memory = replace(talk.memory, walk=talk.memory.ended, ended=None)
    back_in = replace(talk, memory=memory)
    return named(back_in) if talk.meant.move == "step_n" else follow(back_in)


def no_walk(talk: Turn) -> Outcome | None:
    """下一步 with nothing to walk: the one that just ended, or the three things are offered."""
    if (resumed := _resume_ended(talk)) is not None:
        return resumed
    topic = talk.entry(talk.memory.entry)
    main = topic and next(
        (
            one
            for one in map(talk.entry, small_talk.offered(talk))
            if one and one.guide == topic.guide
        ),
        None,
    )
    if main and main.steps and talk.meant.move == "next":
        return steps.show(talk, main, 1)
    if "步" not in talk.text and talk.meant.move != "step_n":
        return None
    memory = replace(talk.memory, options=small_talk.offered(talk), numbers="options")
    return Outcome(blocks(talk.say("no_walk"), small_talk.things(talk)), memory)


def _resume(talk: Turn, paused: Walk) -> Outcome:
    entry = talk.bank.by_id[paused.entry]
    memory = replace(talk.memory, paused=None)
    number = max(paused.step, 1)
    return steps.show(replace(talk, memory=memory), entry, number, place="step_place_of")


def _ask_worked(talk: Turn, entry: Entry) -> Outcome:
    walk = Walk(entry.id, len(entry.steps))
    memory = replace(talk.memory, walk=walk, numbers="worked", options=(), helped=True)
    return Outcome(talk.say("walk_end", steps=len(entry.steps)), memory, entry=entry.id)


def _step_missed(talk: Turn) -> int | None:
    """The step that 找不到保证金管理 is about, wherever the walk stands."""
    here = position.place(talk)
    if here is None or talk.meant.move == "step_n":
        return None
    name = commands.content(steps.STUCK_WORDS.sub("", talk.meant.clause or talk.text))
    return answer_parts.names_step(here[1], name)


def cannot(talk: Turn) -> Outcome | None:
    """卡住了, 页面不一样, 我不会弄: help with the step; an overview asks which, or is walked."""
    here = position.place(talk)
    if here is None:
        return None
    if asking.asks(talk.text) and (explained := explaining.in_walk(talk)):
        return explained
    if here[0].step == 0 and not _step_missed(talk):
        if _WHAT_NOW.search(talk.meant.clause):
            return Outcome(talk.say("thought_steps"), talk.memory)
        if _HOW.search(talk.meant.clause):
            return steps.show(talk, here[1], 1, lead=talk.say("walk_together"))
    return stuck(talk)


_WHAT_NOW = re.compile(r"^那?该?(?:这?要?怎么|咋)[办处]")
_HOW = re.compile(r"不会|不懂|(?:怎么|咋个?)[弄点做搞整操]")


def trouble_here(talk: Turn) -> Outcome | None:
    """没找到保证金管理: words of being stuck about nothing that has an entry of its own."""
    here = position.place(talk)
    if here is None or len(talk.meant.clause) > _MAX_TROUBLE:
        return None
    walk, entry = here
    if not (walk.step or _step_missed(talk)) or not steps.STUCK_WORDS.search(talk.meant.clause):
        return None
    found = talk.understanding
    return stuck(talk) if found.entry in (None, entry.id) else None


_MAX_TROUBLE = 20


def stuck(talk: Turn) -> Outcome:
    """What the guide knows about the step; the second time, a person."""
    here = position.place(talk)
    if here is None:
        return handoff.offer(talk, talk.say("unsolved_second"))
    walk, entry = here
    missed = _step_missed(talk) or walk.step
    if missed != walk.step:
        walk = Walk(entry.id, missed)
    if walk.step == 0:
        memory = replace(talk.memory, numbers="steps", options=())
        return Outcome(talk.say("stuck_which", steps=len(entry.steps)), memory, entry=entry.id)
    if walk.stuck >= 1:
        return handoff.call(talk, "stuck", talk.say("stuck_call", step=walk.step))
    memory = replace(
        talk.memory, walk=replace(walk, stuck=1), numbers="steps", options=(), entry=entry.id
    )
    known = explaining.of_entry(talk, entry) or render.more_help(talk, entry, walk.step)
    known = known or talk.say("stuck_unknown")
    place_line = talk.say("step_place", step=walk.step, steps=len(entry.steps))
    return Outcome(
        blocks(lines(place_line, known), talk.say("stuck_footer")), memory, entry=entry.id
    )
