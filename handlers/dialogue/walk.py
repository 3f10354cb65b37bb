"""Going along an entry's steps: forth, back, again, stuck, done."""

import re
from dataclasses import replace

from faq import details
from faq.bank import Entry
from handlers.dialogue import (
    answer_parts,
    asking,
    commands,
    explaining,
    handoff,
    render,
    small_talk,
)
from handlers.dialogue.memory import Walk, seconds_since
from handlers.dialogue.render import filled, step
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, title

_BACK_AFTER = 6 * 3600
"""Seconds of silence after which a step begins with where we were."""

_STUCK_WORDS = re.compile(
    r"找不[到着]|没找[到着]|没看[到见]|看不[到见]|没有.{0,8}(?:按钮|选项|入口|页面|菜单|这一?[个项步])|不一样|不同|对不上"
    r"|卡[住在]|点不[了动开]|点了没|没反应|打不开|不会[弄点操]|报错|怎么点|在哪[里点]?|灰色|灰的|按不了|弹不出|跳不|登不[上进了]|登录不|进不去"
)
_ALL = re.compile(r"^(?:步骤)?(?:全部?|都|整个).{0,4}(?:做|弄|走|点|办|搞)[完好]|走完了")
"""都做完了 says that the steps are done, not yet that it worked."""
_ALL_WELL = re.compile(r"(?:全|都|整个|统统).{0,3}(?:搞定|搞掂|办成|办好|解决|妥)|齐活")
"""全搞定了 says both."""
_RESTARTS = re.compile(r"从头|重头|重新(?:开始|来|走)|第一步开始")
_RESUMES = re.compile(r"刚才|刚刚|之前|上次|昨天")
_FIRST_WORDS = re.compile(r"开始|带我|教我|陪我|一步一?步")


def place(talk: Turn) -> tuple[Walk, Entry] | None:
    """The walk and its entry."""
    walk = talk.memory.walk
    entry = talk.entry(walk.entry) if walk else None
    return (walk, entry) if walk and entry else None


def follow(talk: Turn) -> Outcome | None:
    """下一步: the next step, the first one of an overview."""
    here = place(talk)
    if here is None:
        return _resume_ended(talk)
    walk, entry = here
    if _RESUMES.search(talk.text) and (paused := talk.memory.paused) and talk.entry(paused.entry):
        return _resume(talk, paused)
    if _RESUMES.search(talk.text) and walk.step:
        return show(talk, entry, walk.step, place="step_place_of")
    if _RESTARTS.search(talk.text):
        return show(talk, entry, 1)
    return _forward(talk, walk, entry)


def _forward(talk: Turn, walk: Walk, entry: Entry) -> Outcome:
    told = (one.text for one in talk.heard.clauses if one.move == "done")
    walk = replace(walk, step=max([walk.step, *(_done_step(entry, t, walk.step) for t in told)]))
    if walk.step >= len(entry.steps):
        return _ask_worked(talk, entry)
    return show(talk, entry, walk.step + 1)


def done(talk: Turn) -> Outcome | None:
    """登好了, 交上去了: what was done is behind us; what was named may be a later step."""
    here = place(talk)
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
    here = place(talk)
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
    here = place(talk)
    if here is None:
        return None
    walk, entry = here
    if walk.step <= 1:
        return show(talk, entry, 1, lead=talk.say("step_is_first"))
    return show(talk, entry, walk.step - 1)


def again(talk: Turn) -> Outcome | None:
    """The step once more with what the guide knows; the second time its help and a person."""
    here = place(talk)
    if here is None:
        return None
    walk, entry = here
    if _RESTARTS.search(talk.text) or walk.step == 0:
        return None if walk.step == 0 else show(talk, entry, 1)
    shown = show(talk, entry, walk.step, extra=step_help(talk, entry, walk.step))
    return _otherwise(talk, walk, entry) if shown.text == talk.memory.said else shown


def _otherwise(talk: Turn, walk: Walk, entry: Entry) -> Outcome:
    """A step that was just shown, told in other words and with a person."""
    known = step_help(talk, entry, walk.step) or talk.say("stuck_unknown")
    memory = replace(talk.memory, question="human")
    text = blocks(lines(talk.say("step_otherwise", step=walk.step), known), talk.say("offer_human"))
    return Outcome(text, memory, entry=entry.id)


def where(talk: Turn) -> Outcome | None:
    """到哪了."""
    here = place(talk)
    if here is None:
        return None
    walk, entry = here
    if walk.step == 0:
        text = talk.say("walk_not_begun", title=title(entry), steps=len(entry.steps))
        return Outcome(text, replace(talk.memory, numbers="steps"), entry=entry.id)
    return show(talk, entry, walk.step, place="step_place_of")


def named(talk: Turn) -> Outcome | None:
    """第四步是干啥的, or a bare number while the numbered steps are the list in sight."""
    here = place(talk)
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
    steps = len(entry.steps)
    number = steps + 1 + number if number < 0 else number
    if not 1 <= number <= steps:
        return Outcome(talk.say("step_out_of_range", steps=steps), talk.memory, entry=entry.id)
    if _STUCK_WORDS.search(talk.text) or talk.does("stuck", "page_differs"):
        return stuck(replace(talk, memory=replace(talk.memory, walk=Walk(entry.id, number))))
    asks = talk.does("again") or talk.heard.said.asks or len(talk.meant.clause) > _NAMES_ONLY
    return show(talk, entry, number, extra=step_help(talk, entry, number) if asks else "")


_NAMES_ONLY = 6
"""第三步呢 names a step; more words ask something about it, and its help answers most."""


def agree(talk: Turn) -> Outcome | None:
    """好, 对, 嗯: begins a walk that was only shown, otherwise says nothing new."""
    here = place(talk)
    if here is None:
        return None
    if here[0].step == 0 and (_FIRST_WORDS.search(talk.text) or talk.meant.move == "yes"):
        return show(talk, here[1], 1)
    return Outcome(talk.say("ack_walk" if here[0].step else "ack_overview"), talk.memory)


def slow(talk: Turn) -> Outcome | None:
    """还没, 等一下: nobody hurries."""
    here = place(talk)
    if here is None:
        return None
    return Outcome(talk.say("ack_walk" if here[0].step else "later"), talk.memory)


def leave(talk: Turn) -> Outcome | None:
    """算了, 先到这: the walk stays where it is."""
    here = place(talk)
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
    return Outcome(lines(talk.say("no_person"), reminder(talk, None)), _unasked(talk).memory)


def _unasked(talk: Turn) -> Turn:
    return replace(talk, memory=replace(talk.memory, question=""))


def thanked(talk: Turn) -> Outcome | None:
    """谢谢 does not end a walk."""
    here = place(talk)
    if here is None or not here[0].step:
        return None
    return Outcome(talk.say("thanks_walk", step=here[0].step), talk.memory)


def greeted(talk: Turn) -> Outcome | None:
    """你好 in a walk leads back to it."""
    where_to = reminder(talk, None)
    return Outcome(lines(talk.say("greeting_back"), where_to), talk.memory) if where_to else None


def none_fits(talk: Turn) -> Outcome | None:
    """都不对 about a step is being stuck there; about an overview, another case than this one."""
    here = place(talk)
    if here is None:
        return None
    return stuck(talk) if here[0].step else None


def unsolved(talk: Turn) -> Outcome | None:
    """照做了没用: help with the step, the second time a person."""
    here = place(talk)
    return stuck(talk) if here and here[0].step else None


def _resume_ended(talk: Turn) -> Outcome | None:
    """下一步 without a walk: the one that ended before its last step goes on."""
    if talk.memory.ended is None:
        return None
    memory = replace(talk.memory, walk=talk.memory.ended, ended=None)
    back_in = replace(talk, memory=memory)
    return named(back_in) if talk.meant.move == "step_n" else follow(back_in)


def begun(answered: Outcome, talk: Turn) -> Outcome:
    """The first step of what was just answered, where it has steps."""
    walk = answered.memory.walk
    entry = talk.entry(walk.entry) if walk else None
    if walk is None or entry is None or answered.entry != entry.id:
        return answered
    return show(replace(talk, memory=answered.memory), entry, 1)


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
        return show(talk, main, 1)
    if "步" not in talk.text and talk.meant.move != "step_n":
        return None
    memory = replace(talk.memory, options=small_talk.offered(talk), numbers="options")
    return Outcome(blocks(talk.say("no_walk"), small_talk.things(talk)), memory)


def _resume(talk: Turn, paused: Walk) -> Outcome:
    entry = talk.bank.by_id[paused.entry]
    memory = replace(talk.memory, paused=None)
    number = max(paused.step, 1)
    return show(replace(talk, memory=memory), entry, number, place="step_place_of")


def show(
    talk: Turn, entry: Entry, number: int, *, lead: str = "", extra: str = "", place: str = ""
) -> Outcome:
    """A step with where it stands in the way, its short help, and what to reply."""
    away = seconds_since(talk.memory.at, talk.scene.now) > _BACK_AFTER
    key = place or ("step_place_back" if away else "step_place")
    shown = lines(lead, step(talk, entry, number, key))
    extra = extra or render.step_help(talk, entry, number)
    footer = talk.say("step_last" if number == len(entry.steps) else "step_footer")
    memory = replace(
        talk.memory, walk=Walk(entry.id, number), options=(), numbers="steps", entry=entry.id
    )
    memory = replace(memory, helped=True, misses=0, question="")
    return Outcome(blocks(lines(shown, extra), footer), memory, entry=entry.id)


def fitting_step(talk: Turn, entry: Entry) -> Outcome | None:
    """The one step that a follow-up on `entry` is about; None when that is unclear."""
    number = answer_parts.step(entry, explaining.said(talk))
    if number is None and _STUCK_WORDS.search(talk.text):
        number = 1
    if number is None:
        return None
    intro = filled(talk, entry.answer).partition("\n")[0].rstrip("\uff1a:\uff0c。") + "。"
    draft = show(talk, entry, number, lead=intro, extra=step_help(talk, entry, number))
    return replace(draft, memory=replace(draft.memory, times=talk.memory.times + 1))


def _ask_worked(talk: Turn, entry: Entry) -> Outcome:
    walk = Walk(entry.id, len(entry.steps))
    memory = replace(talk.memory, walk=walk, numbers="worked", options=(), helped=True)
    return Outcome(talk.say("walk_end", steps=len(entry.steps)), memory, entry=entry.id)


def _step_missed(talk: Turn) -> int | None:
    """The step that 找不到保证金管理 is about, wherever the walk stands."""
    here = place(talk)
    if here is None or talk.meant.move == "step_n":
        return None
    name = commands.content(_STUCK_WORDS.sub("", talk.meant.clause or talk.text))
    return answer_parts.names_step(here[1], name)


def cannot(talk: Turn) -> Outcome | None:
    """卡住了, 页面不一样, 我不会弄: help with the step; an overview asks which, or is walked."""
    here = place(talk)
    if here is None:
        return None
    if asking.asks(talk.text) and (explained := explaining.in_walk(talk)):
        return explained
    if here[0].step == 0 and not _step_missed(talk):
        if _WHAT_NOW.search(talk.meant.clause):
            return Outcome(talk.say("thought_steps"), talk.memory)
        if _HOW.search(talk.meant.clause):
            return show(talk, here[1], 1, lead=talk.say("walk_together"))
    return stuck(talk)


_WHAT_NOW = re.compile(r"^那?该?(?:这?要?怎么|咋)[办处]")
_HOW = re.compile(r"不会|不懂|(?:怎么|咋个?)[弄点做搞整操]")


def trouble_here(talk: Turn) -> Outcome | None:
    """没找到保证金管理: words of being stuck about nothing that has an entry of its own."""
    here = place(talk)
    if here is None or len(talk.meant.clause) > _MAX_TROUBLE:
        return None
    walk, entry = here
    if not (walk.step or _step_missed(talk)) or not _STUCK_WORDS.search(talk.meant.clause):
        return None
    found = talk.understanding
    return stuck(talk) if found.entry in (None, entry.id) else None


_MAX_TROUBLE = 20


def stuck(talk: Turn) -> Outcome:
    """What the guide knows about the step; the second time, a person."""
    here = place(talk)
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
    known = explaining.of_entry(talk, entry) or step_help(talk, entry, walk.step)
    known = known or talk.say("stuck_unknown")
    place_line = talk.say("step_place", step=walk.step, steps=len(entry.steps))
    return Outcome(
        blocks(lines(place_line, known), talk.say("stuck_footer")), memory, entry=entry.id
    )


def whose_help(talk: Turn, entry: Entry, number: int) -> str:
    """What a step says to this kind of merchant: whose account, what to fill in."""
    known = entry.step_help[number - 1 : number]
    helps = details.step_help(known[0]) if known else None
    told = helps and (helps.about("whose") or helps.about("fill") or helps.first)
    return filled(talk, told) if told else ""


def step_help(talk: Turn, entry: Entry, number: int) -> str:
    """What the guide knows for somebody who is stuck: where, errors, on the phone."""
    return render.more_help(talk, entry, number)


def reminder(talk: Turn, entry_id: str | None) -> str:
    """After a question in between: where the walk stands. "" without one to go back to."""
    here = place(talk)
    if here is None or here[0].step == 0 or here[1].id == entry_id:
        return ""
    walk, entry = here
    return talk.say("walk_reminder", title=title(entry), step=walk.step)


def begin(talk: Turn, entry: Entry) -> tuple[Walk | None, Walk | None, str]:
    """The walk and the paused walk after answering with `entry`, and the line about the latter."""
    here = place(talk)
    current = here[0] if here else None
    if not entry.steps:
        return current, talk.memory.paused, reminder(talk, entry.id)
    if current is not None and current.entry == entry.id:
        return current, talk.memory.paused, ""
    if current is None or current.step == 0:
        return Walk(entry.id), talk.memory.paused, ""
    old = talk.bank.by_id[current.entry]
    return Walk(entry.id), current, talk.say("walk_paused", title=title(old), step=current.step)
