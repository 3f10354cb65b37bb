"""Texts as WeChat takes them: clean, counted in bytes, cut where a reader would pause."""

import re
import unicodedata
from collections.abc import Iterator

MAX_BYTES = 2048
"""What WeChat takes in one text, from practice (error 45002 above it); not in its documents."""
LIMIT = 2000
"""What we fill of it."""

# Everything that XML 1.0 cannot carry (https://www.w3.org/TR/xml/#charsets): one such character
# and the merchant sees "service unavailable" in place of the reply.
_ILLEGAL = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters by name, and nothing to see
_SHOWN = frozenset(map(chr, range(0xE000, 0xF900)))  # WeChat's own old faces
_CLOSING = r"[”’」』）)】》\]]*"
_PAUSES = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(rf"(?:[。！？!?；;…]+|\.(?=\s)){_CLOSING}"),
    re.compile(r"[，、,：:]|\s"),
)
_WHOLE = re.compile(
    r"<a\s[^>]*>[^<]*</a>"  # a WeChat link with its label
    r"|https?://[^\s，。！？；、）】》”<]+"
    r"|[0-9A-Za-z][0-9A-Za-z.,:@/_%+~#=&?*\-]*"  # a number, a date, a price, a word, an address
)


def clean(text: str) -> str:
    """`text` without what XML or WeChat cannot carry, with \\n line ends and no outer blank."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ILLEGAL.sub("", text).strip()


def is_blank(text: str) -> bool:
    """Would a phone show an empty bubble? Blanks, marks without a letter, and invisible letters."""
    return all(
        char in _INVISIBLE or (unicodedata.category(char)[0] in "CZM" and char not in _SHOWN)
        for char in text
    )


def size(text: str) -> int:
    """The length in UTF-8 bytes."""
    return len(text.encode())


def fit(text: str, limit: int = LIMIT) -> list[str]:
    """`text`, cleaned, in parts of at most `limit` bytes; [] when nothing is left of it.

    Cut at a paragraph, a line, a sentence end or a comma, in this order of preference, as long as
    the part does not get shorter than a third of the limit; never inside a character, and inside
    a number, a word or a link only if that alone is longer than the limit. Nothing but blanks at
    a cut is dropped. `limit` must be at least 4, the longest character.
    """
    if limit < 4:  # noqa: PLR2004 - the length of the longest UTF-8 character
        raise ValueError("a limit below 4 bytes cannot hold every character")
    rest = clean(text)
    parts = []
    while size(rest) > limit:
        cut = _cut(rest, limit)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [part for part in (*parts, rest) if part]


def _cut(text: str, limit: int) -> int:
    """Where the first part ends: an index into `text`, at least 1."""
    head = text.encode()[:limit].decode(errors="ignore")
    for pause in _PAUSES:
        ends = [m.end() for m in pause.finditer(head) if size(head[: m.end()]) * 3 >= limit]
        whole = [end for end in reversed(ends) if not _splits(text, end)]
        if whole:
            return whole[0]
    return next(_fallbacks(text, len(head)))


def _fallbacks(text: str, longest: int) -> Iterator[int]:
    """Without a pause: the last place outside a word, then outside a composed character."""
    floor = max(1, longest // 3)
    composed = [i for i in range(longest, floor, -1) if not _joined(text, i)]
    yield from (i for i in composed if not _splits(text, i))
    yield from composed
    yield longest


def _splits(text: str, index: int) -> bool:
    """Is `index` inside a link, a number or a word? Looks 300 characters to either side."""
    start = max(0, index - 300)
    found = _WHOLE.finditer(text, start, index + 300)
    return any(m.start() < index < m.end() for m in found)


def _joined(text: str, index: int) -> bool:
    """Does the character at `index` belong to the one before, as in emoji and accents?"""
    after, before = text[index : index + 1], text[index - 1]
    if before == "\u200d" or after in {"\u200d", "\ufe0f"}:
        return True
    skin = bool(after) and "\U0001f3fb" <= after <= "\U0001f3ff"
    return skin or bool(after and unicodedata.combining(after))
