"""Variables of quick replies, such as {店铺名称}: filled before it is sent, and never sent raw."""

import re
from collections.abc import Collection, Iterable, Mapping

from handlers.actions import merchant_profile
from handlers.actions.merchant_profile import ProfileValue
from handlers.china_time import local
from handlers.context import current_context
from handlers.desk.pages import me
from storage.database import Session
from storage.models.conversations import Conversation

VARIABLE = re.compile(r"\{([^{}\n]{1,16})\}")  # the same as static/quick.js
CALLED, NAMED, CONSULTANT, FIRM_PHONE, HOURS, TODAY = (
    "商家称呼", "称呼", "顾问", "电话", "工作时间", "今天",
)  # fmt: skip
# What the profile calls 称呼 and 电话 would be read as ours.
_IN_PROFILE = {"called": CALLED, "phone": "商家电话"}


def values(conversation: Conversation, profile: Iterable[ProfileValue]) -> Mapping[str, str]:
    """Variable → what it stands for in this conversation, "" where nobody knows."""
    context = current_context()
    today = local(context.now())
    known = {_IN_PROFILE.get(each.name, each.label): each.value for each in profile}
    return known | {
        NAMED: conversation.name,
        CALLED: known.get(CALLED) or conversation.name,
        CONSULTANT: me().name,
        FIRM_PHONE: context.firm.phone,
        HOURS: context.hours.in_words(),
        TODAY: f"{today.month} 月 {today.day} 日",
    }


def names(session: Session) -> list[str]:
    """All that there are, in the order in which a person would look for them."""
    fields = merchant_profile.fields(session, current_context().published_bank.bank().firm)
    of_merchant = [_IN_PROFILE.get(each.name, each.label) for each in fields]
    ours = (CONSULTANT, FIRM_PHONE, HOURS, TODAY)
    return list(dict.fromkeys([CALLED, NAMED, *of_merchant, *ours]))


def unfilled(text: str, known: Collection[str]) -> list[str]:
    """Variables that still stand in a text. Other braces are the writer's own."""
    return [name for name in VARIABLE.findall(text) if name in known]
