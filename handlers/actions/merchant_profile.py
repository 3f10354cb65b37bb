"""A merchant's profile: what was told in the inquiry, and what consultants noted down.

The firm's own fields are defined at the desk by an admin. A field that is taken off the list keeps
what was noted down, for when it comes back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from faq.bank import CONTACT, Bank, Firm
from handlers.dialogue import desk_view, inquiry_fields, sayings
from storage.database import Session
from storage.models.conversations import Case, Consultant, Conversation
from storage.queries import desk_settings, profiles

SETTING = "profile_fields"
VALUE_MAX = 60
CALLED, PHONE, SHOP, SHOP_TYPE = "called", "phone", "shop", "shop_type"
CONTACTS = (CONTACT, "phone")
"""Keys of a case's form that may hold a phone number, the better one first."""


@dataclass(frozen=True, slots=True)
class ProfileField:
    name: str
    label: str


FIELDS = (
    ProfileField(CALLED, "称呼"),
    ProfileField(PHONE, "电话"),
    ProfileField(SHOP, ""),
    ProfileField(SHOP_TYPE, ""),
    ProfileField("service", "买的服务"),
    ProfileField("paid", "付款"),
)


@dataclass(frozen=True, slots=True)
class ProfileValue:
    """`told`: the merchant said it and nobody has noted down anything else."""

    name: str
    label: str
    value: str
    told: bool = False
    by: str = ""
    at: datetime | None = None


def own_fields(session: Session) -> tuple[ProfileField, ...]:
    """Those that the firm defined."""
    stored = desk_settings.value(session, SETTING) or {}
    return tuple(ProfileField(each["name"], each["label"]) for each in stored.get("fields", ()))


def usual_fields(firm: Firm) -> tuple[ProfileField, ...]:
    """Those that every profile has, called as the firm calls them."""
    caller = inquiry_fields.of_firm(firm).caller
    labels = {SHOP: caller.label if caller else "称呼"}
    labels[SHOP_TYPE] = sayings.read(firm.sayings).labels.get(desk_view.SHOP_TYPE_FACT, "")
    named = [ProfileField(each.name, labels.get(each.name, each.label)) for each in FIELDS]
    twice = ProfileField(CALLED, labels[SHOP])
    return tuple(each for each in named if each.label and each != twice)


def fields(session: Session, firm: Firm) -> tuple[ProfileField, ...]:
    return usual_fields(firm) + own_fields(session)


def read(
    session: Session, conversation: Conversation, cases: Sequence[Case], bank: Bank, now: datetime
) -> list[ProfileValue]:
    """Every field with its value, "" where nothing is known."""
    told = _told(conversation, cases, bank, now)
    noted = profiles.latest(session, conversation.id)
    return [
        _shop(field.label, conversation, cases, bank, now)
        if field.name == SHOP
        else _value(field, told, noted)
        for field in fields(session, bank.firm)
    ]


def _value(
    field: ProfileField, told: Mapping[str, str], noted: Mapping[str, profiles.ProfileChange]
) -> ProfileValue:
    change = noted.get(field.name)
    if change is not None and change.value:
        return ProfileValue(field.name, field.label, change.value, by=change.actor, at=change.at)
    value = told.get(field.name, "")
    return ProfileValue(field.name, field.label, value, told=bool(value))


def _shop(
    label: str, conversation: Conversation, cases: Sequence[Case], bank: Bank, now: datetime
) -> ProfileValue:
    """The title of the conversation, told by the merchant or written there by a consultant."""
    caller = inquiry_fields.of_firm(bank.firm).caller
    told = {desk_view.called(conversation.memory, bank, now)}
    if caller is not None:
        told |= {str(case.form.get(caller.name, "")) for case in cases}
    name = conversation.name
    return ProfileValue(SHOP, label, name, told=bool(name) and name in told)


def _told(
    conversation: Conversation, cases: Sequence[Case], bank: Bank, now: datetime
) -> dict[str, str]:
    told = {}
    for case in cases:
        for key in reversed(CONTACTS):
            if case.form.get(key):
                told[PHONE] = str(case.form[key])
    kind = desk_view.shop_type(conversation.memory, bank, now)
    return told | ({SHOP_TYPE: kind} if kind else {})


def may_see_whole(case: Case | None, by: Consultant) -> bool:
    """Whether a phone number is shown whole: to whoever serves the merchant, and to a lead."""
    return by.role == "admin" or (case is not None and case.consultant_id == by.id)


def shown(each: ProfileValue, *, whole: bool) -> str:
    """The value for somebody's eyes."""
    return each.value if whole or each.name != PHONE else masked_phone(each.value)


def masked_phone(text: str) -> str:
    """138****5678; of a WeChat name the first and the last letter."""
    if len(text) >= len("13812345678"):
        return f"{text[:3]}****{text[-4:]}"
    return f"{text[:1]}***{text[-1:]}" if text else ""
