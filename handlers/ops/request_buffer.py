"""The bytes of one connection, gathered until a whole request is there.

Only the end of a request is looked for here; what it says is the server's parser's to read, and it
reads nothing else: a request is as long here as it is there, or it is refused.
"""

import re

HEAD_MAX = 32 * 1024
BODY_MAX = 12 * 1024 * 1024
"""The application refuses more, by what the head says; the webhook takes far less."""
END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n", re.IGNORECASE)
_DIGITS = 12  # more of them are too much in any case
_CHUNKED = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)


class UnacceptableRequestError(Exception):
    """What begins here is no request that we take. `status`: its first line."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class RequestBuffer:
    """`add` what came, until `whole`; then `take` one request and leave what follows it."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._searched = 0
        self._end: int | None = None
        self.cut = False
        """The body is larger than anybody may send: the head goes on without it."""
        self.expects = False
        """The sender waits for our "100 Continue" before it sends the body."""

    def __len__(self) -> int:
        return len(self._bytes)

    @property
    def in_body(self) -> bool:
        return self._end is not None

    def add(self, data: bytes) -> None:
        """Raises RefusedError."""
        self._bytes += data
        if self._end is None:
            self._look()

    def whole(self) -> bool:
        return self._end is not None and len(self._bytes) >= self._end

    def take(self) -> bytes:
        """The request. What came behind it is the beginning of the next. Raises RefusedError."""
        request = bytes(self._bytes[: self._end])
        del self._bytes[: None if self.cut else self._end]
        self._searched, self._end = 0, None
        self._look()
        return request

    def _look(self) -> None:
        at = self._bytes.find(END, max(0, self._searched - len(END)))
        self._searched = len(self._bytes)
        if at > HEAD_MAX or (at < 0 and self._searched > HEAD_MAX):
            raise UnacceptableRequestError("431 Request Header Fields Too Large")
        if at >= 0:
            self._read_head(at + len(END))

    def _read_head(self, end: int) -> None:
        head = self._bytes[:end]
        if _CHUNKED.search(head):
            raise UnacceptableRequestError("411 Length Required")
        found = _LENGTH.search(head)
        digits = found[1] if found else b"0"
        length = int(digits) if len(digits) <= _DIGITS else BODY_MAX + 1
        self.cut = length > BODY_MAX
        self._end = end if self.cut else end + length
        self.expects = not self.cut and not self.whole() and _EXPECTS.search(head) is not None
