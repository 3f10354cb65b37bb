"""Whether a message calls a person: an alarm, or a wish for one, and what only sounds like it."""

import re

from faq.understanding import Alarm
from handlers.dialogue import (
    asking,
    commands,
    doubts,
    explaining,
    firm_answers,
    handoff,
    moves,
    supposed,
    waiting,
)
from handlers.dialogue.turn import Outcome, Turn


def person(turn: Turn) -> Outcome | None:
    """Alarms and wishes for a person, as the bank's matcher hears them or the clause says them."""
    if turn.meant.move in doubts.STRUCTURED:
        return None
    if kind := told_beside(turn):
        return handoff.alarm(turn, kind)
    if _is_off(turn) or _steers(turn):
        return None
    found = turn.understanding.outcome
    if found == "escalate":
        return None if _is_quiet(turn) else handoff.asked(turn)
    return _wished(turn, found)


def told_beside(turn: Turn) -> Alarm | None:
    """The alarm that one clause tells, whatever the others steer or ask."""
    if _gives_up(turn):
        return "complaint"
    if _court_froze(turn.text):
        return "blocked"
    if turn.memory.alarm:
        return None
    if _died(turn.text):
        return "bereavement"
    if loud := _loudly(turn):
        return loud
    divorced = any(map(_DIVORCED.search, commands.clauses(turn.text)))
    return "family" if divorced else None


def _loudly(turn: Turn) -> Alarm | None:
    """保证金被扣了八百 我没违规凭什么: a clause that two ears hear as an alarm, beside others."""
    found = turn.understanding
    parts = turn.heard.parts
    if len(parts) < _SEVERAL or found.outcome not in ("none", "options") or turn.memory.form:
        return None
    told = [one.text for one in parts if one.move == "alarm" and one.score >= _LOUD_CLAUSE]
    told = [one for one in told if not commands.is_question(one) and not _NOT_FROZEN.search(one)]
    heard = turn.understand(told[0]) if told else None
    return heard.alarm if heard and heard.outcome == "escalate" else None


_SEVERAL, _LOUD_CLAUSE = 2, 0.95
_DIVORCED = re.compile(
    r"(?<!没)(?<!不)(?<!要)离(?:了|完|过)?婚(?:了|时|后|以后|之后|的时候)?(?!证|协议|率|吗|么)"
)
"""离婚了 店归我: whose shop it is comes with it, whatever else is asked."""


def _died(text: str) -> bool:
    """店是我爸的 他前天人没了: told in one clause, of somebody whom another may name."""
    said = commands.clauses(text)
    of_kin = _OF_FAMILY.search(text) is not None
    return any(_DIED.search(one) or (of_kin and _THEY_DIED.search(one)) for one in said)


_FAMILY = (
    r"(?:老[公婆伴]|爱人|丈夫|妻子|[爸妈爷奶]|父亲|母亲|姥[姥爷]|外[公婆]|[哥姐弟妹]"
    r"|儿子|女儿|媳妇)"
)
_OF_FAMILY = re.compile(_FAMILY)
_THEY_DIED = re.compile(
    r"^(?:现在|可|但|可是|但是|结果)?(?:他|她|老人家?|人)"
    r"(?:老人家|前天|昨天|上个?月|上周|去年|今年|前年|早|已经|突然|都|刚)*"
    r"(?:人?没了|人?不在了|去世|过世|病逝|离世|不在人世)了?$"
    r"|(?:车祸|生病|得病|病|癌症?|心梗|脑溢血|脑梗|意外|工伤)[^\s]{0,3}(?:没了|走了|去世|过世)了?$"
)
_DIED = re.compile(
    rf"{_FAMILY}(?:他|她)?(?:刚刚?|前阵子?|上个?月|去年|今年|前年|已经|突然|都)*"
    r"(?:没了|去世|过世|病逝|离世|不在了|不在人世|(?<=刚)[没走]|(?<=突然)[没走])了?$"
)


def _gives_up(turn: Turn) -> bool:
    """什么破玩意儿 老子不弄了 is no polite no: it is the end of somebody's patience."""
    if not (turn.does("cancel", "no") and turn.does("frustrated", "insult", "alarm")):
        return False
    failed = turn.memory.question == "human" or turn.memory.misses or turn.memory.upset
    return (bool(failed) and turn.does("cancel")) or turn.understanding.alarm == "complaint"


_FROZEN = re.compile(
    r"(?:法院|法庭|司法|执行局|强制执行|保全|公安|警方|派出所|经侦|检察院|公检法)[^\s,，。;；!！?？]{0,10}(?:冻|查封|封了|扣划|划扣|止付)"
    r"|(?:冻结?|查封)[^\s,，。;；!！?？]{0,6}(?:法院|法庭|公安|执行局)"
)
_NOT_FROZEN = re.compile(r"没|未|不是|解冻|解封|会不会|如果|要是|万一|怕|担心|[吗么?？]$")


def _court_froze(text: str) -> bool:
    """法院把我公司账户冻结了 抖店押金退不了: told in one clause, whatever the others ask."""
    told = (one for one in commands.clauses(text) if _FROZEN.search(one))
    return any(not _NOT_FROZEN.search(one) for one in told)


_LAW = (
    r"(?:法院|派出所|公安局?|警察局|检察院|司法局|工商局|税务局|市监局"
    r"|律所|律师事务所|律师楼|报社|电视台)"
)
_KIN = (
    r"(?:朋友|同学|战友|老[公婆]|爱人|对象|[哥姐弟妹爸妈叔舅姑姨嫂]|儿子|女儿|闺女|媳妇"
    r"|邻居|亲戚|房东|楼上)"
)
_PASSING = re.compile(
    rf"{_LAW}的?(?:斜?对面|对过|旁边?|隔壁|附近|门口|楼[下上]|后面|边上|那条)"
    rf"|{_KIN}(?:他|她|家)?(?:以前|现在|就|也)?(?:是|做|当|在|干)(?:个|一个|当|做)?(?:律师|法官|警察|民警|法务|记者|公安|{_LAW})"
)
_LAW_ACTS = re.compile(
    r"起诉|诉讼|告(?![诉知])|官司|律师函|报警|报案|传票|维权|举报|仲裁|立案|冻|查封|投诉|曝光|赔|法律|骗|盗|采访"
)
_WHO_SAYS = re.compile(
    rf"^(?:我|俺)?(?:有|一)*个?(?:当|做|是|干)(?:律师|法官|警察|民警|法务|记者)的{_KIN}(?:就|也|跟我|和我)?(?:说|讲|建议)?"
)
"""我一个当律师的同学说 tells who said it, and wants no lawyer."""
_HE_SAYS = re.compile(r"^(?:他|她|人家)(?:就|也|跟我|和我)?(?:说|讲|让我?|叫我?|建议)")


def beside_the_law(text: str) -> str:
    """我朋友是律师 他说先看关店条件 without who somebody is or where a shop lies."""
    said = commands.clauses(text)
    left = [_WHO_SAYS.sub("", one) for one in said if not _PASSING.search(one)]
    if left == list(said) or not left or _LAW_ACTS.search(text):
        return ""
    return "，".join(_HE_SAYS.sub("", one) for one in left) + ("？" if text[-1] in "?？" else "")


def _is_quiet(turn: Turn) -> bool:
    """An alarm in the matcher's ear alone."""
    calm = (_plainly_none, _is_of_topic, _sounds_calm, _is_follow_up, is_first_word)
    heard = (
        *calm,
        _describes_page,
        _unproved,
        _at_oneself,
        supposed.phone_taken,
        _refunded,
        _of_a_thing,
    )
    return any(one(turn) for one in heard)


def _plainly_none(turn: Turn) -> bool:
    """一百五做不做, 弄不好你们赔不赔, 我讲错了: as a whole a move that raises no alarm."""
    parts = turn.heard.parts
    whole = turn.heard.whole or (parts[0] if len(parts) == 1 else None)
    sure = whole is not None and whole.move in _HARMLESS and whole.score >= _SURELY_NONE
    return sure and turn.heard.share("alarm", "insult", "frustrated") < _FAINT


_HARMLESS = frozenset(("haggle", "doubt", "correct", "none_of_these", "is_bot", "ask_price"))
_SURELY_NONE = 0.85


def _at_oneself(turn: Turn) -> bool:
    """气死我了 自己设的都记不住: angry, and with nobody else."""
    angry = turn.understanding.alarm == "complaint" and "你" not in turn.text
    return angry and any(map(moves.is_at_oneself, turn.heard.said.clauses))


def _of_a_thing(turn: Turn) -> bool:
    """酒店wifi太烂了估计: a complaint of something that is neither ours nor the platform's."""
    if turn.understanding.alarm != "complaint" or len(turn.heard.parts) > 1:
        return False
    loud = turn.heard.share("alarm", "insult", "frustrated") >= _NO_ALARM
    return not loud and bool(_THING.search(turn.text.lower()))


_THING = re.compile(
    r"(?:wifi|网速?|网络|信号|流量|手机|电脑|电池|屏幕|软件|版本|天气)[^\s]{0,2}(?:太|真|好|有点|这么)?(?:烂|差|慢|破|旧|老|卡|垃圾)"
)


def _is_follow_up(turn: Turn) -> bool:
    """我只退一部分可以吗 after an answer: a faint alarm, and a line that surely is asked for."""
    faint = _alarm(turn) < _LOUD and not _money_went(turn)
    return faint and turn.topic_line.share >= explaining.SURELY


def _describes_page(turn: Turn) -> bool:
    """跟你讲的不一样 左边只有店铺和资金 at a step: a faint alarm, and surely the page."""
    sure = turn.meant.move == "page_differs" and turn.meant.score >= VERY_SURE
    return sure and turn.memory.walk is not None and _alarm(turn) < _LOUD


def _alarm(turn: Turn) -> float:
    """How likely the matcher holds an alarm; certain where it does not say."""
    sides = turn.understanding.explain.get("sides")
    return float(sides.get("escalate", 1.0)) if isinstance(sides, dict) else 1.0


_LOUD = 0.8


_DISPUTED = re.compile(
    r"借|租|买|卖|吊销|撤|没收|收走|扣|冒|盗|纠纷|争|抢|不肯|不给|不还|翻脸|闹|挂靠|过户|转让|异常|作废|假|散伙|合伙|拆|退伙|离|死|去世|骗|告"
)
_HEARSAY = re.compile(
    r"(?:听说|听人[说讲]?|(?:朋友|别人|有人|网上|人家|同行|邻居|亲戚|他们).{0,3}[说讲传]).{0,4}"
    r"(?:要|得|必须|需要|非得|只能|不).{0,10}(?:才|就|不然)"
)


def _unproved(turn: Turn) -> bool:
    """营业执照是她名字 tells of no quarrel; 听说要找律师才退得下来 is what others say."""
    kind = turn.understanding.alarm
    if kind == "licence" and turn.memory.entry and len(turn.text) <= _SENTENCE:
        return not _DISPUTED.search(turn.text)
    return kind == "legal" and bool(_HEARSAY.search(turn.text))


def _refunded(turn: Turn) -> bool:
    """钱退给他了 of a buyer's order: the money went where it belongs."""
    if turn.understanding.alarm != "wrong_payout":
        return False
    back, buyer = (asking.pattern("others", name) for name in ("refunded", "buyers"))
    return bool(back.search(turn.text) and buyer.search(turn.about + turn.memory.said))


_MONEY_BACK = re.compile(r"(?:我?[要想])?(?:退|还)(?:钱|费|款)[啊呀吧呢了]*")


def is_first_word(turn: Turn) -> bool:
    """退钱, before anything was said or paid: what they came for, and no anger yet."""
    if turn.memory.helped or turn.memory.misses or turn.memory.calm or turn.memory.form:
        return False
    return bool(_MONEY_BACK.fullmatch(commands.content(turn.text)))


def _is_off(turn: Turn) -> bool:
    """别叫人, 不用; 不对头啊 有个生人登了我的店 denies nothing."""
    alarm = turn.understanding.outcome == "escalate"
    loud = alarm and turn.heard.share("alarm", "insult") >= _FAINT
    off = _sure_move(turn, ("call_off_human", "no", "wait"))
    return off and not loud and not _wants_one(turn)


_DENIES = re.compile(r"不|别|甭|莫|免|没|算|取消|撤|唔|冇|等|再|才|时候")


def _wants_one(turn: Turn) -> bool:
    """还是叫人吧 sounds like 别叫人 and denies nothing."""
    if turn.meant.move != "call_off_human" or turn.understanding.outcome != "human":
        return False
    return not _DENIES.search(turn.text)


def _wished(turn: Turn, found: str) -> Outcome | None:
    """A wish for a person; who waits for one hears the place in the queue."""
    if turn.waiting and (phone := firm_answers.phone(turn)):
        return phone
    if turn.meant.move == "human" and turn.meant.score >= VERY_SURE and not turn.memory.form:
        return waiting.place(turn) if turn.waiting else handoff.person(turn)
    if found == "human" and turn.waiting:
        return waiting.place(turn)
    wishes = asking.pattern("firm", "wants_person").search(turn.text) or turn.does("human")
    asks = commands.is_question(turn.text)
    if _only_asks(turn) or (
        not wishes and (explaining.known_here(turn) or (asks and explaining.told_here(turn)))
    ):
        return None
    return handoff.asked(turn)


def _sounds_calm(turn: Turn) -> bool:
    """都交上去了, 我是合作社: said to what is open, in a few words with no sound of an alarm.

    Of the labelled alarms one in six sounds calm: so little counts only beside a move or a form.
    """
    state, move = turn.states[0], turn.meant
    if state not in ("walk", "list", "form") or len(commands.content(turn.text)) > _SENTENCE:
        return False
    if turn.does("frustrated"):
        return False  # 照你讲的搞了三遍了 烦死个人
    answers = state == "form" or (move.move in _CALM and move.score >= _HALF)
    return answers and turn.heard.share("alarm", "insult") < _NO_ALARM


_CALM = frozenset((*moves.TIERS[4], *moves.TIERS[7], "done", "correct", "ack"))
_HALF, _NO_ALARM = 0.5, 0.08
_MAY_BE_TOPIC = frozenset(("stolen", "scammed", "wrong_payout", "blocked", "licence"))


def _is_of_topic(turn: Turn) -> bool:
    """号已经是别人的了 under a number that is gone: what is talked about knows it, and no alarm."""
    known = turn.understanding.alarm in _MAY_BE_TOPIC and explaining.known_here(turn)
    return known and not _money_went(turn)


_WENT = re.compile(
    r"(?:打|转|汇|付|退|划|提|到)(?:到|进|给|去)了?[^\s,，]{0,8}"
    r"(?:去了|里了|上了|了)(?=$|[\s,，。!！])"
)


def _only_asks(turn: Turn) -> bool:
    """你是真人吗, and moves that only sound like calling somebody."""
    asks = commands.is_question(turn.text)
    asks = asks and (turn.meant.move == "is_bot" or bool(_REVIEWED.search(turn.text)))
    return asks or _sure_move(turn, _NO_PERSON)


_REVIEWED = re.compile(r"(?:人工|真人|机器|系统|人)(?:来|在)?[审复]|审.{0,4}(?:人工|真人|机器)")
"""是机器审还是人工审 asks who reviews."""


def _steers(turn: Turn) -> bool:
    """下一步, 都不是, 接着刚才: a few words in which no clause sounds like calling for anybody."""
    if _wants_one(turn) or _rings(turn):
        return False
    long = sum(len(one.text) for one in turn.heard.clauses) > _SENTENCE
    goes_on = turn.meant.move in doubts.GOES_ON and turn.meant.score >= VERY_SURE
    if (long and not goes_on) or turn.meant.move in (*_CALLS, "human"):
        return False
    if turn.meant.score >= VERY_SURE:
        return turn.heard.share("human", "insult") < _FAINT
    return turn.heard.share(*_CALLS) < _FAINT and turn.meant.score >= moves.LEAST


def _rings(turn: Turn) -> bool:
    """完了 我的钱打到别人卡里去了: one clause is an alarm by itself, whatever the other does."""
    loud = any(one.move == "alarm" and one.score >= _LOUD for one in turn.heard.clauses)
    return loud and turn.understanding.outcome == "escalate"


def _money_went(turn: Turn) -> bool:
    """钱打到别人卡里去了 is loud and over: it does not ask where money goes."""
    return _rings(turn) and bool(_WENT.search(turn.text))


_CALLS = (*moves.TIERS[0][1:], "question", "alarm", "frustrated", "doubt", "haggle")
_FAINT = 0.3
VERY_SURE = 0.9
_SENTENCE = 14
_NO_PERSON = ("rest", "back", "again", "ask_hours", "ask_queue")
_SURE = 0.8


def _sure_move(turn: Turn, names: tuple[str, ...]) -> bool:
    return turn.meant.move in names and turn.meant.score >= _SURE
