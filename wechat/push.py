"""What WeChat told us: one push, verified and parsed, as plain values."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from wechat.errors import MalformedPushError
from wechat.quota import Opener
from wechat.xml_fields import Fields

Sealing = Literal["plain", "current", "previous"]

KEY_LENGTH = 191
"""The longest `Push.key`: what every database can put under a unique index."""

MESSAGES = frozenset(
    {"text", "image", "voice", "video", "shortvideo", "file", "location", "link", "miniprogrampage"}
)
WITH_FILE = frozenset({"image", "voice", "video", "shortvideo", "file"})
"""Messages with a file that waits at WeChat under its media id."""
_TAPS = frozenset({"click", "scancode_push", "scancode_waitmsg", "subscribe", "scan"})
"""Events that open a window of a minute; a view or a location report opens none."""

_NAME = re.compile(r"[A-Za-z0-9_@.-]{1,64}", re.ASCII)
_KIND = re.compile(r"[a-z0-9_]{1,64}", re.ASCII)
_MSG_ID = re.compile(r"[0-9]{0,20}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Push:
    """One message or event; every text is "" when WeChat did not send it.

    `kind` is the MsgType in lower case, for an event its name (`location_event` for the event that
    is called like a message); kinds nobody knows yet come as they are. `created_at` is aware UTC.
    `key` is unique per push and the same in a retry. `opens_window` is what it does to the quota.
    `sealing` is the key that decrypted it: answer with the same one.
    """

    kind: str
    openid: str
    account: str
    created_at: datetime
    key: str
    is_event: bool
    opens_window: Opener | None
    sealing: Sealing = "plain"
    msg_id: str = ""
    text: str = ""
    recognition: str = ""
    media_id: str = ""
    thumb_media_id: str = ""
    pic_url: str = ""
    """Where WeChat says the picture is. Never fetch it: anybody who has the token may write it."""
    format: str = ""
    event_key: str = ""
    menu_id: str = ""
    """The id of a tapped choice; somebody who types the same words sends none."""
    latitude: str = ""
    longitude: str = ""
    label: str = ""
    title: str = ""
    url: str = ""
    description: str = ""

    @property
    def words(self) -> str:
        """What a person can read of it: the content, a transcript, a title, a place, a menu key."""
        if self.is_event:
            return self.event_key
        return self.text or self.recognition or self.title or self.label

    def __repr__(self) -> str:
        return f"<Push {self.kind}>"


def read_push(fields: Fields, sealing: Sealing) -> Push:
    """Raises MalformedPushError when a field that every push has is missing or misshapen."""
    message = _match(_KIND, fields.word("MsgType").lower(), "MsgType")
    is_event = message == "event"
    event_key = _either(fields, "EventKey") if is_event else ""
    kind = _event_kind(fields) if is_event else message
    return Push(
        kind=kind,
        openid=_match(_NAME, fields.word("FromUserName"), "FromUserName"),
        account=_match(_NAME, fields.word("ToUserName"), "ToUserName"),
        created_at=_time(fields),
        key=_key(fields, kind, event_key, is_event=is_event),
        is_event=is_event,
        opens_window=_opens(kind, fields, is_event=is_event),
        sealing=sealing,
        msg_id=_msg_id(fields),
        text=fields.text("Content"),
        event_key=event_key,
        **_rest(fields, _OF_EVENTS if is_event else _OF_MESSAGES),
    )


_ELEMENTS = {
    "Recognition": "recognition",
    "MediaId": "media_id",
    "ThumbMediaId": "thumb_media_id",
    "PicUrl": "pic_url",
    "Format": "format",
    "bizmsgmenuid": "menu_id",
    "Title": "title",
    "Url": "url",
    "Description": "description",
    "Label": "label",
}
_OF_EVENTS = _ELEMENTS | {"Latitude": "latitude", "Longitude": "longitude"}
_OF_MESSAGES = _ELEMENTS | {"Location_X": "latitude", "Location_Y": "longitude"}


def _rest(fields: Fields, names: Mapping[str, str]) -> dict[str, str]:
    """The fields that only some pushes have, those that this one has."""
    return {names[element]: fields.word(element) for element in fields.texts if element in names}


def _event_kind(fields: Fields) -> str:
    event = _match(_KIND, fields.word("Event").lower(), "Event")
    return f"{event}_event" if event in MESSAGES else event


def _opens(kind: str, fields: Fields, *, is_event: bool) -> Opener | None:
    if is_event:
        return "tap" if kind in _TAPS else None
    if kind.startswith(("device_", "hardware_")):
        return None
    return "tap" if fields.word("bizmsgmenuid") else "message"


def _msg_id(fields: Fields) -> str:
    return _match(_MSG_ID, fields.word("MsgId") or fields.word("MsgID"), "MsgId")


def _either(fields: Fields, name: str) -> str:
    """Events exist whose EventKey has children or is long; the key only needs it to be stable."""
    return "" if name in fields.nested else fields.word(name)


def _time(fields: Fields) -> datetime:
    seconds = _match(_SECONDS, fields.word("CreateTime"), "CreateTime")
    return datetime.fromtimestamp(int(seconds), UTC)


def _key(fields: Fields, kind: str, event_key: str, *, is_event: bool) -> str:
    """MsgId alone is shared by simultaneous senders, and an event has none: WxJava's thread 333
    and the collisions of LOCATION with VIEW in one second led to these parts."""
    who = f"{fields.word('FromUserName')}:{int(fields.word('CreateTime'))}"
    msg_id = _msg_id(fields)
    if is_event:
        key = f"e:{who}:{kind}:{event_key}:{msg_id}"
    elif msg_id:
        key = f"m:{who}:{msg_id}"
    else:
        key = f"m:{who}:{kind}:{fields.texts}"
    if len(key) <= KEY_LENGTH and key.isascii():
        return key
    return f"{key[:1]}#{hashlib.sha256(key.encode(errors='replace')).hexdigest()}"


def _match(pattern: re.Pattern[str], value: str, name: str) -> str:
    if not pattern.fullmatch(value):
        raise MalformedPushError(f"{name} is missing or has a wrong shape")
    return value
