"""Quick replies in the composer: filled, asked for, with a picture behind the text."""

import struct
import zlib

from playwright.sync_api import expect

from handlers import media_files
from storage.models.desk import QuickReply
from tests.browser.conftest import World, now


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00\x07\xc1\x60")
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def test_what_is_not_known_is_asked_for_and_the_picture_follows(world: World) -> None:
    file = media_files.store(world.house.context.firm, png(), ".png")
    with world.house.database.write() as session:
        session.add(
            QuickReply(
                title="办公室", text="{商家称呼}您好，我是{顾问}，地址见图", created_at=now(),
                picture=file, picture_type="image/png",
            )
        )  # fmt: skip
    phone = world.waiting()
    seat = world.seat("小林")
    seat.open("商家 boxa")
    seat.claim()
    seat.page.locator("#text").press_sequentially("/bgs")
    seat.page.locator("#quick [role=option]").first.wait_for()
    seat.page.press("#text", "Enter")
    blank = seat.page.get_by_label("商家称呼")
    blank.fill("王姐")
    blank.press("Enter")
    expect(seat.page.locator("#text")).to_have_value("王姐您好，我是小林，地址见图")
    expect(seat.page.locator("#attached img")).to_be_visible()
    seat.page.press("#text", "Enter")
    phone.sees("王姐您好，我是小林，地址见图")
    phone.page.locator(".line:not(.mine) img").last.wait_for()
    expect(seat.page.locator("#attached")).to_be_hidden()
    said = seat.thread().locator(".consultant .text")
    expect(said.first).to_have_text("王姐您好，我是小林，地址见图")
    expect(said.nth(1).locator("img")).to_be_visible()
