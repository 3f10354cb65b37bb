"""Numbers that Word makes by itself (一、 第一章 （一）) written into a document's text.

Headings are known by them, and they stand in no paragraph: mammoth only says that a paragraph is
an item of a list.
"""

import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from xml.etree import ElementTree as ET

MAIN, NUMBERING = "word/document.xml", "word/numbering.xml"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CHINESE = frozenset(
    {"chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting",
     "taiwaneseCounting", "taiwaneseCountingThousand", "chineseLegalSimplified"}
)  # fmt: skip
_DIGITS = "零一二三四五六七八九"
_PLACE = re.compile(r"%(\d)")
_TEN = 10


@dataclass(frozen=True, slots=True)
class _Level:
    style: str
    text: str


def with_numbers(content: bytes) -> bytes:
    """The same document, with Chinese numbers as text. Check it before: this parses XML."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if NUMBERING not in archive.namelist():
            return content
        levels = _levels(ET.fromstring(archive.read(NUMBERING)))  # noqa: S314 (no DTD: checked)
        if not any(level.style in _CHINESE for one in levels.values() for level in one):
            return content
        document = ET.fromstring(archive.read(MAIN))  # noqa: S314
        _write(document, levels)
        return _with_main(archive, ET.tostring(document, encoding="utf-8"))


def _with_main(archive: zipfile.ZipFile, document: bytes) -> bytes:
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as copy:
        for part in archive.infolist():
            # Only what mammoth reads: pictures are left out.
            if part.filename.endswith((".xml", ".rels")):
                main = part.filename == MAIN
                copy.writestr(part.filename, document if main else archive.read(part))
    return changed.getvalue()


def _levels(numbering: ET.Element) -> dict[str, list[_Level]]:
    """The levels of each list by its number."""
    shapes = {}
    for shape in numbering.iter(f"{_W}abstractNum"):
        shapes[shape.get(f"{_W}abstractNumId", "")] = [
            _Level(_value(level, "numFmt"), _value(level, "lvlText"))
            for level in shape.iter(f"{_W}lvl")
        ]
    return {
        one.get(f"{_W}numId", ""): shapes.get(_value(one, "abstractNumId"), [])
        for one in numbering.iter(f"{_W}num")
    }


def _value(parent: ET.Element, name: str) -> str:
    child = parent.find(f"{_W}{name}")
    return child.get(f"{_W}val", "") if child is not None else ""


def _write(document: ET.Element, levels: dict[str, list[_Level]]) -> None:
    counts: Counter[tuple[str, int]] = Counter()
    for paragraph in document.iter(f"{_W}p"):
        properties = paragraph.find(f"{_W}pPr")
        number = properties.find(f"{_W}numPr") if properties is not None else None
        if properties is None or number is None:
            continue
        list_, depth = _value(number, "numId"), int(_value(number, "ilvl") or 0)
        shape = levels.get(list_, [])
        if depth >= len(shape) or shape[depth].style not in _CHINESE:
            continue
        counts[list_, depth] += 1
        for deeper in range(depth + 1, len(shape)):
            counts[list_, deeper] = 0
        properties.remove(number)
        run = ET.Element(f"{_W}r")
        ET.SubElement(run, f"{_W}t").text = _label(shape, depth, counts, list_)
        paragraph.insert(1, run)


def _label(shape: list[_Level], depth: int, counts: Counter[tuple[str, int]], list_: str) -> str:
    def number(found: re.Match[str]) -> str:
        level = int(found[1]) - 1
        count = max(counts[list_, level], 1)
        chinese = 0 <= level < len(shape) and shape[level].style in _CHINESE
        return _in_chinese(count) if chinese else str(count)

    return _PLACE.sub(number, shape[depth].text)


def _in_chinese(number: int) -> str:
    """1 to 99; beyond, digits."""
    tens, ones = divmod(number, _TEN)
    if tens >= _TEN:
        return str(number)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")
