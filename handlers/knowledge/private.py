"""What a question must not keep when it leaves its conversation: whose it is."""

import re

_NUMBER = re.compile(r"(?<!\d)\+?\d(?:[ \-]?\d){6,}(?!\d)")
_MAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_CHAT_ID = re.compile(
    r"(?P<word>微信号?|wx|vx|QQ)\s*[:：是]?\s*(?P<id>[A-Za-z0-9_\-]{5,})", re.IGNORECASE
)


def without_names(text: str) -> str:
    """Telephone and order numbers, addresses of mail and chat become stars."""
    text = _MAIL.sub("***", text)
    text = _CHAT_ID.sub(lambda found: f"{found['word']}***", text)
    return _NUMBER.sub("***", text)
