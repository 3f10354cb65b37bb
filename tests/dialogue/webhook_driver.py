"""Dialogues through the real webhook: signed, encrypted pushes, real storage, the real API."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from sqlalchemy import select

from handlers import api
from handlers.app import create_app
from handlers.firm.opening_hours import OpeningHours
from handlers.inbound import webhook
from handlers.inbound.wait_estimate import ENOUGH
from storage.database import Session
from storage.models.conversations import Case, Consultant, Conversation, ReceivedPush
from storage.queries import consultants, conversations, messages
from tests.dialogue.driver import together
from tests.dialogue.tables import Heard, Table, offers_guesses
from tests.installed import ACCOUNT, AES_KEY, APP_ID, TOKEN, House, reply_text
from wechat.crypto import Envelope, signature
from wechat.xml_fields import read_fields

STEP = timedelta(seconds=40)
NONCE = "1590219412"
ENVELOPE = Envelope(TOKEN, AES_KEY, APP_ID)
_numbers = count(1)


class Clock(Protocol):
    """A time that the driver moves."""

    now: datetime

    def forward(self, **units: float) -> datetime: ...


@dataclass
class Office:
    """The application around an installation, and one consultant's key to its API."""

    house: House
    clock: Clock
    client: FlaskClient
    token: str

    def push(self, openid: str, **elements: str) -> str:
        """WeChat pushes; returns the text of the passive reply, "" for none."""
        now = str(int(self.clock.now.timestamp()))
        fields = {"ToUserName": ACCOUNT, "FromUserName": openid, "CreateTime": now} | elements
        inner = "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in fields.items())
        outer = ENVELOPE.seal(f"<xml>{inner}</xml>", NONCE, int(now))
        sealed = read_fields(outer.encode()).word("Encrypt")
        signed = {"timestamp": now, "nonce": NONCE, "encrypt_type": "aes"}
        signed["signature"] = signature(TOKEN, now, NONCE)
        signed["msg_signature"] = signature(TOKEN, now, NONCE, sealed)
        body = f"<xml><ToUserName>{ACCOUNT}</ToUserName><Encrypt>{sealed}</Encrypt></xml>"
        response = self.client.post("/wechat", query_string=signed, data=body)
        assert response.status_code == 200
        if response.text == "success":
            return ""
        return reply_text(ENVELOPE.unseal(read_fields(response.data).word("Encrypt")).decode())

    def act(self, conversation_id: int, action: str, **body: object) -> None:
        response = self.client.post(
            f"/api/v1/conversations/{conversation_id}/{action}",
            headers={"Authorization": f"Bearer {self.token}"},
            json=body,
        )
        assert response.status_code in {200, 201}, response.text


def open_office(house: House, clock: Clock, desk: Table) -> Office:
    """The desk as a table's `desk` describes it: hours, people on duty, cases before this one."""
    hours = OpeningHours(saturday=OpeningHours().weekdays)
    if desk.get("closed"):
        today = clock.now.astimezone(ZoneInfo("Asia/Shanghai")).date()
        hours = replace(hours, closed=frozenset({today}))
    house.with_firm(hours=hours, account=str(desk.get("account", "verified")))
    app = create_app(
        house.context, [webhook.install, api.install], secret_key="not a secret in a test"
    )
    with house.database.write() as session:
        # A password costs 0.4 s of argon2, and nobody logs in here.
        someone = Consultant(name="小林", password_hash="none", created_at=clock.now)
        session.add(someone)
        session.flush()
        token = consultants.new_token(session, someone, clock.now)
    office = Office(house, clock, app.test_client(), token)
    if waited := int(str(desk.get("wait_minutes", 0))):
        for _ in range(ENOUGH):
            _past_case(office, waited)
    _people(office, int(str(desk.get("on_duty", 1))))
    for _ in range(int(str(desk.get("position", 1))) - 1):
        office.push(f"oAhead{next(_numbers)}", MsgType="text", MsgId=_id(), Content="转人工")
        clock.forward(seconds=1)
    return office


def _past_case(office: Office, minutes: int) -> None:
    """A case that waited so long: what the estimate is made of."""
    merchant = Merchant(office, f"oPast{next(_numbers)}")
    merchant.message("text", "转人工")
    office.clock.forward(minutes=minutes)
    merchant.event("consultant_accept", "")
    merchant.event("consultant_release", "")


def _people(office: Office, on_duty: int) -> None:
    with office.house.database.write() as session:
        found = consultants.by_name(session, "小林")
        assert found is not None
        found.duty = "on" if on_duty else "off"


def _id() -> str:
    return str(24_700_000_000_000_000 + next(_numbers))


@dataclass
class Merchant:
    """One merchant's conversation, seen from the phone and from the desk."""

    office: Office
    openid: str
    blind: frozenset[str] = frozenset({"rating"})
    """A rating lands on a resolved case only; without one nothing of it is stored."""
    _waited: bool = False
    _case: int = 0
    _sent: str = ""
    """What the desk said, which nothing sends here: it comes with the next reply, and was seen."""

    def wait(self, seconds: float) -> None:
        self.office.clock.forward(seconds=seconds)
        self._waited = True

    def message(self, kind: str, text: str) -> Heard:
        elements = {"MsgType": kind, "MsgId": _id()}
        if kind == "text":
            elements["Content"] = text
        elif kind == "voice":
            elements |= {"Recognition": text, "MediaId": "m1", "Format": "amr"}
        elif kind == "image":
            elements |= {"MediaId": "m1", "PicUrl": "http://127.0.0.1/p"}
        return self._push(elements)

    def event(self, name: str, key: str) -> Heard:
        if name == "consultant_accept":
            return self._staff("claim")
        if name == "consultant_release":
            return self._staff("release")
        event = name.removesuffix("_event") if name == "location_event" else name
        return self._push({"MsgType": "event", "Event": event, "EventKey": key})

    def burst(self, texts: Sequence[str], every: float) -> Heard:
        """Texts in a row, the next one pushed while one before it still waits for its answer."""
        began = self.office.clock.now
        coming = deque((began + number * timedelta(seconds=every), text)
                       for number, text in enumerate(texts))  # fmt: skip
        heard: dict[int, Heard] = {}

        def push() -> None:
            due, text = coming.popleft()
            number = len(texts) - len(coming)
            self.office.clock.forward(
                seconds=max(0.0, (due - self.office.clock.now).total_seconds())
            )
            self._waited = True
            heard[number] = self.message("text", text)

        def pause(seconds: float) -> None:
            self.office.clock.forward(seconds=seconds)
            if coming and coming[0][0] <= self.office.clock.now:
                push()

        holding = self.office.house.context.holding
        usual, holding.pause = holding.pause, pause
        while coming:
            push()
        holding.pause = usual
        return together([heard[number] for number in sorted(heard)])

    def consultant(self, action: str, text: str) -> Heard:
        if action == "reply":
            return self._staff("messages", text=text, key=_id())
        return self._staff(action)

    def _staff(self, action: str, **body: object) -> Heard:
        with self.office.house.database.read() as session:
            conversation_id = self._conversation(session).id
            before = max((each.id for each in messages.latest(session, conversation_id)), default=0)
        self.office.act(conversation_id, action, **body)
        with self.office.house.database.read() as session:
            said = [
                each.text
                for each in messages.latest(session, conversation_id)
                if each.id > before and each.author in {"bot", "consultant"}
            ]
            case = conversations.open_case(session, conversation_id)
            self._sent = "\n\n".join(said)
            return Heard(self._sent, conversations.state_of(case), seen=len(said))

    def _push(self, elements: dict[str, str]) -> Heard:
        if not self._waited:
            self.office.clock.forward(seconds=STEP.total_seconds())
        self._waited = False
        text = self.office.push(self.openid, **elements).removeprefix(self._sent).lstrip("\n")
        self._sent = ""
        with self.office.house.database.read() as session:
            return self._heard(session, text)

    def _heard(self, session: Session, text: str) -> Heard:
        conversation = self._conversation(session)
        push = session.scalars(
            select(ReceivedPush)
            .where(ReceivedPush.conversation_id == conversation.id)
            .order_by(ReceivedPush.id.desc())
        ).first()
        assert push is not None
        latest = messages.latest(session, conversation.id)
        said = [m for m in latest if m.push_id == push.id]
        case = conversations.open_case(session, conversation.id)
        opened, cancelled = self._compare(session, case)
        entry = next((m.entry for m in said if m.author == "bot" and m.entry), None)
        return Heard(
            text,
            conversations.state_of(case),
            entry,
            push.end or "",
            case=opened,
            cancels=cancelled,
            form={name: str(value) for name, value in (case.form if case else {}).items()},
            stored=next((m.text for m in said if m.author == "merchant"), ""),
            lists=offers_guesses(text, entry, conversation.memory),
            seen=1 if text else 0,
        )

    def _compare(self, session: Session, case: Case | None) -> tuple[str, bool]:
        """The reason of a case opened since the last turn, and whether one was called off."""
        before, self._case = self._case, case.id if case else 0
        gone = session.get(Case, before) if before and not case else None
        cancelled = gone is not None and gone.state == "cancelled"
        return (case.reason if case and case.id != before else ""), cancelled

    def _conversation(self, session: Session) -> Conversation:
        found = conversations.by_openid(session, self.openid)
        assert found is not None
        return found
