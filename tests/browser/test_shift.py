"""A worked shift: 300 merchants, 200 waiting, every page in both themes at three widths."""

import pytest
from playwright.sync_api import Page

from tests.browser.accessibility import serious
from tests.browser.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MERCHANTS, WAITING = 300, 200
FIRST_VISIT, REFRESH = 150_000, 40_000  # bytes
PAGES = (
    "", "?list=mine", "?list=waiting", "?list=closed", "c/1", "c/1/facts", "c/1/profile", "team",
    "settings", "tags", "people", "figures", "figures/wait", "quality", "learn",
    "bulk?list=waiting",
)  # fmt: skip
LOOKS = [
    (size, scheme)
    for size in ((1440, 900), (1024, 768), (390, 844))
    for scheme in ("light", "dark")
]


@pytest.fixture
def shift(world: World) -> World:
    for number in range(MERCHANTS):
        world.house.says("手机号停了保证金能退吗", openid=f"oShift{number:03}")
        if number < WAITING:
            world.house.says("转人工", openid=f"oShift{number:03}")
    return world


def sizes(page: Page) -> list[int]:
    """Bytes of each answer from now on, compressed as they came."""
    found: list[int] = []
    page.on("requestfinished", lambda request: found.append(request.sizes()["responseBodySize"]))
    return found


def test_a_shift(shift: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    seat = shift.seat("小林")
    fresh = shift.context().new_page()
    fresh.goto(f"{shift.url}/desk/login")
    weighed = sizes(fresh)
    shift.login(fresh, "李雪")
    fresh.locator("#queue").wait_for()
    fresh.wait_for_timeout(500)
    first = sum(weighed)
    parts = fresh.request.get(f"{shift.url}/desk/c/1/parts")
    reached = set()
    for number in range(WAITING // 50 + 1):
        seat.page.goto(f"{shift.url}/desk/?list=waiting&page={number}")
        reached |= {row.get_attribute("id") for row in seat.page.locator("#queue .rows li").all()}
    assert len({row for row in reached if row}) == WAITING, "every waiting case can be reached"
    seat.page.goto(f"{shift.url}/desk/c/1")
    seat.claim()
    folder = tmp_path_factory.mktemp("looks")
    troubles: list[str] = []
    for (width, height), scheme in LOOKS:
        page = shift.context((width, height), color_scheme=scheme, bypass_csp=True).new_page()
        page.goto(f"{shift.url}/desk/login")
        shift.login(page, "小林")
        page.locator("#queue").wait_for()
        for path in PAGES:
            page.goto(f"{shift.url}/desk/{path}")
            name = f"{path.replace('/', '-').replace('?', '-') or 'home'}-{width}-{scheme}.png"
            page.screenshot(path=folder / name)
            troubles += [f"{path} {width} {scheme}: {each}" for each in serious(page)]
    assert troubles == []
    assert first < FIRST_VISIT
    assert len(parts.body()) < REFRESH
