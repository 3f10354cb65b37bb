"""The figures after ninety days: on screen and paper every word of a chart is inside its frame."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from storage.database import Database
from tests.browser.conftest import World, now
from tests.conftest import Clock
from tests.installed import build_house

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DAYS, STEP = 90, 3
SAID = (
    ("保证金怎么退", "下一步", "页面不一样", "卡住了"),
    ("怎么关店", "下一步", "下一步", "卡住了"),
    ("手机号停了保证金能退吗", "下一步", "页面不一样"),
    ("水族箱的水怎么养", "不是这个"),
    ("手机号停了保证金能退吗", "转人工"),
)
OUTSIDE = """() => [...document.querySelectorAll("svg.chart")].flatMap(chart => {
  const frame = chart.getBoundingClientRect();
  const bars = [...chart.querySelectorAll("rect")].map(each => each.getBoundingClientRect());
  return [...chart.querySelectorAll("text")].filter(text => {
    const box = text.getBoundingClientRect();
    const out = box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1;
    return out || bars.some(bar => bar.width && bar.left < box.right && bar.right > box.left &&
                                   bar.top < box.bottom - 4 && bar.bottom > box.top + 4);
  }).map(text => `${chart.querySelector("title").textContent}: ${text.textContent}`);
})"""


@pytest.fixture
def sqlite_file(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """What `world` runs on: a quarter of a small firm."""
    shutil.copy(sqlite_template, tmp_path / "dianban.db")
    database = Database(f"sqlite:///{tmp_path / 'dianban.db'}")
    clock = Clock()
    house = build_house(database, clock, tmp_path)
    for day in range(DAYS, 0, -STEP):
        clock.now = now() - timedelta(days=day)
        for words in SAID[day // STEP % len(SAID)]:
            house.says(words, openid=f"oDay{day:02}")
            clock.forward(minutes=1)
    yield database
    database.close()


def outside(page: Page) -> list[str]:
    """Words that leave their chart or lie on a bar."""
    found: list[str] = page.evaluate(OUTSIDE)
    return found


def test_every_word_is_inside_its_chart(world: World) -> None:
    page = world.seat("小林").page
    page.goto(f"{world.url}/desk/figures?days=90")
    assert page.locator("svg.chart").count() >= 5
    assert outside(page) == []
    page.emulate_media(media="print")
    assert outside(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(media="screen")
    assert outside(page) == []
