"""An article as somebody has it (pasted, or a file), read into text."""

import re
import subprocess
import sys
from pathlib import Path, PurePath

from faq.problems import UnreadableError

BYTES_MAX = 2 * 1024 * 1024
WORD_SECONDS = 60
WORD_MEMORY = 1024 * 1024 * 1024
ROOT = Path(__file__).parents[1]
TEXTS, WORD = (".txt", ".md", ".markdown"), ".docx"
TOO_LARGE = "超过 2 MB 了，请分成几份。"
EMPTY = "里面没有文字。"
KINDS = "只认 txt、md 和 docx。请在原来的软件里另存成其中一种，或者把文字复制过来。"
NO_TEXT = "这个文件里不是文字，或者编码认不出来（只认 UTF-8 和 GBK）。请另存为 UTF-8 的 txt 再传。"
TOO_LONG = "这个 Word 文件读了一分钟还没读完，没有读。请分成几份，或者把文字复制过来。"
OLD_WORD = "这是老的 Word 格式（doc）。请用 Word 或 WPS 打开，另存为 docx 再传。"
PDF = "PDF 读不了。请打开它，把文字复制过来。"
# What a file is by its first bytes, whatever its name says.
_KNOWN = ((b"\xd0\xcf\x11\xe0", OLD_WORD), (b"%PDF", PDF), (b"{\\rtf", KINDS))
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_WORD_OR_ZIP = b"PK\x03\x04"


def read_article(name: str, content: bytes) -> str:
    """The text of an uploaded file. Raises UnreadableError with the reason, in Chinese."""
    if len(content) > BYTES_MAX:
        raise UnreadableError(TOO_LARGE)
    for start, reason in _KNOWN:
        if content.startswith(start):
            raise UnreadableError(reason)
    ending = PurePath(name).suffix.lower()
    if ending not in (*TEXTS, WORD):
        raise UnreadableError(KINDS)
    word = content.startswith(_WORD_OR_ZIP)
    if ending == WORD and not word:
        raise UnreadableError("名字是 docx，里面却不是 Word 文档。请在 Word 里另存一份再传。")
    return checked(_word(content) if word else _decoded(content))


def checked(text: str) -> str:
    """A text that somebody pasted, or that a file held."""
    if len(text.encode("utf-8", "replace")) > BYTES_MAX:
        raise UnreadableError(TOO_LARGE)
    if _CONTROL.search(text):
        raise UnreadableError(NO_TEXT)
    if not text.strip("\ufeff \t\r\n\u3000"):
        raise UnreadableError(EMPTY)
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableError(NO_TEXT)


def _word(content: bytes) -> str:
    """Read in a process of its own: within this one a hostile document would hold everybody up."""
    command = [sys.executable, "-m", "faq.docx", str(WORD_MEMORY), str(WORD_SECONDS)]
    try:
        done = subprocess.run(  # noqa: S603 (our own program)
            command, cwd=ROOT, input=content, capture_output=True, timeout=WORD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise UnreadableError(TOO_LONG) from None
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode == 0:
        return text
    raise UnreadableError(text or TOO_LONG)
