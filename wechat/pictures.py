"""Pictures without what is in them besides: where and by whom they were taken, what follows them.

Also the end of pictures that ask a browser for gigabytes by a few bytes. The parts of a file are
walked and nothing is decoded, so that hostile data meets no decoder of ours.
"""

import re
import struct
from collections.abc import Iterator

from wechat.errors import MediaError

PIXELS_MAX = 50_000_000
"""What the largest phone cameras give; a browser takes four bytes for each."""
MOVING_PIXELS_MAX = 20 * PIXELS_MAX
"""All frames of a moving picture together."""
SCANS_MAX = 100

_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    b"IHDR PLTE tRNS IDAT IEND acTL fcTL fdAT gAMA cHRM sRGB iCCP sBIT pHYs bKGD".split()
)
_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
# APP0 is JFIF, APP2 the colour profile (and places of further pictures), APP14 Adobe's colours.
_JPEG_DROPPED = frozenset({*range(0xE1, 0xF0), 0xFE} - {0xE2, 0xEE})
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_SOI, _EOI, _SOS, _APP1, _APP2 = b"\xff\xd8", 0xD9, 0xDA, 0xE1, 0xE2
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_EXIF = b"Exif\x00\x00"
_UPRIGHT = 1
_ON_ITS_SIDE = range(5, 9)
_GIF_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def stripped(content: bytes, content_type: str) -> bytes:
    """The picture alone. Raises MediaError for one that is broken or far too large."""
    try:
        return _WALKS[content_type](content)
    except (IndexError, struct.error, ValueError):
        raise MediaError("a broken picture", "这张图片是坏的，打不开。") from None


def size(content: bytes, content_type: str) -> tuple[int, int]:
    """Width and height as a browser shows a picture that `stripped` gave; (0, 0) for no picture."""
    if content_type == "image/png":
        return _pair(">II", content, 16)
    if content_type == "image/gif":
        return _pair("<HH", content, 6)
    return _jpeg_size(content) if content_type == "image/jpeg" else (0, 0)


def _pair(form: str, data: bytes, at: int) -> tuple[int, int]:
    first, second = struct.unpack_from(form, data, at)
    return first, second


def _jpeg_size(data: bytes) -> tuple[int, int]:
    turned = _UPRIGHT
    for marker, piece in _segments(data):
        if marker == _APP1 and piece[4:].startswith(_EXIF):
            turned = _orientation(piece[4 + len(_EXIF) :])
        if marker in _JPEG_SIZES:
            height, width = _pair(">HH", piece, 5)
            return (height, width) if turned in _ON_ITS_SIDE else (width, height)
    return 0, 0


def _check(width: int, height: int, frames: int = 1) -> None:
    area = width * height
    if not (area and frames):
        raise ValueError
    if area > PIXELS_MAX or area * frames > MOVING_PIXELS_MAX:
        raise MediaError("too many pixels", "图片的尺寸太大了，请缩小或截取需要的部分再发。")


def _png(data: bytes) -> bytes:
    out, frames, size, at = bytearray(_PNG_HEAD), 1, (0, 0), len(_PNG_HEAD)
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise ValueError
        if kind == b"IHDR":
            size = struct.unpack_from(">II", data, at + 8)
        elif kind == b"acTL":
            (frames,) = struct.unpack_from(">I", data, at + 8)
        if kind in _PNG_KEPT:
            out += data[at:end]
        at = end
        if kind == b"IEND":
            _check(*size, frames)
            return bytes(out)


def _jpeg(data: bytes) -> bytes:
    out, turned, sized, scans = bytearray(), _UPRIGHT, False, 0
    for marker, piece in _segments(data):
        if marker in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", piece, 5)
            _check(width, height)
            sized = True
        scans += marker == _SOS
        if scans > SCANS_MAX or (scans and not sized):
            raise ValueError
        if marker == _APP1 and piece[4:].startswith(_EXIF):
            turned = _orientation(piece[4 + len(_EXIF) :])
        profile = marker != _APP2 or piece[4:].startswith(b"ICC_PROFILE\x00")
        if marker not in _JPEG_DROPPED and profile:
            out += piece
    if not scans:
        raise ValueError
    return _SOI + _exif(turned) + bytes(out) + bytes([0xFF, _EOI])


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each part, up to the end of the first picture."""
    at = len(_SOI)
    while at < len(data):
        if data[at] != 0xFF:  # noqa: PLR2004 (where every marker begins)
            raise ValueError
        marker = data[at + 1]
        if marker == _EOI:
            return
        if marker == 0xFF:  # noqa: PLR2004 (a byte that only fills)
            at += 1
            continue
        end = at + 2
        if marker not in _JPEG_ALONE:
            (length,) = struct.unpack_from(">H", data, at + 2)
            end += length
            if length < 2 or end > len(data):  # noqa: PLR2004 (it counts its own two bytes)
                raise ValueError
        if marker == _SOS:
            following = _AFTER_SCAN.search(data, end)
            end = following.start() if following else len(data)
        yield marker, data[at:end]
        at = end


def _orientation(tiff: bytes) -> int:
    """Which way up the camera was held: the one thing in it that the picture needs."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return _UPRIGHT
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for number in range(count):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * number)
            if (tag, kind) == (0x0112, 3):
                return int(value)
    except struct.error:
        pass
    return _UPRIGHT


def _exif(turned: int) -> bytes:
    """Which way up, and nothing else; nothing at all for an upright picture."""
    if turned not in range(2, 9):
        return b""
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, turned, 0, 0)
    return struct.pack(">BBH", 0xFF, _APP1, 2 + len(_EXIF) + len(tiff)) + _EXIF + tiff


def _gif(data: bytes) -> bytes:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + _colours(flags)
    out, frames = bytearray(data[:at]), 0
    while at < len(data) and data[at : at + 1] != b";":
        start, kind = at, data[at]
        if kind == 0x21:  # noqa: PLR2004 (an extension)
            at = _blocks(data, at + 2)
            said = data[start + 3 : start + 14]
            kept = data[start + 1] == 0xF9 or (data[start + 1] == 0xFF and said in _GIF_KEPT)  # noqa: PLR2004
        elif kind == 0x2C:  # noqa: PLR2004 (a frame)
            left, top, wide, high, flags = struct.unpack_from("<HHHHB", data, at + 1)
            width, height = max(width, left + wide), max(height, top + high)
            at, kept, frames = _blocks(data, at + 11 + _colours(flags)), True, frames + 1
        else:
            raise ValueError
        if kept:
            out += data[start:at]
    _check(width, height, frames)
    return bytes(out) + b";"


def _colours(flags: int) -> int:
    """Bytes of the table of colours that these flags tell of."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(data: bytes, at: int) -> int:
    """Where a row of blocks ends, each with its length before it."""
    while data[at]:
        at += 1 + data[at]
    return at + 1


_WALKS = {"image/png": _png, "image/jpeg": _jpeg, "image/gif": _gif}
