"""What a question must not keep when it leaves its conversation: whose it is."""

import hashlib
import re

from faq.matching.normalize import bare, fold, plain
from faq.secrets import mask

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


def question_key(text: str) -> str:
    """Equal for questions in the same words, whatever stands around them."""
    words = bare(plain(fold(text))).replace(" ", "")
    return hashlib.sha256((words or text).encode()).hexdigest()


def clean(text: str) -> str:
    """A merchant's words as they may be kept apart from their conversation."""
    return without_names(mask(text)).strip()
