"""The text of a Word document: mammoth, run as a process of its own.

A hostile file may unpack to gigabytes or nest without end. What can be counted is counted before
anything is parsed; the process around it bounds memory and time.
"""

import io
import os
import resource
import sys
import zipfile
from contextlib import suppress
from html.parser import HTMLParser
from xml.parsers import expat

import mammoth

from faq.problems import UnreadableError
from faq.word_numbers import with_numbers

UNPACKED_MAX = 20 * 1024 * 1024
PARTS_MAX = 2000
NICE = 10
ELEMENTS_MAX = 400_000
DEPTH_MAX = 60  # a table in a table in a table takes 20; deeper is no text that anybody wrote
MAIN = "word/document.xml"
BROKEN = "这个 Word 文件打不开，可能没有存完整。请在 Word 里另存一份再传，或者把文字复制过来。"
LOCKED = "这个 Word 文件设了密码，请去掉密码再传。"
HOSTILE = "这个 Word 文件的结构不正常，没有读。请把文字复制过来。"
TOO_LARGE = "这个 Word 文件展开以后超过 20 MB，多半是图片太大。请去掉图片再传，或者只复制文字。"
NOT_WORD = "这是压缩包，不是 Word 文档（docx）。请先解压，再传里面的文档。"
PICTURE = "（原文这里有一张图片）"


def read_docx(content: bytes) -> str:
    """Its lines: headings as `# …`, items as `1. …` and `- …`, rows as `| … |`.

    Raises UnreadableError, in Chinese.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check(archive)
        readable = with_numbers(content)
        page = mammoth.convert_to_html(
            io.BytesIO(readable), convert_image=mammoth.images.img_element(lambda _: {"src": ""})
        ).value
    except (zipfile.BadZipFile, expat.ExpatError, KeyError, ValueError, AttributeError, OSError):
        raise UnreadableError(BROKEN) from None
    except (RecursionError, MemoryError, OverflowError):
        raise UnreadableError(HOSTILE) from None
    lines = _Lines()
    lines.feed(page)
    lines.close()
    return "\n".join(lines.found)


def _check(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableError(LOCKED)
    if MAIN not in archive.namelist():
        raise UnreadableError(NOT_WORD)
    if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > UNPACKED_MAX:
        raise UnreadableError(TOO_LARGE)
    elements = 0
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            # No more than `file_size` is ever unpacked, and the sum must be right: a lie is found.
            elements += _elements(archive.read(part))
    if elements > ELEMENTS_MAX:
        raise UnreadableError(TOO_LARGE)


def _elements(part: bytes) -> int:
    """How many there are. No entities, and no depth that a writer would not reach."""
    depth = count = 0

    def began(_: str, __: object) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > DEPTH_MAX:
            raise UnreadableError(HOSTILE)

    def ended(_: str) -> None:
        nonlocal depth
        depth -= 1

    def declared(*_: object) -> None:
        raise UnreadableError(HOSTILE)

    parser = expat.ParserCreate()
    parser.StartElementHandler = began
    parser.EndElementHandler = ended
    parser.StartDoctypeDeclHandler = declared
    parser.Parse(part, True)  # noqa: FBT003 (the C function takes it by position)
    return count


class _Lines(HTMLParser):
    """mammoth's HTML as lines."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._line = ""
        self._lists: list[int] = []  # the number of the last item; -1 where there are dots
        self._cells: list[str] | None = None
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._end_line()
        if tag in _HEADINGS:
            self._line = "# "
        elif tag == "li":
            self._line = self._item()
        elif tag == "tr":
            self._cells = []
        elif tag == "img":
            self._line += PICTURE
        elif tag in ("ol", "ul"):
            self._lists.append(0 if tag == "ol" else -1)
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def _item(self) -> str:
        if len(self._lists) != 1 or self._lists[-1] < 0:
            return "- "
        self._lists[-1] += 1
        return f"{self._lists[-1]}. "

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cells is not None:
            self._cells.append(self._line.strip())
            self._line = ""
        elif tag == "tr":
            self._end_row()
        elif tag == "a" and self._links:
            to = self._links.pop()
            if to.startswith("http") and not self._line.endswith(to):
                self._line += f"（{to}）"
        elif tag in ("ol", "ul") and self._lists:
            self._end_line()
            self._lists.pop()
        elif tag in _BLOCKS:
            self._end_line()

    def handle_data(self, data: str) -> None:
        self._line += data.replace("\n", " ").replace("\t", " ")

    def _end_line(self) -> None:
        if self._cells is not None:
            self._line = f"{self._line} " if self._line.strip() else ""
            return
        if self._line.strip("# ") and self._line.strip() not in ("-", ""):
            self.found.append(self._line.strip())
        self._line = ""

    def _end_row(self) -> None:
        cells, self._cells = self._cells or [], None
        if any(cells):
            self.found.append("| " + " | ".join(cells) + " |")

    def close(self) -> None:
        super().close()
        self._end_line()


_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset({*_HEADINGS, "p", "li", "tr", "ol", "ul", "br"})


def main(memory: int, seconds: int) -> int:
    """The child: a document on its input, its text on its output, or the reason and 1."""
    os.nice(NICE)
    with suppress(ValueError, OSError):  # macOS refuses to bound the address space
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        text, code = read_docx(sys.stdin.buffer.read()), 0
    except UnreadableError as error:
        text, code = str(error), 1
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
