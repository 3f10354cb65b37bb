"""Pictures are kept without places and names, and never as bombs."""

import struct

import pytest

from tests.pictures import JPEG, PLACE, PNG, chunk, exif, gif, png, segment
from wechat.errors import MediaError
from wechat.media import picture, recognised
from wechat.pictures import PIXELS_MAX, stripped

HEAD, REST = JPEG[:20], JPEG[20:]
XMP = b"http://ns.adobe.com/xap/1.0/\0" + PLACE
SIDE = int(PIXELS_MAX**0.5) + 1


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_photograph_loses_its_place_and_stays_the_right_way_up(order: str) -> None:
    taken = HEAD + exif(6, order) + segment(0xE1, XMP) + segment(0xED, PLACE) + REST
    kept = recognised(taken + taken).content
    assert PLACE not in kept
    assert kept.count(b"\xff\xd9") == 1
    assert struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) in kept
    assert stripped(kept, "image/jpeg") == kept
    assert b"Exif" not in recognised(HEAD + exif(1) + REST).content


def test_colours_stay() -> None:
    profile, gains = segment(0xE2, b"ICC_PROFILE\0\1\1x"), segment(0xE2, b"MPF\0" + PLACE)
    kept = stripped(HEAD + profile + gains + REST, "image/jpeg")
    assert profile in kept
    assert PLACE not in kept


def test_other_pictures_lose_it_too() -> None:
    hidden = [chunk(kind, b"x\0" + PLACE) for kind in (b"tEXt", b"eXIf", b"iTXt", b"zTXt")]
    assert stripped(png(1, 1, *hidden, after=PLACE), "image/png") == PNG
    again = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
    said = b"!\xfe" + bytes([len(PLACE)]) + PLACE + b"\0"
    assert stripped(gif(1, 1, 2, again, said) + PLACE, "image/gif") == gif(1, 1, 2, again)


def sized(width: int, height: int) -> bytes:
    at = JPEG.index(b"\xff\xc0") + 5
    return JPEG[:at] + struct.pack(">HH", height, width) + JPEG[at + 4 :]


@pytest.mark.parametrize(
    "bomb",
    [
        png(SIDE, SIDE),
        png(0x7FFFFFFF, 1),
        sized(SIDE, SIDE),
        gif(SIDE, SIDE),
        gif(5000, 5000, 41),
        png(5000, 5000, chunk(b"acTL", struct.pack(">II", 41, 0))),
    ],
)
def test_a_bomb_is_refused(bomb: bytes) -> None:
    for way in (recognised, picture):
        with pytest.raises(MediaError) as caught:
            way(bomb)
        assert "尺寸太大" in caught.value.explanation


@pytest.mark.parametrize(
    "broken",
    [
        PNG[:8],
        PNG[:-1],
        png(0, 1),
        JPEG[:3],
        JPEG[:30],
        HEAD + REST[: REST.index(b"\xff\xda")],
        sized(8, 0),
        gif()[:12],
        gif()[:-4],
        b"GIF89a" + b"x" * 40,
        b"\x89PNG\r\n\x1a\n" + bytes(64),
    ],
)
def test_what_is_broken_is_refused_in_words(broken: bytes) -> None:
    with pytest.raises(MediaError) as caught:
        recognised(broken)
    assert "坏的" in caught.value.explanation


@pytest.mark.parametrize("content", [JPEG, PNG, gif(3, 2, 2)])
def test_a_clean_picture_stays_as_it_is(content: bytes) -> None:
    assert recognised(content).content == content.replace(b"\xff\xfe\x00\x10Lavc59.37.100\0", b"")


def test_the_size_is_that_which_a_browser_shows() -> None:
    wide = bytearray(HEAD + exif(6) + REST)
    at = wide.index(b"\xff\xc0") + 5
    wide[at : at + 4] = struct.pack(">HH", 30, 40)
    assert recognised(bytes(wide)).shown == (30, 40), "taken on its side"
    assert recognised(JPEG).shown == (8, 8)
    assert recognised(png(3, 2)).shown == (3, 2)
    assert recognised(gif(5, 4)).shown == (5, 4)
    assert recognised(b"%PDF-1.7").shown == (0, 0)
