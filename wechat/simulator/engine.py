"""The simulator itself: phones on one side, the webhook and the API on the other, one memory."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from wechat.media import recognised
from wechat.simulator.credentials import Credentials, Refusal
from wechat.simulator.phones import Phone
from wechat.simulator.pushing import (
    BROKEN_NOTICE,
    ShownReply,
    UnusableReplyError,
    deliver,
    dressed,
    written,
)
from wechat.simulator.records import Called, Fault, Pushed, ShownLine, SimulatedAccount

_MEDIA_LIVES = timedelta(days=3)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """A file that a phone or the API uploaded."""

    content: bytes
    content_type: str
    at: datetime


class Simulator:
    """Safe to share between threads. `clock` returns the aware now; move it to let time pass.

    The methods that push wait for the webhook (up to 15 s when it does not answer) and return the
    record of it; whatever the webhook does, they raise nothing.
    """

    def __init__(self, settings: SimulatedAccount, clock: Callable[[], datetime] = _now) -> None:
        self.settings = settings
        self.clock = clock
        self.credentials = Credentials(settings.app_id, settings.app_secret, clock)
        self.log: list[Pushed | Called] = []
        """Everything that happened, in order."""
        self.menu: dict[str, object] | None = None
        self._phones: dict[str, Phone] = {}
        self._media: dict[str, StoredMedia] = {}
        self._faults: list[Fault] = []
        self._lock = threading.RLock()
        self._msg_ids = count(int(clock().timestamp()) * 10**7)

    # What a merchant does

    def say(self, openid: str, text: str, menu_id: str = "") -> Pushed:
        """Type a text; with `menu_id`, tap that choice of a menu message."""
        fields = {"Content": text} | ({"bizmsgmenuid": menu_id} if menu_id else {})
        return self.send(openid, "text", fields)

    def picture(self, openid: str, content: bytes) -> Pushed:
        """Send a picture, in any of the formats that `wechat.media` knows."""
        media_id = self.keep(content)
        url = f"http://mmbiz.qpic.cn/simulator/{media_id}"
        return self.send(openid, "image", {"PicUrl": url, "MediaId": media_id})

    def voice(self, openid: str, content: bytes, recognition: str = "") -> Pushed:
        """Speak. WeChat stopped transcribing, so `recognition` is usually empty."""
        fields = {"MediaId": self.keep(content), "Format": "amr", "Recognition": recognition}
        return self.send(openid, "voice", fields)

    def file(self, openid: str, content: bytes, title: str) -> Pushed:
        """Send a document, in any of the formats that `wechat.media` knows."""
        return self.send(openid, "file", {"MediaId": self.keep(content), "Title": title})

    def send(self, openid: str, kind: str, fields: dict[str, str]) -> Pushed:
        """Any kind of message, with the elements that WeChat gives it."""
        now, msg_id = self.clock(), str(next(self._msg_ids))
        with self._lock:
            phone = self.phone(openid)
            phone.wrote(now, tapped="bizmsgmenuid" in fields)
        text = fields.get("Content") or fields.get("Recognition") or fields.get("Title") or ""
        elements = {"MsgType": kind, **fields, "MsgId": msg_id}
        pushed = self._record(openid, elements, text, now)
        self._show(openid, _line(pushed, fields.get("MediaId", "")))
        return self.push(pushed)

    def event(self, openid: str, event: str, key: str = "", **fields: str) -> Pushed:
        """subscribe, unsubscribe, SCAN, CLICK, VIEW …, written as WeChat writes it."""
        now = self.clock()
        with self._lock:
            self.phone(openid).happened(event.lower(), now)
        elements = {"MsgType": "event", "Event": event, "EventKey": key, **fields}
        pushed = self._record(openid, elements, key, now)
        self._show(openid, _line(pushed, ""))
        return self.push(pushed)

    def push(self, pushed: Pushed) -> Pushed:
        """Deliver it; once more, and byte for byte the same, when called again with a record.

        Of all the replies to one push the phone shows the first, as WeChat does.
        """
        try:
            reply = deliver(self.settings, pushed)
        except UnusableReplyError:
            self._show(pushed.openid, self._notice(pushed))
            return pushed
        with self._lock:
            if reply is not None and not self._has_reply(pushed):
                self._show(pushed.openid, self._shown(pushed, reply))
        return pushed

    # What a merchant sees

    def transcript(self, openid: str, after: int = 0) -> list[ShownLine]:
        """The lines of a phone with a number above `after`, oldest first."""
        with self._lock:
            phone = self._phones.get(openid)
            return [line for line in phone.lines if line.n > after] if phone else []

    def phone(self, openid: str) -> Phone:
        """The phone of a merchant, who follows the account from the first moment."""
        with self._lock:
            return self._phones.setdefault(openid, Phone())

    def known(self, openid: str) -> Phone | None:
        with self._lock:
            return self._phones.get(openid)

    # What both sides share

    def keep(self, content: bytes) -> str:
        """Store a file; raises MediaError for one that WeChat would not take."""
        media = recognised(content)
        media_id = secrets.token_urlsafe(24)
        with self._lock:
            self._media[media_id] = StoredMedia(content, media.content_type, self.clock())
        return media_id

    def media(self, media_id: str) -> StoredMedia:
        """Raises Refusal 40007 for an unknown one and after three days."""
        with self._lock:
            kept = self._media.get(media_id)
        if kept is None or self.clock() - kept.at > _MEDIA_LIVES:
            raise Refusal(40007, "invalid media_id")
        return kept

    def break_next(self, fault: Fault) -> None:
        """Let the next calls that fit it fail. Faults are used up in the order they were given."""
        with self._lock:
            self._faults.append(replace(fault))

    def mend(self) -> None:
        """Forget all faults that are left."""
        with self._lock:
            self._faults.clear()

    def fault_for(self, path: str) -> Fault:
        """Take the fault that hits this call; one without effect when there is none."""
        with self._lock:
            for fault in self._faults:
                if path.endswith(fault.path):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
        return Fault()

    def called(self, call: Called, line: ShownLine | None = None) -> None:
        """Note an API call, and show on the phone what it put there."""
        with self._lock:
            self.log.append(call)
            if line is not None:
                self._show(call.openid, line)

    @contextmanager
    def alone(self) -> Iterator[int]:
        """Nobody else acts meanwhile; gives the number that the next record has."""
        with self._lock:
            yield len(self.log) + 1

    def _record(self, openid: str, elements: dict[str, str], text: str, now: datetime) -> Pushed:
        head = {
            "ToUserName": self.settings.original_id,
            "FromUserName": openid,
            "CreateTime": str(int(now.timestamp())),
        }
        xml = written(head | elements)
        args, body = dressed(self.settings, xml, openid, now)
        with self.alone() as number:
            pushed = Pushed(
                n=number,
                at=now,
                openid=openid,
                kind=elements["MsgType"],
                event=elements.get("Event", ""),
                msg_id=elements.get("MsgId", ""),
                text=text,
                xml=xml,
                args=args,
                body=body,
            )
            self.log.append(pushed)
        return pushed

    def _show(self, openid: str, line: ShownLine) -> None:
        with self._lock:
            lines = self.phone(openid).lines
            lines.append(replace(line, n=len(lines) + 1))

    def _has_reply(self, pushed: Pushed) -> bool:
        lines = self.phone(pushed.openid).lines
        return any(line.push == pushed.n and line.sender == "reply" for line in lines)

    def _notice(self, pushed: Pushed) -> ShownLine:
        return ShownLine(0, "wechat", "notice", BROKEN_NOTICE, self.clock(), "", push=pushed.n)

    def _shown(self, pushed: Pushed, reply: ShownReply) -> ShownLine:
        now = self.clock()
        raw, media_id = pushed.reply, reply.media_id
        return ShownLine(0, "reply", reply.kind, reply.text, now, raw, media_id, pushed.n)


def _line(pushed: Pushed, media_id: str) -> ShownLine:
    kind = pushed.event or pushed.kind
    return ShownLine(0, "phone", kind, pushed.text, pushed.at, pushed.xml, media_id, pushed.n)
