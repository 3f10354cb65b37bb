"""Passive replies: the XML that goes back in the answer to a push. They cost no quota."""

from datetime import datetime
from typing import Protocol

from wechatpy.replies import ImageReply, TextReply

from wechat.text import MAX_BYTES, clean, size

SUCCESS = "success"
"""Tells WeChat that we have it and say nothing; goes out unencrypted in every mode."""


class Addressed(Protocol):
    """Whom a reply goes to and from whom; a `Push` has both."""

    @property
    def openid(self) -> str: ...

    @property
    def account(self) -> str: ...


def render_text(push: Addressed, text: str, now: datetime) -> str:
    """A text for whoever pushed, "success" when `text` is empty once cleaned.

    WeChat shows the merchant an error for an empty text and drops one over 2048 bytes, so a longer
    one is a ValueError: cut it with `wechat.text.fit` and send the rest by the API.
    """
    text = clean(text)
    if not text:
        return SUCCESS
    if size(text) > MAX_BYTES:
        raise ValueError("a reply over 2048 bytes would never arrive")
    return str(TextReply(content=_inert(text), **_envelope(push, now)).render())


def render_image(push: Addressed, media_id: str, now: datetime) -> str:
    """A picture uploaded before, for whoever pushed."""
    return str(ImageReply(media_id=_inert(clean(media_id)), **_envelope(push, now)).render())


def _envelope(push: Addressed, now: datetime) -> dict[str, str | int]:
    return {"source": push.account, "target": push.openid, "time": int(now.timestamp())}


def _inert(text: str) -> str:
    """wechatpy writes texts into CDATA as they are, and `]]>` would end it."""
    return text.replace("]]>", "]]]]><![CDATA[>")
