"""Small real pictures, and what may hide in them."""

import base64
import struct
import zlib

PLACE = b"GPS 20.0440N 110.1999E"
"""Stands for whatever tells of a person; no picture may keep it."""


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 1, height: int = 1, *more: bytes, after: bytes = b"") -> bytes:
    """A grey one; `more` are chunks before the pixels. Only 1 × 1 has all its pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [chunk(b"IHDR", head), *more, chunk(b"IDAT", zlib.compress(b"\0\x80"))]
    return b"\x89PNG\r\n\x1a\n" + b"".join([*chunks, chunk(b"IEND", b"")]) + after


PNG = png()
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAg+Pkk+SVVVVVVVVWRdZGhoaGRkZGRoaG"
    "hwcHCDg4NwcHBoaHBwfHyDg4+Tj4eHg4eTk5ubm7q6srLZ2eD/////xABjAAEAAAAAAAAAAAAAAAAAAAAFAQEBAAAA"
    "AAAAAAAAAAAAAAABAxAAAQQDAQEAAAAAAAAAAAAAAhEAASFxsYISMhEAAAUCBwEBAAAAAAAAAAAAAEEREgFRMmFSAk"
    "NEQgSSIf/AABEIAAgACAMBEgACEgADEgD/2gAMAwEAAhEDEQA/ADbAFipQfOUtpH8DzplzWEryoi1MPm3BTvGmbv1Y"
    "+m4ZRPlD/9k="
)
"""Eight pixels wide and high."""


def exif(turned: int, order: str = "<") -> bytes:
    """What a camera writes: which way up it was held, and where that was."""
    mark = {"<": b"II", ">": b"MM"}[order]
    tiff = struct.pack(f"{order}2sHIHHHIHHI", mark, 42, 8, 1, 0x0112, 3, 1, turned, 0, 0)
    return segment(0xE1, b"Exif\0\0" + tiff + PLACE)


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", 2 + len(data)) + data


def gif(width: int = 1, height: int = 1, frames: int = 1, *more: bytes) -> bytes:
    """`more` are extensions before the frames, all of them as large as the screen."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00"
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return b"GIF89a" + screen + b"".join(more) + frame * frames + b";"
