"""What sounds like an alarm and has not happened: supposed, or done to a phone and no account."""

import re

from handlers.dialogue import commands
from handlers.dialogue.turn import Outcome, Turn, blocks, lines, with_tail

_SUPPOSED = re.compile(
    r"要是|如果|假如|假设|万一|倘若|若是|哪天|(?:以后|将来|往后|日后)(?:真|要|被|再)"
)
_TAKEN = re.compile(r"盗|偷|黑了|被(?:别人|人家?|人)(?:登|动|改|拿)")
_HAPPENED = re.compile(r"昨天|今天|刚才|刚刚|已经|现在|前天|早上|突然|发现")
_TO_DO = re.compile(r"^\d+ ")
_PHONE_TAKEN = re.compile(
    r"(?:手机|卡|包|钱包|机子)(?:卡|连|和|跟|带|一起|里的|都|也|又|给|让|被|人|小偷|贼|昨天|前天|上周|在[\u4e00-\u9fff]{1,4})*(?:偷|抢|扒|顺走|摸走)"
    r"|(?:偷|抢|扒|顺|摸)(?:走)?(?:了|去)?我?的?(?:手机|包|卡)"
)
_ACCOUNT = re.compile(
    r"账[号户]|帐[号户]|盗号|店.?(?:也|被|给)|里的?钱|转走|刷|改了|登(?:了|我)|密码"
)


def supposed(turn: Turn) -> Outcome | None:
    """哪天账号真被偷了找谁: what to do is told, and nobody is called for what may never happen."""
    text = turn.text
    asks = commands.is_question(text) and _TAKEN.search(text) and _SUPPOSED.search(text)
    if not asks or turn.memory.form or turn.waiting or _HAPPENED.search(text):
        return None
    told = [line for line in turn.say("alarm_stolen").splitlines() if _TO_DO.search(line)]
    if not told:
        return None
    reply = blocks(lines(turn.say("supposed"), *told), turn.say("supposed_footer"))
    return Outcome(with_tail(turn, reply), turn.memory)


def phone_taken(turn: Turn) -> bool:
    """手机在车站被扒了 tells of a phone that is gone; the account is still one's own."""
    stolen = turn.understanding.alarm == "stolen"
    return stolen and bool(_PHONE_TAKEN.search(turn.text)) and not _ACCOUNT.search(turn.text)
