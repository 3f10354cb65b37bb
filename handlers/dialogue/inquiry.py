"""The inquiry (询价): what the firm asks for, in any order, in one message or several.

It may be corrected, left for a question and taken up again, or called off. Its end is a case with
the filled form. While a case is open already, the form goes into that one.
"""

import re
from dataclasses import replace

from faq.bank import CONTACT, PROBLEM
from handlers.dialogue import asking, commands, form_fields, handoff, moves, phone_numbers
from handlers.dialogue.inquiry_fields import MAX_FIELD, MAX_NAME
from handlers.dialogue.memory import Form
from handlers.dialogue.turn import Outcome, Turn, blocks, first, lines
from handlers.dialogue.types import OpenCase

ENTRY = "service-inquiry"


def start(turn: Turn) -> Outcome:
    """Open the form with what the message, or the form left open, already tells."""
    form = form_fields.read(turn, turn.form)
    entry = turn.entry(ENTRY)
    intro = entry.answer if entry and not form.values else ""
    return _go_on(turn, form, intro, entry_id=ENTRY if entry else None)


def asked_for(turn: Turn) -> Outcome | None:
    """询价, the bot's own word, where the bank has no entry that it leads to."""
    if turn.memory.form or turn.entry(ENTRY):
        return None
    return start(turn) if _ASKED.fullmatch(commands.content(turn.text)) else None


_ASKED = re.compile(r"我?(?:要|想)?(?:问|询|报|咨询)(?:个|一?下)?(?:价|价格|报价)")


def asked_why(turn: Turn) -> Outcome | None:
    """要我店名干嘛: what the fields are good for, and no value of one."""
    if turn.memory.form is None or not _WHY.search(turn.text):
        return None
    return Outcome(lines(turn.say("form_why"), reminder(turn)), turn.memory)


def asked_if_not(turn: Turn) -> Outcome | None:
    """要是弄不好钱退不退: a question of money, and no problem told."""
    asks = commands.is_question(turn.text) or asking.is_yes_no(turn.text)
    return priced(turn) if turn.memory.form and asks and _PAID_BACK.search(turn.text) else None


_PAID_BACK = re.compile(
    r"(?:[办弄搞做整](?:不[成了下好来]|砸|失败)|没[办弄搞做整退要]成|[退要]不成|不成)[^\s]{0,4}[\s,\uff0c]?[^\s]{0,4}(?:退不退|退[钱费款]|赔|收[钱费]|收不收)"
    r"|先[付给交]钱?还是|先办后付|先付后办"
)


def hesitates(turn: Turn) -> Outcome | None:
    """我先问问不一定办, 不急 我自己先试试, 先不留电话行不: nothing to fill in, and no hurry."""
    if turn.memory.form is None or len(turn.text) > _FEW:
        return None
    if _UNWILLING.search(turn.text):
        return Outcome(lines(turn.say("form_unwilling"), reminder(turn)), turn.memory)
    if not _HESITATES.search(turn.text) or turn.understanding.outcome not in ("none", "social"):
        return None
    return Outcome(lines(turn.say("form_wait"), reminder(turn)), turn.memory)


_FEW = 20
_UNWILLING = re.compile(
    r"(?:不|先不|能不能不|可不可以不|可以不|不太?想|不方便)(?:留|给|填|说|发)(?:店名|电话|号码?|手机|联系方式|微信)\S{0,4}(?:[吗嘛么]|行不?行?|可以不?|成不)[?？]?$"
)
_HESITATES = re.compile(
    r"不一定[办弄做要]|[办弄]不[办弄](?:再|另)说|(?:就|只是?|先|光)(?:问问|问一?下|打听|了解|咨询)(?:一下|下|看看?)?(?:而已|再说|不急)?(?=$|[\s,\uff0c])"
    r"|(?:再|先)(?:考虑|想想|比较|比比)|货比三家|我?(?:先)?自己(?:先|再)?(?:试试|弄弄|搞搞|看看|试一?下)"
)

_FOR_WHAT = r"(?:干[嘛吗啥]|做[啥甚]|(?:干|做|有)什么用?|有啥用|图啥)"
_WHY = re.compile(
    rf"(?:要|问|留|填|给|发|报|知道)[^\s,\uff0c]{{0,10}}{_FOR_WHAT}(?:[啊呀呢的用]|$)"
    r"|(?:为什么|为啥|为何|凭什么|凭啥|干[嘛吗])[^\s,\uff0c]{0,4}(?:要|问|留|填|给|发)[^\s,\uff0c]{0,8}(?:店|名|电话|号|微信|联系|信息|资料)"
)


def fill(turn: Turn) -> Outcome | None:
    """A message that fills the form, or mends what it holds; None for small talk and questions."""
    form = turn.memory.form
    if form is None:
        return None
    if form.doubt:
        return _doubted(turn, form)
    read = form_fields.read(turn, form)
    if read != form:
        return _go_on(turn, read, changed=_changed(form, read))
    found = phone_numbers.find(turn.text)
    if found.problem and form.asking == CONTACT:
        return Outcome(turn.say(f"phone_{found.problem}", said=found.said), turn.memory)
    return None


def filled(turn: Turn) -> Outcome | None:
    """What the message fills in, without the nod before it."""
    told = past_nod(turn)
    if filled := first(told, (asked_why, asked_if_not, hesitates, fill)):
        return filled
    return plain(told) if told is not turn or is_value(turn) else None


def plain(turn: Turn) -> Outcome | None:
    """What no move claims is the answer to the field that was asked for."""
    form = turn.memory.form
    if form is None:
        return None
    if _is_question(turn, form):
        return None
    if not is_value(turn) and (answered := small_talk(turn)):
        return answered
    return _take_plain(turn, form) if turn.heard.clauses else ask_again(turn)


def drop(turn: Turn) -> Outcome | None:
    """算了 and 不问价了."""
    text = turn.say("form_cancelled_waiting" if turn.waiting else "form_cancelled")
    # What was called off comes back only when it is surely asked for.
    refused = tuple(dict.fromkeys((*turn.memory.refused, ENTRY)))
    return Outcome(text, replace(turn.memory, form=None, question="", entry="", refused=refused))


def is_value(turn: Turn) -> bool:
    """Whether a message is what the form asks for, whatever move it may sound like.

    The problem is told in the words of being stuck; others look like what the firm says.
    """
    form = turn.memory.form
    if form is None or form.doubt:
        return False
    if form.asking == PROBLEM:
        return turn.meant.move in _TELLS_A_PROBLEM
    if form.asking == CONTACT:
        return form_fields.means_here(turn.text)
    field = turn.inquiry.by_name.get(form.asking)
    if field is None:
        return False
    if field.kind == "name" and any(
        one(turn) for one in (_is_bare_name, _names_politely, _is_trouble_here)
    ):
        return True
    return form_fields.looks_like(field, turn.text) or (
        field.kind == "text" and form_fields.is_amount(turn.text)
    )


def past_nod(turn: Turn) -> Turn:
    """好吧 老李轮胎: the turn without the nod before what was asked for."""
    nod, _, rest = turn.heard.said.text.partition(" ")
    clauses = turn.heard.clauses
    nods = len(clauses) > 1 and clauses[0].move in _NODS and len(commands.content(nod)) <= _NOD
    if not nods or not rest or commands.content(nod) != commands.content(clauses[0].text):
        return turn
    without = replace(turn, text=rest.strip())
    plainly = without.meant.move == "question" and not asking.asks(without.text)
    return without if plainly or is_value(without) else turn


_NODS, _NOD = frozenset(("yes", "ack")), 3


def _is_trouble_here(turn: Turn) -> bool:
    return turn.meant.move in _TELLS_A_PROBLEM and _tells_trouble(turn)


def _is_bare_name(turn: Turn) -> bool:
    """皖北老母鸡 where a name was asked for: a few words that only faintly sound like a mood."""
    clauses, meant = turn.heard.clauses, turn.meant
    faint = meant.move in _MOODS or _only_faintly(turn)
    if len(clauses) != 1 or not faint or meant.score >= _SURE_MOOD:
        return False
    return _NAME_LEAST <= len(clauses[0].text) <= _NAME_MOST and not asking.asks(turn.text)


_MOODS = frozenset(("frustrated", "insult", "alarm", "hurry", "noise", "correct", "opener"))


def _only_faintly(turn: Turn) -> bool:
    """下一站咖啡, 大脚板鞋垫: near to steering or to haggling, without a word of either."""
    if turn.meant.move in _OF_MONEY:
        return turn.meant.score < _SURELY_OF_MONEY and not _OF_MONEY_WORDS.search(turn.text)
    return turn.meant.move in _STEERS and not _STEERING.search(turn.text)


_OF_MONEY_WORDS = re.compile(r"便宜|少|贵|折|优惠|[钱价费块元骗真假]|靠谱|保证|多")
_SURELY_OF_MONEY = 0.6
_STEERS = frozenset((*moves.TIERS[4], "pick"))
_STEERING = re.compile(
    r"步|[下上]一?(?:个|项|条|样|页)|继续|接着|往下|往后|然后|[再重]|回|返|退|都?不[是对]|没有|其[余他]|剩|还有|哪|这|那|第"
)
"""What words that steer have, and 下一站咖啡 has not."""
_SURE_MOOD = 0.85
_NAME_LEAST, _NAME_MOST = 3, 10


def _names_politely(turn: Turn) -> bool:
    """谢谢你鲜花: one clause of polite words with something left over that does nothing else."""
    if turn.meant.move not in moves.POLITE or len(turn.heard.clauses) != 1:
        return False
    rest = _POLITE_WORDS.sub("", turn.heard.clauses[0].text)
    if len(rest) < _LEFT_OVER or commands.is_question(turn.text):
        return False
    if rest == turn.heard.clauses[0].text and len(rest) >= _NAME_LEAST:
        return True  # 老陈海味 has no polite word
    left = turn.recogniser.hear(rest, "form", turn.sayings.moves).clauses
    return all(one.move in _NAMES_SOMETHING or one.score < _SURE_REST for one in left)


_POLITE_WORDS = re.compile(
    r"谢|感|多谢|辛苦|麻烦|费心|你们?|您|大家|了|啊|呀|哈|啦|哦|喔|嘛|的|老师|老板|亲|客服|顾问|好|再见|拜|早|上午|下午|晚上|先|就|那|也|嗯|行|都"
)
_LEFT_OVER, _SURE_REST = 2, 0.6
_NAMES_SOMETHING = ("question", "noise", "alarm")

_TELLS_A_PROBLEM = frozenset(
    ("stuck", "page_differs", "not_solved", "done", "correct", "no", "alarm", "question")
)


def small_talk(turn: Turn) -> Outcome | None:
    """Haggling, doubt, a greeting: an answer in kind, then what the form still lacks."""
    likely = {move: turn.heard.share(move) for move in _SMALL_TALK}
    likeliest = max(likely, key=lambda one: likely[one])
    move = turn.meant.move if turn.meant.move in _SMALL_TALK else likeliest
    if likely[move] < _SURE_SMALL_TALK:
        return None
    key = "form_if_not" if move in _OF_MONEY and _IF_NOT.search(turn.text) else _SMALL_TALK[move]
    return Outcome(lines(turn.say(key), reminder(turn)), turn.memory)


def priced(turn: Turn) -> Outcome:
    """怎么收费 once more, with the form open: what the price depends on."""
    key = "form_if_not" if _IF_NOT.search(turn.text) else "form_haggle"
    return Outcome(lines(turn.say(key), reminder(turn)), turn.memory)


_OF_MONEY = ("doubt", "haggle", "ask_price")
_IF_NOT = re.compile(
    r"(?:[办弄搞做退整要]不[成了下好来到]|[不没][办弄搞做]?[成]|失败|没[结效]果|搞砸|白).{0,8}(?:退|赔|收|钱|费|算|怎么|咋)"
    r"|退不退|先[付给交]|后[付给交]"
)
"""办不成退不退钱: how it is paid, and what if it fails."""
_SURE_SMALL_TALK = 0.4
_SMALL_TALK = {
    "haggle": "form_haggle",
    "ask_price": "form_haggle",
    "doubt": "form_trust",
    "wait": "form_wait",
    "thanks": "form_thanks",
    "greeting": "form_here",
    "is_bot": "machine",
    "frustrated": "form_sorry",
}


def no_person(turn: Turn) -> Outcome | None:
    """不用人工 就在这填: nobody is called, and the form goes on; 算了不用人工了 drops it."""
    if turn.does("cancel") or "算" in turn.text:
        return drop(turn)
    return Outcome(lines(turn.say("no_person"), reminder(turn)), turn.memory)


def left(turn: Turn) -> Outcome | None:
    """拜拜 with the form half full."""
    missing = _missing(turn, turn.memory.form or Form())
    return Outcome(turn.say("form_goodbye", missing=missing), turn.memory)


def back(turn: Turn) -> Outcome | None:
    """上一个: the field given last is asked for again."""
    form = turn.memory.form
    last = form_fields.given_last(turn, form) if form else ""
    if form is None or not last:
        return ask_again(turn)
    again = replace(form.having({last: ""}), asking=last, doubt="")
    return Outcome(ask(turn, again), replace(turn.memory, form=again))


def _take_plain(turn: Turn, form: Form) -> Outcome:
    """The message is the answer to the field that was asked for."""
    text = turn.text.strip()[:MAX_FIELD]
    if form.asking == CONTACT:
        return _take_contact(turn, form, text)
    called = turn.inquiry.caller
    if called and form.asking == called.name:
        return _take_name(turn, form, text)
    return _go_on(turn, form.having({form.asking: text}))


def _take_contact(turn: Turn, form: Form, text: str) -> Outcome:
    """No number was found in it: 就在这里联系, more of the problem, or nothing to reach them by."""
    if form_fields.means_here(text):
        return _go_on(turn, form.having({CONTACT: turn.say("contact_here")}))
    if len(commands.content(text)) <= 1 or commands.is_question(text):
        return Outcome(turn.say("form_contact_again"), turn.memory)
    added = replace(turn.memory, form=_with_more(form, text))
    return Outcome(lines(turn.say("form_added"), turn.say("form_contact_again")), added)


def _take_name(turn: Turn, form: Form, text: str) -> Outcome:
    """What is too long for a name is asked about once, or told of the problem."""
    if (called := form_fields.told_last(text)) and not commands.is_question(text):
        return _go_on(turn, form.having({form.asking: called[:MAX_NAME]}))
    if _tells_trouble(turn):
        return _take_trouble(turn, form, text)
    if commands.is_question(text) or len(text) > MAX_NAME:
        doubtful = replace(form, doubt=text[:MAX_NAME])
        asked = turn.say("form_name_doubt", value=doubtful.doubt, field=_missing(turn, form))
        return Outcome(asked, replace(turn.memory, form=doubtful))
    story = len(text) > form_fields.MAX_NAME_PART or _tells_more(turn, text)
    if story and not form.told(PROBLEM):
        return _go_on(turn, form.having({PROBLEM: text}))
    return _go_on(turn, form.having({form.asking: text}))


def _tells_trouble(turn: Turn) -> bool:
    """主体不一致提现不了 is no shop: the guides know it, or it says what does not work."""
    if PROBLEM not in turn.inquiry.by_name:
        return False
    found = turn.understanding
    known = found.outcome == "answer" or (found.outcome == "options" and found.score >= _OF_OURS)
    return known or asking.is_trouble(turn.text)


_OF_OURS = 0.3
"""Shops' names, tried with the shipped guides, stayed below 0.2."""


def _take_trouble(turn: Turn, form: Form, text: str) -> Outcome:
    """The problem, told where the name was asked for; the name is asked for again."""
    if not form.told(PROBLEM):
        return _go_on(turn, form.having({PROBLEM: text}))
    added = replace(turn.memory, form=_with_more(form, text))
    return Outcome(lines(turn.say("form_added"), ask(turn, form)), added)


def _with_more(form: Form, text: str) -> Form:
    """More of the problem, behind what was told of it."""
    return form.having({PROBLEM: f"{form.told(PROBLEM)}\uff0c{text}"[:MAX_FIELD]})


_SPEAKS = re.compile(r"^(?:我|俺|咱)(?!们?家|的)|^(?:就是|主要|因为)|想|登不|退不")


def _tells_more(turn: Turn, text: str) -> bool:
    """我就退个保证金 is no name: it says what is wanted."""
    return bool(_SPEAKS.search(text)) or bool(turn.sayings.word("us").search(text))


def _doubted(turn: Turn, form: Form) -> Outcome | None:
    cleared = replace(form, doubt="")
    if turn.meant.move in ("yes", "ack"):
        return _go_on(turn, cleared.having({form.asking: form.doubt}))
    if answered := small_talk(turn):
        return answered
    without = replace(turn, memory=replace(turn.memory, form=cleared))
    if turn.meant.move in ("no", "none_of_these"):
        return Outcome(ask(turn, cleared), without.memory)
    return fill(without) or plain(without)


def _is_question(turn: Turn, form: Form) -> bool:
    """A question in between, which gets its answer; the problem itself may well sound like one."""
    if form.asking == CONTACT and form_fields.means_here(turn.text):
        return False
    found = turn.understanding
    asks = any(commands.is_question(one.text) for one in turn.heard.clauses)
    if found.outcome != "answer" or not (asks or turn.heard.said.asks):
        return False
    entry = turn.entry(found.entry)
    if entry is None or entry.id == ENTRY:
        return False
    ours = entry.guide == "service" or entry.id.startswith("service-")
    return form.asking != PROBLEM or ours or asking.is_aside(turn.text)


def asks_first(turn: Turn) -> bool:
    """等下 退保证金我自己能弄不: asked before anything is filled in."""
    aside = asking.pattern("others", "aside_first").search(turn.text)
    return bool(aside) and asking.asks(turn.text) and not phone_numbers.find(turn.text).number


def asks_aside(turn: Turn) -> bool:
    """Whether a message is too much of a question to be what a form asked for."""
    form = turn.memory.form
    if form is None or turn.waiting:
        return False
    aside = asks_first(turn)
    if not aside and (form.asking == PROBLEM or is_value(turn)):
        return False
    asks = commands.is_question(turn.text) and (aside or turn.understanding.outcome != "answer")
    return asks and (aside or len(commands.content(turn.text)) >= form_fields.MAX_NAME_PART)


def _go_on(
    turn: Turn, form: Form, intro: str = "", *, entry_id: str | None = None, changed: str = ""
) -> Outcome:
    """Ask for the next missing field, or finish."""
    missing = [name for name in turn.inquiry.names if not form.told(name)]
    if not missing:
        return _finish(turn, form)
    form = replace(form, asking=missing[0], doubt="")
    memory = replace(turn.memory, form=form, options=(), numbers="", question="", misses=0)
    if entry_id:
        memory = replace(memory, entry=entry_id)
    question = ask(turn, form)
    text = blocks(intro, question) if intro else lines(_noted(turn, form, changed), question)
    return Outcome(text, memory, entry=entry_id)


def _changed(before: Form, after: Form) -> str:
    """The value that took the place of another one, "" when there is none."""
    old, new = before.values, after.values
    return next((new[name] for name in old if name in new and new[name] != old[name]), "")


def ask(turn: Turn, form: Form) -> str:
    """The question for the field that is missing."""
    return turn.say(f"form_ask_{form.asking or turn.inquiry.names[0]}")


def _missing(turn: Turn, form: Form) -> str:
    """What the field that is asked for is called."""
    return turn.say(f"field_{form.asking or turn.inquiry.names[0]}")


def ask_again(turn: Turn) -> Outcome:
    """The missing field once more; asked what to send, all three."""
    form = turn.memory.form or Form()
    if turn.meant.move in ("again", "which_step", "step_n"):
        names = "、".join(turn.say(f"field_{name}") for name in turn.inquiry.names)
        needs = turn.say("form_needs", fields=names, missing=_missing(turn, form))
        return Outcome(lines(needs, ask(turn, form)), turn.memory)
    return Outcome(
        lines(turn.say("form_still"), ask(turn, turn.memory.form or Form())), turn.memory
    )


def reminder(turn: Turn) -> str:
    """After a question in between: what the inquiry still lacks."""
    form = turn.memory.form
    return turn.say("form_reminder", missing=_missing(turn, form)) if form else ""


def _noted(turn: Turn, form: Form, changed: str) -> str:
    if changed:
        return turn.say("form_changed", value=changed)
    noted = "、".join(turn.say(f"field_{name}") for name in turn.inquiry.ordered(form.values))
    return turn.say("form_noted", noted=noted) if noted else ""


def _finish(turn: Turn, form: Form) -> Outcome:
    told = turn.inquiry.ordered(form.values)
    called = turn.inquiry.called(told)
    # An owner's copy may say {shop} from when every firm asked for one.
    filled = {"shop": called, **told}
    lead = turn.say("form_done", fields=turn.inquiry.in_lines(told), **filled)
    if turn.waiting:
        memory = replace(turn.memory, form=None, question="")
        return Outcome(blocks(lead, handoff.position_line(turn)), memory, end="queued", add=told)
    memory = replace(handoff.after_call(turn), question="", entry="", helped=True)
    summary = handoff.summary(turn)
    case = OpenCase(reason="inquiry", summary=summary, form=told, called=called)
    return Outcome(
        blocks(lead, handoff.receipt(turn, after_inquiry=True)), memory, end="queued", case=case
    )
