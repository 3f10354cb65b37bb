"""The consultants' accounts. The desk's settings and the command line call these functions.

Each takes a session, leaves a trace for the audit page, and returns a sentence for whoever acted.
What ends a credential ends all of them: sessions, API tokens, known devices.
"""

from dataclasses import dataclass
from datetime import datetime

from zxcvbn import zxcvbn

from handlers import cases
from storage.database import Session
from storage.models.conversations import Consultant
from storage.queries import admin_events, consultants, second_factor, sessions

PASSWORD_MIN = 10
PASSWORD_MAX = 128
NAME_MAX = 16
RESERVED = frozenset({"bot", "merchant", "system"})
ROLES = {"consultant": "顾问", "admin": "管理员"}
# zxcvbn's estimate of guesses: below this a list of common passwords finds it.
GUESSES_MIN = 10**6
ESTIMATED = 72  # characters that it looks at


class AccountError(cases.CaseError):
    """Refused; the text says why, in Chinese, for whoever acted."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and when. `actor` is a consultant's name, or 命令行."""

    actor: str
    now: datetime


def check_password(password: str, name: str = "") -> str:
    """The password, if it will do. Raises AccountError."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise AccountError(f"密码要有 {PASSWORD_MIN} 到 {PASSWORD_MAX} 位。")
    if zxcvbn(password[:ESTIMATED], user_inputs=[name])["guesses"] < GUESSES_MIN:
        raise AccountError("这个密码太常见，容易被猜到。换几个不相干的词连在一起试试。")
    return password


def check_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_MAX or name in RESERVED:
        reserved = "、".join(sorted(RESERVED))
        raise AccountError(f"名字要有 1 到 {NAME_MAX} 个字，也不能叫 {reserved}。")
    return name


def add(session: Session, by: Actor, *, name: str, password: str, role: str) -> str:
    """A new consultant."""
    name = check_name(name)
    check_password(password, name)
    if role not in ROLES:
        raise AccountError("没有这个角色。")
    try:
        consultants.add(session, name=name, password=password, role=role, now=by.now)
    except consultants.ConsultantExistsError as error:
        raise AccountError(str(error)) from None
    _note(session, by, "added", name, ROLES[role])
    return f"已添加{ROLES[role]} {name}。"


def rename(session: Session, by: Actor, person: Consultant, name: str) -> str:
    """Another name to log in with."""
    name, before = check_name(name), person.name
    if consultants.by_name(session, name) is not None:
        raise AccountError(f"已经有叫 {name} 的顾问了。")
    person.name = name
    _note(session, by, "renamed", before, name)
    return f"{before} 现在叫 {name}。"


def reset(session: Session, by: Actor, person: Consultant, password: str) -> str:
    """A new password, because the old one or the second factor is lost."""
    consultants.set_password(person, check_password(password, person.name))
    second_factor.disable(session, person)
    _end_credentials(session, person)
    _note(session, by, "reset", person.name)
    return f"{person.name} 的密码重设好了，之前的登录、接口钥匙和二次验证都已作废。"


def disable(session: Session, by: Actor, person: Consultant) -> str:
    """Whoever is disabled loses the login, the API and their cases: these go back to the queue."""
    _keep_one_admin(session, person)
    person.enabled, person.duty = False, "off"
    _end_credentials(session, person)
    back = cases.requeue_all_of(session, person, by.now)
    _note(session, by, "disabled", person.name)
    return f"停用了 {person.name}{f'，{back} 个对话回到待接入' if back else ''}。"


def enable(session: Session, by: Actor, person: Consultant) -> str:
    person.enabled = True
    _note(session, by, "enabled", person.name)
    return f"启用了 {person.name}。接口钥匙要重新发。"


def set_role(session: Session, by: Actor, person: Consultant, role: str) -> str:
    """Another role: they log in again with it."""
    if role not in ROLES:
        raise AccountError("没有这个角色。")
    if role != "admin":
        _keep_one_admin(session, person)
    person.role = role
    _end_credentials(session, person)
    _note(session, by, "role", person.name, ROLES[role])
    return f"{person.name} 现在是{ROLES[role]}，要重新登录。"


def set_limit(session: Session, by: Actor, person: Consultant, limit: int) -> str:
    """How many open cases they may have; 0 is as the settings say."""
    person.case_limit = limit
    _note(session, by, "limit", person.name, str(limit))
    return f"{person.name} 最多同时接 {limit} 个" if limit else f"{person.name} 按设置里的上限"


def new_token(session: Session, by: Actor, person: Consultant) -> str:
    """A fresh API token, shown this once."""
    _note(session, by, "token_added", person.name)
    return consultants.new_token(session, person, by.now)


def revoke_token(session: Session, by: Actor, token_id: int) -> str:
    """The token is worth nothing from now on."""
    owner = consultants.revoke_token(session, token_id)
    if owner is None:
        raise AccountError(f"没有编号是 {token_id} 的接口钥匙。")
    _note(session, by, "token_revoked", owner.name, str(token_id))
    return f"{owner.name} 的接口钥匙 {token_id} 已作废。"


def _keep_one_admin(session: Session, person: Consultant) -> None:
    if cases.is_lead(person) and consultants.enabled_admins(session) == [person.id]:
        raise AccountError(f"{person.name} 是最后一位管理员，要先有另一位管理员。")


def _end_credentials(session: Session, person: Consultant) -> None:
    person.session_version += 1
    sessions.end_all(session, person.id)
    sessions.forget_devices(session, person.id)
    consultants.revoke_tokens_of(session, person.id)


def _note(session: Session, by: Actor, action: str, target: str, detail: str = "") -> None:
    admin_events.add(
        session, at=by.now, actor=by.actor, action=action, target=target, detail=detail
    )
