"""A complete installation for tests: real database, bank, matcher and verifier; time is set."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher

from faq.bank import Bank
from faq.matching.matcher import compile_matcher
from faq.understanding import Matcher
from handlers.context import Context, FirmSettings
from handlers.dialogue import policy
from handlers.dialogue.texts import load_texts
from handlers.firm import edited_hours
from handlers.inbound import pipeline, retries
from handlers.inbound.batching import GroupCommit
from handlers.inbound.holding import Holding
from handlers.inbound.peer import Lags
from handlers.inbound.refusals import Refusals
from handlers.knowledge import bank_versions, drift, published_bank
from storage.database import Database
from storage.models.conversations import Consultant, Message
from storage.polled import PolledValue
from storage.queries import consultants, conversations, messages
from wechat.client import Client
from wechat.push import Push
from wechat.quota import Opener
from wechat.tokens import MemoryTokenStore
from wechat.verifier import Verifier

APP_ID, SECRET, TOKEN, AES_KEY = "wx0123456789abcdef", "app-secret", "sometoken", "A" * 43
ACCOUNT = "gh_0123456789ab"
PASSWORD = "correct horse"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Real hashes that are cheap to make and to check: tests log in a hundred times."""
NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens there


@cache
def shipped_bank() -> Bank:
    return bank_versions.read(bank_versions.GUIDES)


@cache
def shipped_matcher() -> Matcher:
    return compile_matcher(shipped_bank())


class ShippedBank:
    """The guides in the repository, compiled once for all tests."""

    def bank(self) -> Bank:
        return shipped_bank()

    def matcher(self) -> Matcher:
        return shipped_matcher()

    def version(self) -> int | None:
        return None

    def refresh(self) -> None:
        """There is only one version."""


@dataclass
class House:
    """Parts, and what was asked of the background."""

    context: Context
    enqueued: list[int] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return self.context.database

    def with_firm(self, **changes: object) -> None:
        self.context = replace(self.context, firm=replace(self.context.firm, **changes))  # type: ignore[arg-type]

    def consultant(self, name: str, *, role: str = "consultant") -> Consultant:
        with self.database.write() as session:
            return consultants.add(
                session,
                name=name,
                password=PASSWORD,
                role=role,
                now=self.context.now(),
                hasher=CHEAP,
            )

    def says(self, text: str, *, openid: str = "oMerchant", kind: str = "text", **more: str) -> str:
        """The merchant writes; returns the text of the passive reply, "" for none. It left."""
        pushed = self.push(text, openid=openid, kind=kind, **more)
        received = pipeline.receive(self.context, pushed)
        if received.in_passive_reply:
            retries.mark_delivered(self.context, received)
        return reply_text(received.reply)

    def receives(self, push: Push) -> str:
        return pipeline.receive(self.context, push).reply

    def push(
        self, text: str = "", *, openid: str = "oMerchant", kind: str = "text", **more: str
    ) -> Push:
        """A push with a key of its own."""
        return push(text, openid=openid, kind=kind, at=self.context.now(), **more)

    def state(self, openid: str = "oMerchant") -> str:
        with self.database.read() as session:
            conversation = conversations.by_openid(session, openid)
            assert conversation is not None
            return conversations.state_of(conversations.open_case(session, conversation.id))

    def said(self, openid: str = "oMerchant") -> list[Message]:
        with self.database.read() as session:
            conversation = conversations.by_openid(session, openid)
            return list(messages.latest(session, conversation.id)) if conversation else []


_counter = iter(range(1, 10**9))
EVENTS = frozenset({"subscribe", "unsubscribe", "scan", "click", "view", "location_event"})


def push(text: str, *, openid: str, kind: str, at: datetime, **more: str) -> Push:
    number = next(_counter)
    is_event = kind in EVENTS
    opens: Opener | None = "message"
    if is_event:
        opens = "tap" if kind in {"subscribe", "scan", "click"} else None
    return Push(
        kind=kind,
        openid=openid,
        account=ACCOUNT,
        created_at=at,
        key=f"{openid}:{number}",
        is_event=is_event,
        opens_window=opens,
        msg_id="" if is_event else str(number),
        text="" if is_event else text,
        event_key=text if is_event else "",
        **more,  # type: ignore[arg-type]
    )


def reply_text(xml: str) -> str:
    """What the merchant reads in a passive reply."""
    if xml == "success":
        return ""
    _, _, rest = xml.partition("<Content><![CDATA[")
    text, _, _ = rest.partition("]]></Content>")
    return text


def build_house(
    database: Database,
    clock: Callable[[], datetime],
    folder: Path,
    *,
    api_base_url: str = NOBODY,
    mode: str = "safe",
) -> House:
    shipped_matcher()  # fitted before, not within the first message's transaction
    enqueued: list[int] = []
    client = Client(
        app_id=APP_ID, secret=SECRET, tokens=MemoryTokenStore(), clock=clock, base_url=api_base_url
    )
    verifier = Verifier(
        token=TOKEN,
        app_id=APP_ID,
        mode=mode,  # type: ignore[arg-type]
        encoding_aes_key=AES_KEY,
        original_id=ACCOUNT,
    )
    context = Context(
        decide=policy.decide,
        edited_hours=PolledValue(edited_hours.read, None),
        fitting=published_bank,
        marked_steps=PolledValue(drift.marked_steps, frozenset()),
        pushes=GroupCommit(),
        holding=Holding(pause=lambda _: None),
        lags=Lags(),
        refusals=Refusals(),
        database=database,
        now=clock,
        published_bank=ShippedBank(),
        texts=load_texts(),
        verifier=verifier,
        client=client,
        firm=FirmSettings(phone="138-0013-8000", data=folder),
        enqueue_delivery=enqueued.append,
    )
    return House(context, enqueued)
