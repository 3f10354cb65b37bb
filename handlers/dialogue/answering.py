"""Questions, and what follows an answer: told more, solved or not, asked again, about a price."""

import re
from dataclasses import replace
from functools import cache

from faq import language
from faq.bank import Entry, Neighbour
from handlers.dialogue import (
    answer_parts,
    asking,
    commands,
    ellipsis,
    explaining,
    facts,
    firm_answers,
    inquiry,
    moves,
    phone_numbers,
    position,
    render,
    small_talk,
)
from handlers.dialogue.entry_answer import answer, explained, is_mine, named_again
from handlers.dialogue.misses import missed, unsolved
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, with_tail


def known(turn: Turn) -> Outcome | None:
    """What the bank surely answers."""
    found = turn.understanding
    entry = turn.entry(found.entry) if found.outcome == "answer" else None
    if entry is None:
        return None
    if entry.id == inquiry.ENTRY and (fee := _fee_of_thing(turn)):
        return fee
    return _detail_of_topic(turn, entry) or answer(turn, _instead(turn, entry))


_OUR_HELP = re.compile(r"你|您|贵|帮|代|包|请人|找人|服务|报价|询价|多少")


def _fee_of_thing(turn: Turn) -> Outcome | None:
    """退保证金收不收费 asks what the thing itself costs, where an entry says it, and no quote."""
    if _OUR_HELP.search(turn.text) or turn.memory.form or turn.waiting:
        return None
    others = (turn.entry(one) for one, weight in turn.understanding.ranking if weight >= _NEAR)
    told = ((one, explaining.telling(turn, one)) for one in others if one)
    return next((explained(turn, one, text) for one, text in told if text), None)


_NEAR = 0.05
"""The weight of an entry that a question for money names."""


def _detail_of_topic(turn: Turn, other: Entry) -> Outcome | None:
    """这几样要收费吗 about what was just answered is answered there, not with a form."""
    entry = turn.entry(turn.memory.entry)
    if entry is None or not turn.text:
        return None
    surely = other.guide == entry.guide and turn.understanding.score >= _CERTAIN
    priced = asking.pattern("firm", "our_price").search(turn.text)
    ours = (other.id == inquiry.ENTRY and not priced) or (
        not surely and ellipsis.means(turn, entry, other)
    )
    known = explaining.of_entry(turn, entry) if ours and other.id != entry.id else ""
    if known and other.id != inquiry.ENTRY and explaining.only_whether(turn, entry, known):
        known = ""  # 钱能打我卡上吗 is not answered with 可以，自己就能申请
    known = known or explaining.outweighs(turn, entry)
    if told := None if known else _told_to_them(turn):
        return told
    if not known and ellipsis.shortens(turn, entry, other):
        return answer(turn, entry)
    return explained(turn, entry, known) if known else None


def _told_to_them(turn: Turn) -> Outcome | None:
    """要跟他们说啥: at the step that sends the merchant to them, of what is or was talked about."""
    if not explaining.tells_them(turn):
        return None
    topics = filter(None, map(turn.entry, (turn.memory.entry, turn.memory.before)))
    told = [(entry, explaining.of_them(turn, entry)) for entry in topics]
    return next((explained(turn, entry, text) for entry, text in told if text), None)


def _instead(turn: Turn, entry: Entry) -> Entry:
    """The entry that answers this for what is known of the merchant: no login, no refund yet."""
    if turn.memory.entry == entry.id or not turn.text:
        return entry
    plain = facts.without_need(entry.id, turn.facts, turn.sayings, turn.about)
    other = plain or facts.instead(entry.id, turn.facts, turn.sayings)
    return turn.entry(other) or entry


def on_topic(turn: Turn) -> Outcome | None:
    """What the entry talked about says to a message that no other entry answers."""
    entry = turn.entry(turn.memory.entry)
    if entry is None:
        return None
    if told := _told_to_them(turn):
        return told
    known = (
        explaining.of_entry(turn, entry)
        if turn.understanding.neighbour
        else explaining.of_topic(turn, entry)
    )
    if known:
        return explained(turn, entry, known)
    if before := _of_before(turn):
        return before
    known = explaining.of_siblings(turn, entry)
    return explained(turn, entry, known) if known else None


def _of_before(turn: Turn) -> Outcome | None:
    """会不会不给我了 after a side question: a telling detail of what was talked about before it."""
    before = turn.entry(turn.memory.before)
    known = explaining.telling(turn, before) if before and not turn.understanding.neighbour else ""
    return explained(turn, before, known) if before and known else None


def said_before(turn: Turn) -> Outcome | None:
    """还能改吗 right after what is known of it: said that this is all."""
    if turn.waiting or turn.understanding.outcome != "none" or not explaining.told_here(turn):
        return None
    return Outcome(turn.say("said_twice"), turn.memory, entry=turn.memory.entry)


def all_well(turn: Turn) -> Outcome | None:
    """解决了, once something was answered; 订单都发完了 tells of a condition that it names."""
    entry = turn.entry(turn.memory.entry)
    if entry and (known := explaining.telling(turn, entry)):
        return explained(turn, entry, known)
    other = _intended(turn, entry) if entry else None
    return answer(turn, other) if other else small_talk.solved(turn)


def _intended(turn: Turn, topic: Entry) -> Entry | None:
    """他点了 完结了 现在关: what is to be done now is another entry of the same guide."""
    last = turn.heard.clauses[-1]
    if (
        last.text == turn.meant.clause
        or last.move in ("done", *moves.POLITE)
        or len(last.text) < _ACT
    ):
        return None
    best, weight = turn.understand(last.text).likeliest
    other = turn.entry(best) if weight >= _OF_OURS else None
    return other if other and other.guide == topic.guide and other.id != topic.id else None


_ACT = 3
"""Characters of a clause that names what is to be done."""


def unsolved_here(turn: Turn) -> Outcome | None:
    """没用, 卡住了 after an answer; without one, where that is."""
    if (entry := turn.entry(turn.memory.entry)) is not None:
        asks = commands.is_question(turn.text)
        known = explaining.of_entry(turn, entry) if asks else explaining.telling(turn, entry)
        return (explained(turn, entry, known) if known else None) or unsolved(turn)
    return Outcome(turn.say("stuck_where"), turn.memory) if _knows_nothing(turn) else None


def _knows_nothing(turn: Turn) -> bool:
    """Whether the bank has no word on the message either."""
    found = turn.understanding
    return found.outcome in ("none", "social") and not found.neighbour and not turn.waiting


def nothing_open(turn: Turn) -> Outcome | None:
    """弄好了 with no walk: told what to do next, or that all is well."""
    if turn.memory.helped:
        return small_talk.solved(turn)
    return Outcome(turn.say("done_what"), turn.memory) if _knows_nothing(turn) else None


def once_more(turn: Turn) -> Outcome | None:
    """不懂 outside a walk: the answer again in another way."""
    entry = turn.entry(turn.memory.entry)
    if entry is None:
        return None
    if not entry.steps and _WAY.search(turn.text):
        main = small_talk.main_of_topic(turn)
        return answer(turn, main) if main else None
    return named_again(turn, entry) or answer(turn, entry)


_WAY = re.compile(r"流程|步骤|怎么操作|操作方法")
"""What an entry without steps has none of: 流程讲一遍 asks for the main way of its guide."""


def price(turn: Turn) -> Outcome | None:
    """能便宜点吗 with no inquiry open: what a price depends on, and the way to one."""
    return Outcome(turn.say("price_depends"), turn.memory)


def price_asked(turn: Turn) -> Outcome | None:
    """服务费怎么算, where the bank is not sure itself: the inquiry."""
    found = turn.understanding
    sure = turn.meant.score >= _PRICE and not found.neighbour
    if found.outcome == "answer" and found.entry != inquiry.ENTRY:
        return None  # 是欠费 补交就行吗 is no question of ours for money
    return inquiry.start(turn) if sure and turn.entry(inquiry.ENTRY) else None


_PRICE = 0.75


def our_price(turn: Turn) -> Outcome | None:
    """多少钱能帮我把号弄回来, of which the bank is not sure: what our help costs, whatever for."""
    asks = asking.pattern("firm", "our_price").search(turn.text)
    if not asks or turn.waiting or turn.understanding.neighbour:
        return None
    return inquiry.start(turn) if turn.entry(inquiry.ENTRY) else None


def follow_up(turn: Turn) -> Outcome | None:
    """我是公司的 after 退到哪张卡: a branch of the answer that was just given."""
    found = turn.understanding
    if found.outcome == "answer" and found.entry != turn.memory.entry and found.score >= _CERTAIN:
        return None  # 手机号停了 after 登不上 has an entry of its own
    entry = turn.entry(turn.memory.entry)
    part = answer_parts.part(entry, turn.text, turn.sayings.branches) if entry else ""
    return answer(turn, entry) if entry and part and is_mine(turn, part) else None


_CERTAIN = 0.9


def for_kind(turn: Turn) -> Outcome | None:
    """个体户也要吗: what was just asked, for the kind of merchant that it names."""
    entry = turn.entry(turn.memory.entry)
    kind = next((one for one in turn.sayings.kinds if any(w in turn.text for w in one.words)), None)
    if entry is None or kind is None or len(commands.content(turn.text)) > _KIND:
        return None
    memory = replace(turn.memory, facts={**turn.facts, kind.fact: kind.name})
    before = replace(turn, memory=memory, text=turn.memory.thought.text)
    known = explaining.of_entry(before, entry)
    return explained(replace(turn, memory=memory), entry, known) if known else None


_KIND = 10
"""Characters of a message that names a kind of merchant, and little more."""


def same_for_us(turn: Turn) -> Outcome | None:
    """那抖店的呢 after a question about another platform: the same question, about ours."""
    before = turn.memory.thought.text
    ours = _ours_too(turn) if turn.memory.neighbour and before else ""
    if not ours:
        return None
    other = next((name for name in _platforms() if name in before), "")
    asked = asking.unwrapped(re.sub(rf"{other}小?店?", turn.sayings.first("us"), before))
    found = turn.understand(asked) if other else None
    best, weight = found.likeliest if found else ("", 0.0)
    entry = turn.entry(found.entry or best) if found and weight >= _OF_OURS else None
    return answer(turn, entry) if entry else None


def and_theirs(turn: Turn) -> Outcome | None:
    """那淘宝的呢 after a question about another platform: not ours either."""
    asked = _AND_THEIRS.match(turn.meant.clause.lower()) if turn.memory.neighbour else None
    about = [n for n in turn.bank.neighbours if asked and _is_of(n, asked["name"])]
    return _not_ours(turn, about[0].id) if about else None


def their_support(turn: Turn) -> Outcome | None:
    """客服去哪儿找 after an answer that sent the merchant to the 官方客服 asks where those are."""
    topic = turn.entry(turn.memory.entry)
    asks = topic and commands.is_question(turn.text) and _SUPPORT.search(turn.text)
    said = turn.memory.said + topic.answer + "".join(topic.steps) if topic else ""
    if not asks or _OFFICIAL not in said:
        return None
    found = turn.understand(_SUPPORT.sub(_OFFICIAL, turn.text, count=1))
    entry = turn.entry(found.entry) if found.outcome == "answer" else None
    return answer(turn, entry) if entry else None


_OFFICIAL = "官方客服"
_SUPPORT = re.compile(r"(?<!人工)(?<!官方)(?<!你们)客服(?!在吗|在不在|呢)")


def and_you(turn: Turn) -> Outcome | None:
    """那你们呢 after 他们几点上班: the same question, about us."""
    before = turn.memory.thought.text
    if not before or not _AND_YOU.search(turn.meant.clause) or not _THEY.search(before):
        return None
    return firm_answers.reply(replace(turn, text=_THEY.sub("你们", before, count=1)))


_AND_YOU = re.compile(r"^那?(?:你们?|您|你们?(?:这边|这儿|公司|自己))(?:呢|咧|嘞)$")
_THEY = re.compile(r"(?:平台|官方)的?(?:人工)?客服|他们|人家|平台|官方|客服")


def _ours_too(turn: Turn) -> str:
    """Our platform's name in 那抖店的呢 and 我抖店也有一个; "" when it is not said."""
    if asked := _AND_OURS.search(turn.meant.clause):
        return asked.group(1)
    named = turn.sayings.word("us").search(turn.text)
    also = _ALSO.search(turn.text) and not commands.is_question(turn.text)
    also = also or turn.understanding.outcome != "answer"  # 那抖音上头那个店嘞 步骤说一下
    return named.group() if named and also else ""


_ALSO = re.compile(r"也(?:有|开|是|在|想)|还有|问的是|说的是|是问")
_AND_OURS = re.compile(
    r"^那?(?:我|我们?)?(?:在|是)?([\u4e00-\u9fff]{2,6}?)(?:上面?|里|平台)?(?:开|做|办|弄)?(?:的|这边|那个|店)*"
    r"(?:呢|怎么[弄办退]|咋[弄办退])$"
)


@cache
def _platforms() -> tuple[str, ...]:
    """The names of other platforms, long ones first."""
    return tuple(sorted(language.words("platforms", "names"), key=len, reverse=True))


_PLATFORM = "|".join(map(re.escape, _platforms()))
_SHOP_ELSEWHERE = re.compile(
    rf"(?P<name>{_PLATFORM})(?:上|里|那边|的|开)*(?:小?店|商[家户城]|卖家|后台)"
)
_THEIRS = re.compile(
    rf"(?:我的?|俺的?|那个?)*(?P<name>{_PLATFORM})(?:上的?|那边|的)?(?:账?号)?(?:被|登[不录]|进不|退不|押金|提现|扣|罚|封|限|冻)"
)
"""微信收不到 speaks of no shop; 快手小店 and 小红书商家 do."""


def aside(turn: Turn) -> Outcome:
    """A question while the inquiry is open: its answer, then what the inquiry still lacks."""
    entry = turn.entry(turn.understanding.entry)
    if entry is None:
        return inquiry.ask_again(turn)
    if entry.id == inquiry.ENTRY:
        return inquiry.priced(turn)
    text = blocks(render.body(turn, entry), inquiry.reminder(turn))
    return Outcome(text, replace(turn.memory, helped=True), entry=entry.id)


def doubts_us(turn: Turn) -> Outcome | None:
    """好多骗子 你们不会也是吧: who we are, where the bank has no word on it."""
    if turn.meant.score < _DOUBTS or turn.understanding.outcome not in ("none", "social"):
        return None
    found = turn.understand(_ARE_YOU)
    entry = turn.entry(found.entry) if found.outcome == "answer" else None
    return answer(turn, entry) if entry else None


_DOUBTS = 0.75
_ARE_YOU = "你们是骗子吗"


def doubt_in_form(turn: Turn) -> Outcome | None:
    """你们是官方的吗 while the inquiry is open: the bank's answer, else that secrets are safe."""
    found = turn.understanding
    known = found.outcome == "answer" and found.entry != inquiry.ENTRY
    return aside(turn) if known else inquiry.small_talk(turn)


_DENIES = re.compile(r"不对|不是(?:吧|的)|没有吧|不可能|哪有|错了|不会吧")


def contradicted(turn: Turn) -> Outcome | None:
    """不对吧 我朋友两天就到了 after an answer; 不用 refuses nothing."""
    if not turn.memory.entry or not _DENIES.search(turn.meant.clause):
        return small_talk.decline(turn)
    if facts.told(turn.text, turn.sayings) or commands.is_question(turn.text):
        return None
    if turn.meant.asked and (more := _more_said(turn)):
        return more
    return Outcome(turn.say("doubted"), replace(turn.memory, question=""))


def _more_said(turn: Turn) -> Outcome | None:
    """不对 不是我的卡 是我老婆的: what the answer says to the rest of it."""
    rest = replace(turn, text=turn.meant.asked)
    entry = turn.entry(turn.memory.entry)
    known = explaining.of_entry(rest, entry) if entry else ""
    return explained(turn, entry, known) if entry and known else None


def stray_phone(turn: Turn) -> Outcome | None:
    """A phone number that nobody asked for."""
    if (
        len(commands.content(turn.text)) > _MOSTLY_NUMBER
        or not phone_numbers.find(turn.text).number
    ):
        return None
    return Outcome(turn.say("phone_seen"), turn.memory)


_MOSTLY_NUMBER = 18


def _with_human(turn: Turn, reply: str) -> str:
    """The way to a person, where the guide's reply does not say it."""
    return reply if "「人工」" in reply else lines(reply, turn.say("neighbour_footer"))


def of_another(turn: Turn) -> Outcome | None:
    """小红书店铺手机号换了登不上: a shop of another platform, whatever is wrong with it."""
    said, found = turn.text.lower(), turn.understanding
    alone = found.outcome in ("none", "social") and not turn.memory.entry
    named = _SHOP_ELSEWHERE.search(said) or (_THEIRS.match(said) if alone else None)
    if named is None:
        return None
    if turn.sayings.word("us").search(turn.text):
        return _ours_of_both(turn) if alone else None
    about = [n for n in turn.bank.neighbours if _is_of(n, named["name"])]
    return _not_ours(turn, about[0].id) if about else None


def _ours_of_both(turn: Turn) -> Outcome | None:
    """我拼多多的店登不上 抖店也登不上: what is said of ours."""
    us = turn.sayings.word("us")
    ours = [one for one in commands.clauses(turn.text) if us.search(one)]
    if any(_SHOP_ELSEWHERE.search(one.lower()) for one in ours):
        return None
    found = turn.understand("\uff0c".join(ours))
    best = next((one for one, weight in found.ranking if weight >= _OF_OURS), None)
    entry = turn.entry(found.entry or best)
    return answer(turn, entry) if entry else None


_AND_THEIRS = re.compile(
    rf"^那?(?:我|我们?)?(?:在)?(?P<name>{_PLATFORM})(?:上|里|那边|店|小店)*(?:的|那个)?(?:呢|咧|嘞|也不[管行办]吗?)$"
)


def _is_of(neighbour: Neighbour, name: str) -> bool:
    return any(name in one for one in neighbour.phrasings)


_OF_OURS = 0.3
"""The weight from which the likeliest entry answers what is said of our shop alone."""


def outside(turn: Turn) -> Outcome | None:
    """An honest reply about a subject that the firm does not cover; it is no miss."""
    neighbour_id = turn.understanding.neighbour
    return _not_ours(turn, neighbour_id) if neighbour_id else None


def _not_ours(turn: Turn, neighbour_id: str) -> Outcome:
    """Honest about a subject that the firm does not cover."""
    reply = next((n.reply for n in turn.bank.neighbours if n.id == neighbour_id), "")
    again = turn.memory.neighbour == neighbour_id
    text = turn.say("neighbour_again") if again or not reply else _with_human(turn, reply)
    memory = replace(turn.memory, neighbour=neighbour_id, options=(), numbers="", question="")
    return Outcome(with_tail(turn, blocks(text, position.reminder(turn, None))), memory)


def wordless(turn: Turn) -> Outcome | None:
    """Nothing but punctuation after an answer: what is not clear about it?"""
    if commands.content(turn.text) or not turn.memory.entry:
        return None
    return replace(missed(turn, "unclear"), thin=True)


def worked_well(turn: Turn) -> Outcome | None:
    """Yes to 办成了吗 at the end of a walk."""
    return small_talk.solved(turn)


def worked_badly(turn: Turn) -> Outcome | None:
    """No to it."""
    memory = replace(turn.memory, numbers="", misses=max(turn.memory.misses, 1))
    return unsolved(replace(turn, memory=memory))


def worked_number(turn: Turn) -> Outcome | None:
    """1 and 2 as an answer to it."""
    answers = {1: worked_well, 2: worked_badly}
    rule = answers.get(turn.meant.number or 0)
    return rule(turn) if rule else None
