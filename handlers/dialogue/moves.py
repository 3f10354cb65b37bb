"""Which move a message makes: its clauses as they were heard, and why one of them wins.

Every clause has a score for every move, learned from examples (`faq.moves`) together with what
is open. Of several clauses the one of the strongest tier wins, of one tier the surest: 谢谢 beside
a question is the question, 好 beside 下一步 is the next step. What no move claims is a question.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from faq.moves import numerals
from faq.moves.heard import Clause, Heard
from handlers.dialogue import commands, move_forms

STATES = ("form", "queue", "rating", "worked", "offer", "list", "walk", "idle")
"""What can be open, the first that is open answers first."""

_HEARD_AS = {"worked": "offer"}
"""The examples know no state of their own for the question whether it worked."""

ASKS = ("ask_price", "ask_hours", "ask_phone", "ask_queue")
TIERS: tuple[tuple[str, ...], ...] = (
    ("call_off_human", "human", "insult"),
    ("pick", "step_n", "rate"),
    ("question", "alarm", "noise", "doubt", "haggle", "is_bot", *ASKS),
    ("stuck", "page_differs", "not_solved", "correct"),
    ("again", "back", "which_step", "none_of_these", "rest", "next"),
    ("done", "solved", "cancel"),
    ("frustrated",),
    ("yes", "no", "wait"),
    ("goodbye", "thanks", "ack", "greeting"),
    ("hurry", "opener"),
)
"""The strongest first."""

_TIER = {move: place for place, tier in enumerate(TIERS) for move in tier}
QUESTIONS = frozenset(TIERS[2])
POLITE = frozenset(("goodbye", "thanks", "ack", "greeting", "face"))
LEAST = 0.4
"""Below this a clause makes no move; it may be a question."""
SURE = 0.75
"""The whole read as one must be so sure to outdo its clauses."""
_CERTAIN = 0.97
_NAME = 4
"""Characters of a clause that may only name a thing."""
_TOLD = ("done", "solved", "not_solved", "wait", "cancel", "which_step")
"""第二步弄完了 names a step and does not ask for it."""
_LEAVES_OUT = frozenset(
    (*TIERS[4], *TIERS[5], *TIERS[7], *TIERS[8], *TIERS[9], "correct", "call_off_human")
)
"""What a clause beside a question says that the question does not need."""


@dataclass(frozen=True, slots=True)
class ChosenMove:
    """The winning move. `number` is the choice or step that it names, -1 the last.

    `also` are the other moves of the message, `clause` the words that won, `asked` the message
    without the clauses that only steer or are polite.
    """

    move: str = "question"
    score: float = 0.0
    number: int | None = None
    clause: str = ""
    also: tuple[str, ...] = ()
    asked: str = ""


def heard_as(states: tuple[str, ...]) -> str:
    """The state, in the words of the examples, under which a message is heard."""
    return _HEARD_AS.get(states[0], states[0])


def choose(heard: Heard, states: tuple[str, ...]) -> ChosenMove:
    """The move that wins."""
    made = list(_made(heard, states))
    if not made:
        return ChosenMove("face" if heard.said.faces else "", clause="")
    best = _unless_beside_a_question(min(_without_nods(made), key=_rank), made)
    if "walk" in states:
        best = _all_over(_trouble_beside(best, made), made)
    also = tuple(dict.fromkeys(one.move for one in made if one.move != best.move))
    asked = _asked(heard, made)
    return ChosenMove(best.move, best.score, best.number, best.clause, also, asked)


def _rank(one: ChosenMove) -> tuple[float, bool, float]:
    """By tier, then by score; a clause that is no move and no sure question comes last.

    太快了 前头那步再说 wants the step before, and not this one again; 账户设置 beside 找着了 asks
    nothing: it names what was found.
    """
    tier: float = _TIER.get(one.move, _TIER["question"])
    if one.move == "question" and not one.score:
        tier = len(TIERS)
    elif one.move == "question" and _may_only_name(one.clause):
        tier = _TIER["done"] + 0.5
    return (tier, one.move == "again", -one.score)


def _may_only_name(clause: str) -> bool:
    return len(clause) <= _NAME and not commands.is_question(clause)


def _made(heard: Heard, states: tuple[str, ...]) -> Iterator[ChosenMove]:
    """The move of each clause, and of the whole where that is surer."""
    single = [_unless_asked(_of(clause, states), heard) for clause in heard.clauses]
    single = _without_overcome([_unless_spinning(one, heard) for one in single])
    single = _without_echo(single)
    if any(map(is_at_oneself, heard.said.clauses)):
        single = [replace(one, move="ack") if one.move in _CROSS else one for one in single]
    whole = _unless_asked(_of(heard.whole, states), heard) if heard.whole else None
    if whole and _outdoes(whole, single):
        yield whole
    else:
        yield from single


_NOD = re.compile(r"(?:[好行嗯恩哦噢喔中对得]|可以|要得|ok|okay|欧克|[的吧啊呀嘞滴哈啦])+")
_ENDING = frozenset(("ack", "thanks", "goodbye", "solved", "done", "wait", "cancel"))


def _without_nods(made: list[ChosenMove]) -> list[ChosenMove]:
    """行 清楚了: a nod beside what takes note, thanks or ends asks for no next step."""
    if not any(one.move in _ENDING for one in made):
        return made
    kept = [one for one in made if one.move not in _GO_ON or not _NOD.fullmatch(one.clause)]
    return kept or made


_GO_ON = ("next", "yes")
_NODS = frozenset(("yes", "no", "ack"))


def _unless_beside_a_question(best: ChosenMove, made: list[ChosenMove]) -> ChosenMove:
    """我爸出不了门 我去补卡行不: what only faintly is a no refuses nothing beside a question."""
    asks = any(commands.is_question(one.clause) for one in made if one is not best)
    faint = best.move in _NODS and best.score < SURE
    return ChosenMove("question") if faint and asks else best


_STILL_TURNS = re.compile(r"^(?:还是|照样|依然|仍然?)(?:一直|在)?转(?:着|圈)?$")
_CHANGED = re.compile(
    r"(?:换|清|重启|试|关|改|等|刷新?|卸|装|切|连)[^\s]{0,6}[了过]|也[换清试关改]"
)


def _unless_spinning(one: ChosenMove, heard: Heard) -> ChosenMove:
    """流量也换了 还是转 tells of a page that spins on, and wants nobody."""
    if one.move != "human" or not _STILL_TURNS.search(one.clause):
        return one
    tried = any(_CHANGED.search(clause) for clause in heard.said.clauses if clause != one.clause)
    return replace(one, move="not_solved") if tried else one


def _trouble_beside(best: ChosenMove, made: list[ChosenMove]) -> ChosenMove:
    """跟你讲的不一样 左边只有店铺和资金: what only describes the trouble at a step asks nothing."""
    if best.move != "question" or commands.is_question(best.clause):
        return best
    troubles = (one for one in made if one.move == "page_differs" and one.score >= _SURELY_TOLD)
    return next(troubles, best)


def _without_overcome(made: list[ChosenMove]) -> list[ChosenMove]:
    """刚才键盘坏了 登上了 继续: trouble that is told before what was done is over."""
    done = [at for at, one in enumerate(made) if one.move in _ENDED and one.score >= SURE]
    last = max(done, default=-1)
    over = (*_TROUBLED, "correct")
    return [one for at, one in enumerate(made) if at > last or one.move not in over]


def _without_echo(made: list[ChosenMove]) -> list[ChosenMove]:
    """先登录是吧 登好了: what is only made sure of, and then done, asks nothing."""
    if len(made) < _TWO or made[-1].move not in _ENDED or made[-1].score < SURE:
        return made
    return [one for one in made if not _ECHO.search(one.clause)]


_TWO = 2
_ECHO = re.compile(r"[\u4e00-\u9fff]{2,8}(?:是|对)(?:吧|不|吗|么)$")


def _all_over(best: ChosenMove, made: list[ChosenMove]) -> ChosenMove:
    """后面我会了 钱都到了 全搞定了: who has solved it goes on with no step."""
    last = made[-1]
    over = best.move == "next" and last.move == "solved" and last.score >= SURE
    return last if over else best


_ENDED = ("done", "solved")
_TELLS = frozenset((*_ENDED, "cancel", "goodbye"))
_TAG = re.compile(r"(?:对吧|是吧|对不对|是不是|对吗|对不|吗|么)[啊呀]?$")
_WOULD = re.compile(r"会不会|会.{1,6}[吗么不]$")
"""不填会卡住吗 fears trouble and tells of none."""
_SO_IS_IT = re.compile(r"就[好行成完可][以了]?了?$")
_SURELY_TOLD = 0.9


def _ends_asking(one: ChosenMove, heard: Heard) -> bool:
    """Whether a clause is the last one, says something, and a question mark is behind it."""
    said = heard.said.clauses
    return heard.said.asks and len(one.clause) > _NAME and one.clause.endswith(said[-1:] or ("",))


def _unless_asked(one: ChosenMove, heard: Heard) -> ChosenMove:
    """交了话费就行了? and 没绑就算了对吧 ask; they do not tell that it is over."""
    if one.move == "is_bot" and move_forms.calls_person(one.clause, asks=heard.said.asks):
        return replace(one, move="human", score=_CERTAIN)
    if one.move == "question" and not one.score and _ends_asking(one, heard):
        return replace(one, score=LEAST)  # 哦 那收个码就行了？ asks by its mark alone
    if one.move in _TROUBLED and _WOULD.search(one.clause):
        return replace(one, move="question", score=0.0)
    if one.move in _NODS and one.score < SURE and commands.is_question(one.clause):
        return replace(one, move="question", score=LEAST)  # 影响不 refuses nothing
    if one.move not in _TELLS or (one.score >= _SURELY_TOLD and not _SO_IS_IT.search(one.clause)):
        return one
    last = (
        heard.said.asks and heard.said.clauses[-1:] and one.clause.endswith(heard.said.clauses[-1])
    )
    asks = last or _TAG.search(one.clause)
    return replace(one, move="question", score=0.0) if asks else one


def _outdoes(whole: ChosenMove, single: list[ChosenMove]) -> bool:
    """登 上去了: pieces that mean nothing alone, or all mean less surely what the whole means."""
    if whole.score < SURE:
        return False
    if any(one.score >= SURE and one.move != whole.move for one in single):
        return False
    heard = [one for one in single if one.score >= LEAST and not _only_words(one)]
    if any(one.move in QUESTIONS for one in heard) and whole.move not in QUESTIONS:
        return False
    if any(_rank(one)[0] < _rank(whole)[0] for one in heard):
        return False
    return all(one.score < whole.score or one.move == whole.move for one in single)


def _only_words(one: ChosenMove) -> bool:
    """光打听: near to the words of questions, asks nothing itself and is not sure."""
    return one.move == "question" and one.score < SURE and not commands.is_question(one.clause)


_NOBODY = re.compile(
    r"(?:别(?!人|的|家|处)|不要|不用|先别|不想|无需|不必|甭|唔使|莫)再?(?:给我|帮我)?(?:叫|转|找|派|喊|接|换)?(?:真?人工?|客服|顾问|专员)(?!问)|^(?:先)?别(?:转|叫|喊)"
    r"|(?:需要|要人|要的|不行|搞不定|弄不了).{0,6}(?:再|才)(?:叫|找|喊|转)(?:你|您|人)"
)
"""别叫人来, 不用人工: what is said not to be wanted."""
_TURN = re.compile(
    r"^(?:那|还是|嗯|好的?|行|就|要不|算了)*(?:帮我|给我)?(?:转(?:吧|一下|过去|接|呗|给|人|啊)*)+[吧了嘛]*$"
)
"""转吧 asks for a person, whether or not one was just offered."""
_RESUME = re.compile(
    r"^(?:那|先|我们?)*(?:回到?|接着|继续|说回)(?:我们)?(?:刚才|刚刚|之前|前面|原来)(?!那个人|那位)"
)
"""回到刚才退保证金 goes on where the walk was."""
_STILL = re.compile(
    r"^(?:可是|但是?)?(?:还是|照样|依然|仍然?|依旧|照旧)(?!有|要|想|问|先|得|转|能|多|个).{1,8}(?<![吗呢么])$"
)
"""还是冻结: whatever it is, it is as it was."""
_DID = re.compile(
    r"^我?(?:都|已经)?(?:点|点开|打开|进|选|勾|填|找到|看到|提交|上传)了?(?:了|好)(?!没|吗|但|可|就|一直|还|也|好|半天|很|多|错|几)[^吗呢没不久次遍天错]{3,9}$"
    r"|^我?(?:都|已经)?(?:点|进|翻|找|打)(?:到|进|开)[^吗呢没不久次遍天错一半]{3,9}了$"
    r"|^(?:我|哦|噢|嗯)*(?:都|已经)?点了[^吗呢没不久次遍天错一半]{3,9}了$"
    r"|^(?:那|行|好)*我?(?:就|都|已经)?(?:用|拿|在|换)?(?:手机|电脑|平板|网页)上?(?:登|填|交|传|换|改|绑)录?(?:好|上|完|起)?了[哈啊呀哦的]*$"
)
"""点了保证金管理, 点到保证金管理了: what was done, by the name of what it was done to."""


def tells_done(clause: str) -> bool:
    """Whether a clause tells what was done, by its form."""
    return bool(_DID.search(clause))


_ENDS = ("solved", "cancel", "goodbye")
_REPORTED = re.compile(
    r"^(?:官方)?(?:客服|他们?|人家|银行|页面|系统|上面)(?:又|就|都|也)?(?:说|讲|显示|写|回)"
)
"""客服说已经打款了 is what others say, and ends nothing."""
_ARRIVED = re.compile(
    r"(?:钱|款|金|账).{0,4}(?:收到|到账|到了|退回来|退下来|拿到|退到)(?:了|啦|咯)?$|(?:收到|拿到|退回)(?:钱|款).{0,2}(?:了|啦)?$"
)
_NOT_YET = re.compile(r"没|不|未|还|要是|如果|等|才|说|显示|吗|呢|啥|什么|怎么|几|多")
"""卡里收到钱了 is an end, 说是退到了 is not."""
_SPAN = re.compile(
    r"^(?:这?都|已经|就|也|有)*(?:过去?了?|等了?)?(?:快|差不多|整整)?(?:\d+|[一二两三四五六七八九十半几]+)多?(?:个)?(?:多)?"
    r"(?:工作日|小时|星期|礼拜|天|周|月|年)(?:多)?(?:了|啦|咯)$"
)
"""已经八个工作日了 tells how long it has been, and of nothing done."""
_STEP_DONE = re.compile(
    r"(?:[好完成妥定上]|上去|进去|弄|做|填|交|点|过)(?:了|啦|咯)(?!没|吗|么|不|之)"
)
"""第一步我登录上去了: the step that it names is behind us."""
_AT_WORK = re.compile(r"没(?:有|得)?人(?:在)?(?:上班|值班|在岗)|下班了(?:吧|吗|没|么)")
"""这个点没人上班了吧 asks when somebody is there, and calls nobody."""
_CURSES = re.compile(
    r"傻[逼比叉屌]|煞笔|你(?:个|就是|是)?(?:sb|2b)|(?:你|他|特|tm)妈(?:的)?(?=会|能|是|不|到底|什么|怎么|别|再|$)"
    r"|去死(?!机)|滚(?:蛋|犊子|吧|远点)|操你|草泥马|王八蛋|脑残|智障|弱智|放(?:狗|什么)?屁|(?:废物|垃圾)(?:机器人|客服|玩意)"
)
"""Words that insult whatever stands around them."""
_NOT_MEANT = re.compile(
    r"^(?:我|俺)?(?:问|说|要|指)?的?不是(?:问|说|要|指)?[这那](?:个|些|种|条|样|方面)?(?:意思|问题|事)?[啊呀呢的嘛]*$"
    r"|^不是我(?:要|想)?(?:问|说|要)的[啊呀呢嘛]*$|^(?:你|您)(?:理解|会|弄|搞)错(?:我)?的?(?:意思)?了?$"
)
"""不是这个意思 refuses what was said, between three moves that all say so."""
_STAYS = re.compile(
    r"(?:别|莫|不要|不用|先别|甭)(?:给我|帮我|急着)?(?:取消|撤|退出|挂断?|走开?|关掉)"
)
"""别取消哈 我去接个孩子: who asks for it not to be called off stays."""
_FORMS = (
    (_STAYS, "wait"),
    (_NOT_MEANT, "none_of_these"),
    (_NOBODY, "call_off_human"),
    (_TURN, "human"),
    (_RESUME, "next"),
    (_AT_WORK, "ask_hours"),
    (_CURSES, "insult"),
)
_BELOW = re.compile(
    r"(?:下面|下边|下头|后面|后边|下一)[那这一]?(?:个|条|种|项)(?!步)|^另一?[个条种]|后者"
)
_ABOVE = re.compile(r"(?:上面|上边|上头|前面|前边|上一)[那这一]?(?:个|条|种|项)(?!步)|前者")


def next_to(clause: str) -> int:
    """1 for the option below, -1 for the one above, 0 for neither."""
    if _BELOW.search(clause):
        return 1
    return -1 if _ABOVE.search(clause) else 0


def _of(clause: Clause, states: tuple[str, ...]) -> ChosenMove:
    """What one clause does: a number that chooses first, then the likeliest move."""
    if structured := _by_form(clause, states):
        return structured
    reported = clause.move in _ENDS and "walk" not in states and _REPORTED.search(clause.text)
    if _SPAN.search(clause.text) or reported:
        return ChosenMove("question", LEAST, None, clause.text)
    clause = _possible(clause, states)
    if rather := _rather(clause):
        return rather
    if clause.move not in _TROUBLE and _STILL.search(clause.text):
        return ChosenMove("not_solved", SURE, None, clause.text)
    score = _together(clause) if "list" not in states else clause.score
    if score < LEAST or clause.move == "alarm":  # alarms are the matcher's to raise
        asks = LEAST if commands.is_question(clause.text) else 0.0
        return ChosenMove("question", asks, clause.step, clause.text)
    return ChosenMove(clause.move, score, clause.step, clause.text)


_ALIKE: tuple[tuple[str, ...], ...] = (
    ("done", "solved"),
    ("stuck", "page_differs", "not_solved"),
    ("yes", "ack"),
)
"""What is told apart only by what is open: as evidence against other moves they count as one.

Not beside a list, where 选没到账的 tells of no trouble.
"""


_AT_ONESELF = re.compile(
    r"我(?:真的?|也|就|这|可|自己)*(?:是|太|个|好)?.{0,2}(?:笨|蠢|傻|猪|糊涂|没用|记性|脑子|手贱|眼瞎|马虎|粗心|丢三落四)"
    r"|(?:怪|怨|骂)(?:我)?自己|怪我(?!们)|我的错"
    r"|自己.{1,3}的?.{0,3}(?:记不[住清得]|不记得|忘|[填弄搞输选记设]错|找不[到着]|看不清)"
)


def is_at_oneself(text: str) -> bool:
    """我真是猪脑子 insults nobody else."""
    return bool(_AT_ONESELF.search(text))


_NEARLY = re.compile(r"差一?点(?:儿)?(?!$)|险些|好险")
"""差点搞错 tells of no trouble: it did not come to that."""
_LACKS = re.compile(
    r"^(?:我|俺|家里|手头|手上|手边|这边|现在|店里)*(?:也|都|又|还|根本|就)*没(?:有|得)?"
    r"(?:电脑|手机|邮箱|执照|营业执照|身份证|公章|原件|流量|网|wifi)(?:了|啊|呀|哦|的|嘛|噻)*$"
)
"""家里没电脑 asks for another way, and waits for nothing."""
_EASY = ("wait", "done", "solved", "ack", "cancel", "no", "goodbye", "thanks")
_CROSS = ("insult", "frustrated")


def _rather(clause: Clause) -> ChosenMove | None:
    """What a clause does that only sounds like anger at us, like trouble, or like waiting."""
    if clause.move in _EASY and _LACKS.search(clause.text):
        return ChosenMove("question", LEAST, None, clause.text)
    cross = clause.move in _CROSS
    is_none = _AT_ONESELF if cross else _NEARLY
    sounds = cross or clause.move in _TROUBLED
    nods = (sounds and is_none.search(clause.text)) or (
        cross and move_forms.is_of_weather(clause.text)
    )
    return ChosenMove("ack", SURE, None, clause.text) if nods else None


def _together(clause: Clause) -> float:
    alike = next((group for group in _ALIKE if clause.move in group), (clause.move,))
    return min(sum(map(clause.share, alike)), 1.0)


def _possible(clause: Clause, states: tuple[str, ...]) -> Clause:
    """那个 chooses nothing where nothing can be chosen: the next likely move counts then."""
    if clause.move != "pick" or any(state in states for state in _CHOOSES):
        return clause
    left = tuple((move, share) for move, share in clause.shares if move != "pick")
    total = sum(share for _, share in left) or 1.0
    return replace(clause, shares=tuple((move, share / total) for move, share in left))


_MOST_OPTIONS = 20
"""88 and 666 say something else."""
_UNSURE_DONE = ("question", "alarm", "wait")
_CHOOSES = ("list", "rating", "worked", "walk")
_TROUBLED = ("stuck", "page_differs", "not_solved")
_TROUBLE = frozenset((*TIERS[3], *TIERS[4], *TIERS[0]))


def _by_form(clause: Clause, states: tuple[str, ...]) -> ChosenMove | None:
    """What is told by its form rather than by likeness: numbers, 别叫人, 转吧, 下面那个."""
    score = max(clause.score, _CERTAIN)
    if _is_choice(clause, states):
        return ChosenMove("pick", score, clause.choice, clause.text)
    if named := _named_by_form(clause, states):
        return ChosenMove(named, score, None, clause.text)
    return _of_step(clause) if clause.step is not None and "walk" in states else None


def _is_choice(clause: Clause, states: tuple[str, ...]) -> bool:
    """A small number, alone or where something can be chosen."""
    if clause.choice is None or clause.choice > _MOST_OPTIONS:
        return False
    if numerals.bare_number(clause.text) is not None or numerals.of_list(clause.text):
        return True
    return clause.move == "pick" or any(state in states for state in _CHOOSES)


def _named_by_form(clause: Clause, states: tuple[str, ...]) -> str:
    if _ARRIVED.search(clause.text) and not _NOT_YET.search(clause.text):
        return "solved"
    for pattern, named in _FORMS:
        if pattern.search(clause.text):
            return named
    if named := move_forms.named(clause.text, walks="walk" in states):
        return named
    if "walk" in states and clause.move in _UNSURE_DONE and _DID.search(clause.text):
        return "done"
    return "pick" if "list" in states and next_to(clause.text) else ""


def _of_step(clause: Clause) -> ChosenMove | None:
    """第四步是干啥的 asks for the step that it names; 第一步登上去了 tells that it is done."""
    move = clause.move
    did = _STEP_DONE.search(clause.text) and not commands.is_question(clause.text)
    if did and move not in _TROUBLED:
        return ChosenMove("done", max(clause.score, _CERTAIN), clause.step, clause.text)
    if move in _TOLD:
        return None
    also = (move,) if move in ("stuck", "page_differs") else ()
    return ChosenMove("step_n", max(clause.score, SURE), clause.step, clause.text, also)


def _asked(heard: Heard, made: list[ChosenMove]) -> str:
    """The clauses that a question needs; "" when that is all of them."""
    needed = [one.clause for one in made if one.move not in _LEAVES_OUT or one.score < SURE]
    if len(needed) in (0, len(made)):
        return ""
    return "，".join(needed) + ("？" if heard.said.asks else "")
