"""The XML of a push as a flat set of texts, read strictly.

Not xmltodict: it turns a repeated element into a list and a nested one into a dict, accepts a
DOCTYPE, and works through a document of any size and depth before anybody can look at it. Here the
first thing that WeChat would not write ends the reading.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from wechat.errors import MalformedPushError

MAX_BYTES = 64 * 1024
"""A text push has about 3 KiB, three times that in compatible mode."""
_MAX_DEPTH = 8
_MAX_ELEMENTS = 400
# https://www.w3.org/TR/xml/#charsets. WeChat hands on whatever a phone typed or pasted.
_FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OPENING, _CLOSING = "<Content><![CDATA[", "]]></Content>"
_TAKEN_OUT = "content-taken-out"
_SPLIT = ("]]]]><![CDATA[>", "]]>")  # how a careful writer puts the end mark into CDATA


@dataclass(slots=True)
class Fields:
    """The children of `<xml>`: those with only text, and the names of those with children."""

    texts: dict[str, str] = field(default_factory=dict)
    nested: set[str] = field(default_factory=set)

    def text(self, name: str) -> str:
        """The element's text as sent, "" when it is missing or empty."""
        if name in self.nested:
            raise MalformedPushError(f"{name} has children")
        return self.texts.get(name, "")

    def word(self, name: str) -> str:
        """The same without blanks around it, for everything that no merchant typed."""
        return self.text(name).strip()


class _Reader:
    def __init__(self) -> None:
        self.fields = Fields()
        self._path: list[str] = []
        self._elements = 0
        self._pieces: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._elements += 1
        depth = len(self._path)
        if depth >= _MAX_DEPTH or self._elements > _MAX_ELEMENTS:
            raise MalformedPushError("too deep or too many elements")
        if attributes:
            raise MalformedPushError("an attribute")
        if depth == 1:
            self._child(name)
        elif depth:
            self.fields.nested.add(self._path[1])
        elif name != "xml":
            raise MalformedPushError("the root is not <xml>")
        self._path.append(name)

    def _child(self, name: str) -> None:
        if name in self.fields.texts:
            raise MalformedPushError("an element twice")
        self.fields.texts[name] = ""
        self._pieces = []

    def data(self, data: str) -> None:
        depth = len(self._path)
        if depth == 2:  # noqa: PLR2004 - inside a child of <xml>
            self._pieces.append(data)
        elif depth == 1 and data.strip():
            raise MalformedPushError("text outside the elements")

    def end(self, name: str) -> None:
        self._path.pop()
        if len(self._path) == 1:
            self.fields.texts[name] = "".join(self._pieces)

    @staticmethod
    def doctype(*_declaration: object) -> None:
        raise MalformedPushError("a DOCTYPE")


def read_fields(body: bytes) -> Fields:
    """The fields of `body`, UTF-8 whatever it declares.

    Raises MalformedPushError on more than 64 KiB and on anything that WeChat does not write.
    """
    if len(body) > MAX_BYTES:
        raise MalformedPushError("more than 64 KiB")
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    broken = False
    try:
        body.decode()  # expat would take UTF-16 by its byte order mark, whatever it is told
        parser.Parse(body, True)  # noqa: FBT003 - expat's own signature: this is all of it
    except (UnicodeDecodeError, expat.ExpatError):
        broken = True
    if broken:
        raise MalformedPushError("not well-formed XML")
    return reader.fields


def read_typed(body: bytes) -> Fields:
    """The fields of a push that is known to be WeChat's, whatever the merchant typed into it.

    Characters that XML forbids are dropped. The text ends at the last `]]></Content>`, so that
    nothing inside it is read as a field. Raises MalformedPushError like `read_fields`.
    """
    if len(body) > MAX_BYTES:
        raise MalformedPushError("more than 64 KiB")
    xml = _FORBIDDEN.sub("", _decoded(body))
    start, end = xml.find(_OPENING), xml.rfind(_CLOSING)
    if start < 0 or end < start + len(_OPENING):
        return read_fields(xml.encode())
    content = xml[start + len(_OPENING) : end]
    around = f"{xml[:start]}<Content>{_TAKEN_OUT}</Content>{xml[end + len(_CLOSING) :]}"
    fields = read_fields(around.encode())
    if fields.texts.get("Content") != _TAKEN_OUT:
        raise MalformedPushError("Content stands inside another field")
    fields.texts["Content"] = content.replace(*_SPLIT)
    return fields


def _decoded(body: bytes) -> str:
    """UTF-8 whose emoji may stand as two halves, or in one half."""
    text = None
    try:
        halves = body.decode("utf-8", "surrogatepass")
        text = halves.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    except UnicodeDecodeError:
        pass
    if text is None:
        raise MalformedPushError("not UTF-8")
    return text
