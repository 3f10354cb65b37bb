"""Alerts that a merchant waits: to a WeCom group and a signed webhook.

One message carries all cases that are due, so that the group's limit of 20 a minute (Tencent,
"消息推送配置说明") is never reached; a lease lets one process at a time speak, and not more
often than every LEAST_SECONDS. What a merchant wrote is made harmless: it can neither mention, nor
link, nor format.
"""

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import requests

from faq.bank import PROBLEM
from handlers.china_time import span
from handlers.context import AlertTargets
from handlers.firm.case_words import REASONS
from storage.database import Database
from storage.models.conversations import Case
from storage.queries import cases, leases
from storage.queries.conversations import display_name

log = logging.getLogger(__name__)
LEASE = "alerts"
LEAST_SECONDS = 4.0  # 15 a minute at most
SECONDS = 5.0
LISTED = 8
WORDS_MAX = 40
# Everything that WeCom's Markdown gives a meaning, and what makes an address or a mention.
MEANING = re.compile(r"[<>\[\]()*_`#~|@\\!&]|https?|://|www\.", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True)
class Alert:
    """One waiting case. `again` says that it was told before and still waits."""

    case_id: int
    conversation_id: int
    name: str
    reason: str
    words: str
    waited: float
    again: bool


def tell(
    database: Database,
    targets: AlertTargets | None,
    now: datetime,
    *,
    again_minutes: int,
    holder: str,
) -> int:
    """Tell about every waiting case that nobody was told of, and again after `again_minutes`.

    Returns how many cases were told. Call it when a case opens and once in a while: it is cheap
    when there is nothing to tell. A channel that fails is tried again at the next call.
    """
    if targets is None or not (targets.wecom or targets.webhook):
        return 0
    with database.write() as session:
        before = now - timedelta(minutes=again_minutes)
        due = cases.to_alert(session, told_before=before)
        if not due or not leases.take(
            session, LEASE, holder=f"{holder}:{now.timestamp()}", now=now, seconds=LEAST_SECONDS
        ):
            return 0
        alerts = [alert_of(case, now) for case in due]
    if not _send(targets, alerts, now):
        return 0
    with database.write() as session:
        cases.alerted(session, [alert.case_id for alert in alerts], now)
    return len(alerts)


def tell_operator(targets: AlertTargets | None, words: str, now: datetime) -> bool:
    """What somebody must mend before messages go out again; True when a channel took it."""
    if targets is None:
        return False
    took = []
    if targets.wecom:
        content = f"**店伴要人处理**\n> {words}"
        body = {"msgtype": "markdown", "markdown": {"content": content}}
        took.append(_post(targets.wecom, json.dumps(body).encode(), {}, "wecom"))
    if targets.webhook:
        at = now.astimezone(UTC).isoformat(timespec="seconds")
        notice = {"event": "operator.needed", "at": at, "words": words}
        payload = json.dumps(notice, ensure_ascii=False).encode()
        headers = signed(payload, targets.secret, now)
        took.append(_post(targets.webhook, payload, headers, "webhook"))
    return any(took)


def alert_of(case: Case, now: datetime) -> Alert:
    return Alert(
        case_id=case.id,
        conversation_id=case.conversation_id,
        name=harmless(display_name(case.conversation)),
        reason=REASONS.get(case.reason, case.reason),
        words=harmless(str(case.form.get(PROBLEM) or case.summary)),
        waited=(now - case.opened_at).total_seconds(),
        again=case.alerted_at is not None,
    )


def harmless(text: str) -> str:
    """At most WORDS_MAX characters on one line that mean nothing but themselves."""
    plain = MEANING.sub(" ", CONTROL.sub(" ", text))
    flat = " ".join(plain.split())
    return flat if len(flat) <= WORDS_MAX else flat[: WORDS_MAX - 1] + "…"


def compose(alerts: Sequence[Alert], public_url: str) -> str:
    """One message in WeCom's Markdown for all of them, the longest wait first."""
    ordered = sorted(alerts, key=lambda alert: -alert.waited)
    head = f"**{len(ordered)} 个商家在等**"
    lines = [_line(alert, public_url) for alert in ordered[:LISTED]]
    rest = len(ordered) - LISTED
    if rest > 0:
        lines.append(f"另有 {rest} 个，请打开工作台查看")
    return "\n".join([head, *lines])


def link(alert: Alert, public_url: str) -> str:
    """The case at the desk, through the login; "" when the address from outside is unknown."""
    return f"{public_url.rstrip('/')}/desk/c/{alert.conversation_id}" if public_url else ""


def _line(alert: Alert, public_url: str) -> str:
    address = link(alert, public_url)
    name = f"[{alert.name}]({address})" if address else alert.name
    waited = f"还在等，已 {span(alert.waited)}" if alert.again else f"等了 {span(alert.waited)}"
    words = f":{alert.words}" if alert.words else ""
    return f"> {name} {waited} · {alert.reason}{words}"


def signed(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    """The headers of the webhook: HMAC-SHA256 over `timestamp.body`, in hex digits."""
    timestamp = str(int(now.timestamp()))
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "X-Dianban-Timestamp": timestamp,
        "X-Dianban-Signature": digest.hexdigest(),
    }


def _send(targets: AlertTargets, alerts: Sequence[Alert], now: datetime) -> bool:
    """True when at least one channel took it."""
    took = []
    if targets.wecom:
        content = compose(alerts, targets.public_url)
        body = {"msgtype": "markdown", "markdown": {"content": content}}
        took.append(_post(targets.wecom, json.dumps(body).encode(), {}, "wecom"))
    if targets.webhook:
        payload = json.dumps(_payload(targets, alerts, now), ensure_ascii=False).encode()
        headers = signed(payload, targets.secret, now)
        took.append(_post(targets.webhook, payload, headers, "webhook"))
    return any(took)


def _payload(targets: AlertTargets, alerts: Sequence[Alert], now: datetime) -> dict[str, object]:
    return {
        "event": "cases.waiting",
        "at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "cases": [
            {
                "id": alert.case_id,
                "conversation": alert.conversation_id,
                "name": alert.name,
                "reason": alert.reason,
                "words": alert.words,
                "waited_seconds": int(alert.waited),
                "again": alert.again,
                "url": link(alert, targets.public_url),
            }
            for alert in alerts
        ],
    }


def _post(url: str, body: bytes, headers: dict[str, str], channel: str) -> bool:
    """The address is a secret (it holds the group's key): no error of it is logged whole."""
    headers = {"Content-Type": "application/json", **headers}
    try:
        answer = requests.post(
            url, data=body, headers=headers, timeout=SECONDS, allow_redirects=False
        )
        code = answer.json().get("errcode", 0) if channel == "wecom" else 0
    except (requests.RequestException, ValueError, AttributeError) as error:
        log.warning("alert by %s failed: %s", channel, type(error).__name__)
        return False
    if not answer.ok or code:
        log.warning("alert by %s refused: HTTP %s, errcode %s", channel, answer.status_code, code)
        return False
    return True
