"""Going along an entry's steps: forth, back, again, stuck, done."""

import re
from dataclasses import replace

from faq.bank import Entry
from faq.moves import numerals
from handlers.dialogue import (
    answer_parts,
    asking,
    commands,
    ellipsis,
    entry_answer,
    explaining,
    facts,
    moves,
    position,
    progress,
    render,
    small_talk,
    steps,
    waiting,
)
from handlers.dialogue.memory import Walk
from handlers.dialogue.stuck import MAX_TROUBLE, step_missed, stuck, tried
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, title

_ALL = re.compile(r"^(?:步骤)?(?:全部?|都|整个).{0,4}(?:做|弄|走|点|办|搞)[完好]|走完了")
"""都做完了 says that the steps are done, not yet that it worked."""
_WHOLE = re.compile(
    r"[好行嗯嘿哈我刚]*(?:自己|已经|终于)?[弄搞整办](?:[好上成完妥定]|[出回]来)+[了啦咯喽嘞哈]*"
)
"""弄上了, under a way that was only shown: all of it is behind us."""
_ALL_WELL = re.compile(r"(?:全|都|整个|统统).{0,3}(?:搞定|搞掂|办成|办好|解决|妥)|齐活")
"""全搞定了 says both."""
_RESTARTS = re.compile(r"从头|重头|重新(?:开始|来|走)|第一步开始")
_RESUMES = re.compile(r"刚才|刚刚|之前|上次|昨天")
_FIRST_WORDS = re.compile(r"开始|带我|教我|陪我|一步一?步")


def follow(turn: Turn) -> Outcome | None:
    """下一步: the next step, the first one of an overview."""
    here = position.place(turn)
    if here is None:
        return _resume_ended(turn)
    if _said_already(turn):
        return _nothing_new(turn)
    another = entry_answer.another_way(turn, here[1])
    return another or _resumed(turn, *here) or _followed(turn, *here)


def _resumed(turn: Turn, walk: Walk, entry: Entry) -> Outcome | None:
    """接着刚才: the walk that was interrupted, or the step where this one stands."""
    if not _RESUMES.search(turn.text):
        return None
    if turn.does("done", "solved") and not progress.is_beside(turn, walk, entry):
        return None
    if (paused := turn.memory.paused) and turn.entry(paused.entry):
        return _resume(turn, paused)
    return steps.show(turn, entry, walk.step, place="step_place_of") if walk.step else None


def _followed(turn: Turn, walk: Walk, entry: Entry) -> Outcome:
    if _RESTARTS.search(turn.text):
        return steps.show(turn, entry, 1)
    if walk.step == 1 and _FIRST_WORDS.search(turn.meant.clause) and not turn.does("done"):
        return again(turn) or _forward(turn, walk, entry)  # 一步一步来 begins what is shown already
    return _forward(turn, walk, entry)


def _forward(turn: Turn, walk: Walk, entry: Entry) -> Outcome:
    walk = replace(walk, step=max([walk.step, *progress.told_done(turn, walk, entry)]))
    if walk.step >= len(entry.steps):
        return _ask_worked(turn, entry)
    first = facts.starts_at(entry.id, turn.facts, turn.sayings)
    first = max(first, 1 + facts.can_do(entry.steps[0], turn.facts, turn.sayings))
    return steps.show(turn, entry, min(max(walk.step + 1, first), len(entry.steps)))


def done(turn: Turn) -> Outcome | None:
    """登好了, 交上去了: what was done is behind us; what was named may be a later step."""
    if waited := _waited_for(turn):
        return waited
    here = position.place(turn)
    if here is None:
        return waiting.done(turn)
    walk, entry = here
    if _said_already(turn):
        return _nothing_new(turn)
    whole = not walk.step and _WHOLE.fullmatch(turn.meant.clause)
    if _ALL_WELL.search(turn.meant.clause) or (whole and not turn.does("next", "wait")):
        return small_talk.solved(turn)
    if _ALL.search(turn.meant.clause) or progress.is_inside(entry, turn.meant.clause):
        return _ask_worked(turn, entry)
    named = turn.meant.number or (0 if walk.step else steps.sought(turn, entry))
    at = max(walk.step, named or progress.done_step(entry, turn.meant.clause, walk.step))
    return page_wants(turn) or _forward(turn, replace(walk, step=at), entry)


def _waited_for(turn: Turn) -> Outcome | None:
    """登进去了 under 收不到验证码: the walk that waited for the login goes on behind it."""
    paused = turn.memory.paused
    entry = turn.entry(paused.entry) if paused else None
    if paused is None or entry is None or not 0 < paused.step < len(entry.steps):
        return None
    told = facts.told(turn.text, turn.sayings)
    if not facts.can_do(entry.steps[paused.step - 1], told, turn.sayings):
        return None
    goes_on = replace(turn, memory=replace(turn.memory, paused=None))
    return steps.show(goes_on, entry, paused.step + 1, place="step_place_of")


def _said_already(turn: Turn) -> bool:
    """好了, 然后呢 in one breath: the step that the first of them led to cannot be done yet."""
    if not position.was_just_answered(turn, _BREATH) or turn.memory.thought.waits:
        return False
    before = moves.choose(turn.recogniser.hear(turn.memory.thought.text, "walk"), turn.states)
    return before.move == "done" and turn.meant.move in ("done", "next")


_BREATH = 2.5
"""Seconds between two pieces of one thought. Who taps 好了 at a step may well be as fast as 3."""


def _nothing_new(turn: Turn) -> Outcome:
    why = "told a moment ago, and answered"
    return Outcome("", turn.memory, end="ignored", why=why)


def onward(turn: Turn) -> Outcome | None:
    """登进来了 在哪里点: the step that was done is behind us; what is asked is about the next."""
    here = position.place(turn)
    if here is None or not turn.does("done", "solved") or not asking.asks(turn.text):
        return None
    found, (walk, entry) = turn.understanding, here
    if _asks_elsewhere(turn, entry):
        return None
    if found.outcome not in ("none", "options", "social", "answer"):
        return None
    behind = walk.step or max(progress.told_done(turn, walk, entry), default=0)
    return _forward(turn, walk, entry) if behind else None


def _asks_elsewhere(turn: Turn, here: Entry) -> bool:
    """改好密码登上了 那退押金呢: what is asked has a subject, and another entry that answers it."""
    asked = turn.meant.asked or turn.text
    if not ellipsis.has_subject(asked):
        return False
    found = turn.understanding
    if found.outcome == "answer":
        return found.entry != here.id
    best, weight = turn.understand(asked).likeliest
    return best != here.id and weight >= _MEANT


_MEANT = 0.4
"""The weight of an entry that a question beside progress must have to leave the walk."""


def finished(turn: Turn) -> Outcome | None:
    """解决了, 全搞定了: the walk is over. In the middle of it 好了 is only one step."""
    if waited := _waited_for(turn):
        return waited
    here = position.place(turn)
    if here is None:
        return None
    walk, entry = here
    if walk.step == 0 and turn.does("wait"):
        return slow(turn)  # 妥了 我先登上去看看: only now it begins
    if _ALL.search(turn.meant.clause):
        return _ask_worked(turn, entry)
    if 0 < walk.step < len(entry.steps) and _only_a_step(turn):
        return done(turn)
    return small_talk.solved(turn)


def _only_a_step(turn: Turn) -> bool:
    """进去了 and 弄好了 in the middle of a walk."""
    likely = dict(
        next((one.shares for one in turn.heard.parts if one.text == turn.meant.clause), ())
    )
    return likely.get("done", 0.0) + likely.get("next", 0.0) > _STEP_SHARE


_STEP_SHARE = 0.15


def more(turn: Turn) -> Outcome | None:
    """还有吗 at a step: the next one, unless the rest of an answer is due."""
    here = position.place(turn)
    if here is None or turn.memory.rest or not here[0].step:
        return None
    return _forward(turn, *here)


def back(turn: Turn) -> Outcome | None:
    """上一步."""
    here = position.place(turn)
    if here is None:
        return None
    walk, entry = here
    if walk.step <= 1:
        return steps.show(turn, entry, 1, lead=turn.say("step_is_first"))
    return steps.show(turn, entry, walk.step - 1)


def again(turn: Turn) -> Outcome | None:
    """The step once more with what the guide knows; the second time its help and a person."""
    here = position.place(turn)
    if here is None:
        return None
    walk, entry = here
    if (other := entry_answer.named_again(turn, entry)) is not None:
        return other
    if (known := explaining.telling(turn, entry)) and not _RESTARTS.search(turn.text):
        return entry_answer.explained(turn, entry, known)  # 原因写的看不懂
    if _RESTARTS.search(turn.text) or walk.step == 0:
        return None if walk.step == 0 else steps.show(turn, entry, 1)
    shown = steps.show(turn, entry, walk.step, extra=render.more_help(turn, entry, walk.step))
    return _otherwise(turn, walk, entry) if shown.text == turn.memory.said else shown


def _otherwise(turn: Turn, walk: Walk, entry: Entry) -> Outcome:
    """A step that was just shown, told in other words and with a person."""
    known = render.more_help(turn, entry, walk.step) or turn.say("stuck_unknown")
    memory = replace(turn.memory, question="human")
    text = blocks(lines(turn.say("step_otherwise", step=walk.step), known), turn.say("offer_human"))
    return Outcome(text, memory, entry=entry.id)


def where(turn: Turn) -> Outcome | None:
    """到哪了."""
    here = position.place(turn)
    if here is None:
        return None
    walk, entry = here
    if asked := _WHICH.search(turn.text):
        number = answer_parts.step(entry, asked["named"]) or 0
        if number:
            return steps.show(turn, entry, number, place="step_place_of")
    if walk.step == 0:
        text = turn.say("walk_not_begun", title=title(entry), steps=len(entry.steps))
        return Outcome(text, replace(turn.memory, numbers="steps"), entry=entry.id)
    return steps.show(turn, entry, walk.step, place="step_place_of")


_WHICH = re.compile(r"(?P<named>[\u4e00-\u9fff]{2,8}?)的?[那这]个?一?步(?:是|在|算|属于)?第几步?")
"""填信息那步是第几步 asks for the number of a step by its name."""


def named(turn: Turn) -> Outcome | None:
    """第四步是干啥的, or a bare number while the numbered steps are the list in sight."""
    here = position.place(turn)
    if here is None:
        return _resume_ended(turn) if turn.meant.move == "step_n" else None
    number = turn.meant.number
    if turn.meant.move == "pick" and position.beyond_steps(turn):
        return None
    if number is None or (turn.meant.move == "pick" and not _may_name_step(turn)):
        return None
    if turn.meant.move == "step_n" and (explained := explaining.in_walk(turn)):
        return explained
    return go_to(turn, here[1], number)


def _may_name_step(turn: Turn) -> bool:
    """Whether a number is that of a step: 第四个 and 选项3 mean the list that is still open."""
    listed = turn.memory.options and numerals.counts_options(turn.meant.clause)
    return turn.memory.numbers in _STEPS_SHOWN and not listed


_STEPS_SHOWN = ("steps", "worked")


def go_to(turn: Turn, entry: Entry, number: int) -> Outcome:
    """One step by its number, counted from the end when negative."""
    last = len(entry.steps)
    number = last + 1 + number if number < 0 else number
    if not 1 <= number <= last:
        return Outcome(turn.say("step_out_of_range", steps=last), turn.memory, entry=entry.id)
    if steps.STUCK_WORDS.search(turn.text) or turn.does("stuck", "page_differs"):
        return stuck(replace(turn, memory=replace(turn.memory, walk=Walk(entry.id, number))))
    asks = turn.does("again") or turn.heard.said.asks or len(turn.meant.clause) > _NAMES_ONLY
    help_ = render.more_help(turn, entry, number) if asks else ""
    return steps.show(turn, entry, number, extra=help_)


_NAMES_ONLY = 6
"""第三步呢 names a step; more words ask something about it, and its help answers most."""


def agree(turn: Turn) -> Outcome | None:
    """好, 对, 嗯: begins a walk that was only shown, otherwise says nothing new."""
    here = position.place(turn)
    if here is None:
        return None
    if here[0].step == 0 and (_FIRST_WORDS.search(turn.text) or turn.meant.move == "yes"):
        return steps.show(turn, here[1], 1)
    return Outcome(turn.say("ack_walk" if here[0].step else "ack_overview"), turn.memory, thin=True)


def slow(turn: Turn) -> Outcome | None:
    """还没, 等一下: nobody hurries."""
    here = position.place(turn)
    if here is None:
        return None
    at = here[0].step
    if at and turn.meant.move == "wait":
        return Outcome(turn.say("walk_wait", step=at), turn.memory, thin=True)
    return Outcome(turn.say("ack_walk" if at else "later"), turn.memory, thin=True)


def leave(turn: Turn) -> Outcome | None:
    """算了, 先到这: the walk stays where it is."""
    here = position.place(turn)
    if here is None:
        return None
    walk, entry = here
    memory = replace(turn.memory, question="", numbers="", options=())
    if walk.step == 0:
        return Outcome(turn.say("declined"), memory)
    text = turn.say("walk_left", title=title(entry), step=walk.step)
    return Outcome(text, memory)


def no_person(turn: Turn) -> Outcome | None:
    """不用人工 while nobody was called."""
    text = lines(turn.say("no_person"), position.reminder(turn, None))
    return Outcome(text, _unasked(turn).memory)


def _unasked(turn: Turn) -> Turn:
    return replace(turn, memory=replace(turn.memory, question=""))


def thanked(turn: Turn) -> Outcome | None:
    """谢谢 does not end a walk."""
    here = position.place(turn)
    if here is None or not here[0].step:
        return None
    return Outcome(turn.say("thanks_walk", step=here[0].step), turn.memory)


def greeted(turn: Turn) -> Outcome | None:
    """你好 in a walk leads back to it."""
    where_to = position.reminder(turn, None)
    return Outcome(lines(turn.say("greeting_back"), where_to), turn.memory) if where_to else None


def none_fits(turn: Turn) -> Outcome | None:
    """都不对 about a step is being stuck there; about an overview, another case than this one."""
    here = position.place(turn)
    if here is None:
        return None
    return stuck(turn) if here[0].step else None


def unsolved(turn: Turn) -> Outcome | None:
    """照做了没用: help with the step, the second time a person."""
    if (onward := tried(turn)) is not None:
        return onward
    here = position.place(turn)
    return stuck(turn) if here and here[0].step else None


def page_wants(turn: Turn) -> Outcome | None:
    """点了 让我选验证方式: what the page asks for tells at which step one is."""
    here = position.place(turn)
    if here is None or commands.is_question(turn.text):
        return None
    at = progress.wanted_step(here[1], turn.read_as, here[0].step)
    at = at and max(at, facts.starts_at(here[1].id, turn.facts, turn.sayings))
    help_ = render.step_help(turn, here[1], at) if at else ""
    return steps.show(turn, here[1], at, extra=help_) if at else None


def _resume_ended(turn: Turn) -> Outcome | None:
    """下一步 without a walk: the one that ended before its last step goes on."""
    if turn.memory.ended is None:
        return None
    memory = replace(turn.memory, walk=turn.memory.ended, ended=None)
    back_in = replace(turn, memory=memory)
    return named(back_in) if turn.meant.move == "step_n" else follow(back_in)


def no_walk(turn: Turn) -> Outcome | None:
    """下一步 with nothing to walk: the one that just ended, or the three things are offered."""
    if (resumed := _resume_ended(turn)) is not None:
        return resumed
    if turn.understanding.outcome == "answer":
        return None  # 押金想拿回来 步骤说下 asks for a way, and goes on with none
    main = small_talk.main_of_topic(turn)
    if main and main.steps and turn.meant.move == "next":
        return steps.show(turn, main, 1)
    if "步" not in turn.text and turn.meant.move != "step_n":
        return None
    best, weight = turn.understanding.likeliest
    way, number = turn.entry(best), turn.meant.number
    told = len(turn.heard.clauses) > 1 and weight >= _NAMED
    if way and told and number and 0 < number <= len(way.steps):
        return steps.show(turn, way, number, place="step_place_of")  # 退款的申请过了 第五步是啥
    memory = replace(turn.memory, options=small_talk.offered(turn), numbers="options")
    return Outcome(blocks(turn.say("no_walk"), small_talk.things(turn)), memory)


_NAMED = 0.2
"""The weight of the entry that a step is asked of, beside its number."""


def _resume(turn: Turn, paused: Walk) -> Outcome:
    entry = turn.bank.by_id[paused.entry]
    memory = replace(turn.memory, paused=None)
    number = max(paused.step, 1)
    return steps.show(replace(turn, memory=memory), entry, number, place="step_place_of")


def _ask_worked(turn: Turn, entry: Entry) -> Outcome:
    walk = Walk(entry.id, len(entry.steps))
    memory = replace(turn.memory, walk=walk, numbers="worked", options=(), helped=True)
    return Outcome(turn.say("walk_end", steps=len(entry.steps)), memory, entry=entry.id)


def cannot(turn: Turn) -> Outcome | None:
    """卡住了, 页面不一样, 我不会弄: help with the step; an overview asks which, or is walked."""
    here = position.place(turn)
    if here is None:
        return None
    if (known := tried(turn) or onward(turn) or _asked_here(turn)) is not None:
        return known
    if here[0].step == 0 and (about := _step_about(turn, here[1])):
        return steps.show(turn, here[1], about, extra=render.more_help(turn, here[1], about))
    if here[0].step == 0 and not step_missed(turn):
        if _WHAT_NOW.search(turn.meant.clause):
            return Outcome(turn.say("thought_steps"), turn.memory)
        if _HOW.search(turn.meant.clause):
            return steps.show(turn, here[1], 1, lead=turn.say("walk_together"))
    return stuck(turn)


def _asked_here(turn: Turn) -> Outcome | None:
    """提示什么, 要不要; 电脑上也没有 names where one looked and asks nothing."""
    asks = commands.is_question(turn.text) or set(asking.aspects(turn.text)) - {"phone", "where"}
    if not asks:
        return None
    return explaining.in_walk(turn) or _asked_of_overview(turn)


def _asked_of_overview(turn: Turn) -> Outcome | None:
    """不成功怎么办 of a way that was only shown."""
    here = position.place(turn)
    if here is None or here[0].step or not commands.is_question(turn.text):
        return None
    known = explaining.of_entry(turn, here[1])
    return entry_answer.explained(turn, here[1], known) if known else None


def _step_about(turn: Turn, entry: Entry) -> int:
    """The step of an overview that 写的户名不一致 is about; 0 when none stands out."""
    named = _SHOWN.sub("", turn.read_as)
    if commands.is_question(turn.text) or not commands.content(named):
        return 0
    return answer_parts.step(entry, named) or 0


_SHOWN = re.compile(
    rf"页面|界面|手机上?|电脑上?|上面|显示|提示|写着?的?|说的?|你|您|我|这里|那里|{steps.STUCK_WORDS.pattern}"
)


_WHAT_NOW = re.compile(r"^那?该?(?:这?要?怎么|咋)[办处]")
_HOW = re.compile(
    r"不会|不懂|不知道.{0,4}哪|不晓得.{0,4}哪|(?:怎么|咋个?)[弄点做搞整操拿退取办要走交]"
)


def trouble_here(turn: Turn) -> Outcome | None:
    """没找到保证金管理: words of being stuck about nothing that has an entry of its own."""
    here = position.place(turn)
    if here is None or len(turn.meant.clause) > MAX_TROUBLE:
        return None
    walk, entry = here
    lacks = steps.STUCK_WORDS.search(turn.meant.clause) or _LACKS.search(turn.meant.clause)
    if (lacking := answer_parts.quoted(entry, turn.read_as)) and _NONE_OF.search(turn.text):
        return stuck(replace(turn, memory=replace(turn.memory, walk=Walk(entry.id, lacking))))
    if not (walk.step or step_missed(turn)) or not lacks:
        return None
    found = turn.understanding
    return stuck(turn) if found.entry in (None, entry.id) else None


_NONE_OF = re.compile(
    r"没(?:有|得|见|看)?(?!问题)[\u4e00-\u9fff]{2,8}$|[\u4e00-\u9fff]{2}没(?:有|得)?$"
)
_LACKS = re.compile(r"(?<!有)没(?:有|得)?(?:啊|呀)?$|不(?:见|到|了|行|动)$")
"""帐户设至没有: whatever it is, it is not there."""
