"""Web push: a push service notifies a device while the desk is closed (RFC 8030, 8291, 8292).

What is sent is encrypted for the browser; its push service sees when and to whom, not what.
"""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

import requests
from webpush import WebPush, WebPushSubscription
from webpush.types import WebPushKeys
from webpush.vapid import VAPID

from storage.database import Database
from storage.queries import push_subscriptions
from storage.queries.push_subscriptions import Device

log = logging.getLogger(__name__)
# The makers of browsers. Nothing is sent anywhere else, whatever a page claims to have got.
MAKERS = (
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
)
# Strict, since two readers of one address may see two hosts in it: a backslash or a name before @.
_ADDRESS = re.compile(r"https://([a-z0-9.-]+)(?::443)?/[!-\[\]-~]*", re.ASCII)
SECONDS = (3.05, 5.0)
# A merchant who waits is no news any more after this.
LIVES_SECONDS = 600
NOBODY = "dianban.invalid"
Outcome = Literal["sent", "gone", "failed"]


@dataclass(frozen=True, slots=True)
class PushNotification:
    """What a device shows. `tag`: a newer one with the same tag takes its place."""

    words: str
    address: str
    tag: str

    def as_json(self) -> str:
        shown = {"title": "店伴", "body": self.words, "url": self.address, "tag": self.tag}
        return json.dumps(shown, ensure_ascii=False)


def is_maker(endpoint: str) -> bool:
    """Is this the address of a push service that we know?"""
    found = _ADDRESS.fullmatch(endpoint)
    host = found[1] if found else ""
    return any(host == maker or host.endswith(f".{maker}") for maker in MAKERS)


def public_key(database: Database, now: Callable[[], datetime]) -> str:
    """What browsers subscribe with; the pair is made by whoever asks first."""
    return _keys(database, now)["application"]


def _keys(database: Database, now: Callable[[], datetime]) -> dict[str, str]:
    with database.read() as session:
        pair = push_subscriptions.keys(session)
    if pair is not None:
        return pair
    private, public, application = VAPID.generate_keys()
    made = {
        "private": private.decode(),
        "public": public.decode(),
        "application": application,
    }
    with database.write() as session:
        push_subscriptions.keep_keys(session, made, now())
    with database.read() as session:
        return push_subscriptions.keys(session) or made


class PushSender:
    """Rings devices under the installation's keys; safe to share between threads."""

    def __init__(
        self, database: Database, now: Callable[[], datetime], public_url: str = ""
    ) -> None:
        pair = _keys(database, now)
        host = urlsplit(public_url).hostname or NOBODY
        self._push = WebPush(
            private_key=pair["private"].encode(),
            public_key=pair["public"].encode(),
            subscriber=f"desk@{host}",
            ttl=LIVES_SECONDS,
        )

    def ring(self, device: Device, ring: PushNotification) -> Outcome:
        """Takes at most some eight seconds. Call it outside a transaction."""
        keys = WebPushKeys(auth=device.auth, p256dh=device.p256dh)
        try:
            subscription = WebPushSubscription(endpoint=device.endpoint, keys=keys)
            message = self._push.get(ring.as_json(), subscription)
        except ValueError:  # keys that are none
            return "gone"
        try:
            answer = requests.post(
                device.endpoint,
                data=message.encrypted,
                headers={**message.headers, "Urgency": "high"},
                timeout=SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            log.warning("a device was not rung: %s", type(error).__name__)
            return "failed"
        if answer.status_code in {404, 410}:
            return "gone"
        if not answer.ok:
            log.warning("a device was not rung: HTTP %s", answer.status_code)
        return "sent" if answer.ok else "failed"
