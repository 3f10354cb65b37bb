"""A worked shift: 300 merchants, 200 waiting, three consultants, a lead and two phones."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Locator, Page, expect

from storage.database import Database
from storage.queries import conversations
from tests.browser.accessibility import serious
from tests.browser.conftest import WIDE, ConsultantPage, Phone, World, now
from tests.installed import build_house

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MERCHANTS, WAITING, LONG = 300, 200, 150
FIRST_VISIT, REFRESH = 150_000, 40_000  # bytes
PHONE = (390, 844)
PAGES = (
    "", "?list=mine", "?list=waiting", "?list=closed", "c/1", "c/1/facts", "c/1/profile", "team",
    "settings", "tags", "people", "figures", "figures/wait", "quality", "learn",
    "bulk?list=waiting",
)  # fmt: skip
WEAK = {"latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 20_000}
"""A train's: 0.4 s there and back, 50 kB a second at best."""
NAMELESS = re.compile(r"^\s*- (?:button|link|textbox|checkbox|combobox|searchbox|img)(?! \")")


@pytest.fixture(scope="module")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of the shift instead of an empty one; the first merchant has said a lot."""
    path = tmp_path_factory.mktemp("shift") / "shift.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    house = build_house(database, now, path.parent)
    for number in range(MERCHANTS):
        house.says("手机号停了保证金能退吗", openid=f"oShift{number:03}")
        if number < WAITING:
            house.says("转人工", openid=f"oShift{number:03}")
    for number in range(LONG):
        house.says(f"保证金怎么退，第 {number} 次问", openid="oShift000")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def shift(world: World) -> World:
    for name in ("王敏", "陈晨"):
        world.house.consultant(name)
    return world


def id_of(world: World, openid: str) -> int:
    with world.house.database.read() as session:
        found = conversations.by_openid(session, openid)
        assert found is not None
        return found.id


def sit_before(world: World, seat: ConsultantPage, phone: str) -> None:
    seat.page.goto(f"{world.url}/desk/c/{id_of(world, f'oSandbox-{phone}')}")
    seat.thread().wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, (1024, 768), PHONE])
def test_every_page_in_every_look(
    shift: World, size: tuple[int, int], scheme: str, tmp_path: Path
) -> None:
    page = shift.seat("小林", size, color_scheme=scheme, bypass_csp=True).page
    page.goto(f"{shift.url}/desk/c/1")
    page.locator("[data-claim], .bottom-claim button").locator("visible=true").click()
    page.locator("#composer").wait_for()
    troubles: list[str] = []
    for path in PAGES:
        page.goto(f"{shift.url}/desk/{path}")
        name = path.replace("/", "-").replace("?", "-") or "home"
        page.screenshot(path=tmp_path / f"{name}.png")
        troubles += [f"{path}: {each}" for each in (*serious(page), *wide(page))]
    assert troubles == []


def wide(page: Page) -> list[str]:
    """A page that scrolls sideways."""
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{over} px too wide"] if over > 0 else []


def test_every_waiting_case_can_be_reached(shift: World) -> None:
    seat = shift.seat("小林")
    reached = set()
    for number in range(WAITING // 50 + 1):
        seat.page.goto(f"{shift.url}/desk/?list=waiting&page={number}")
        reached |= {row.get_attribute("id") for row in seat.page.locator("#queue .rows li").all()}
    assert len({row for row in reached if row}) == WAITING


def weigh(page: Page) -> list[int]:
    """Bytes of each answer from now on, with its headers, as they came over the wire."""
    found: list[int] = []
    net = page.context.new_cdp_session(page)
    net.send("Network.enable")
    net.on("Network.loadingFinished", lambda answer: found.append(answer["encodedDataLength"]))
    return found


def test_the_first_visit_is_light(shift: World) -> None:
    page = shift.context().new_page()
    weighed = weigh(page)
    page.goto(f"{shift.url}/desk/login")
    shift.login(page, "李雪")
    page.locator("#queue").wait_for()
    page.wait_for_load_state("load")
    assert 20_000 < sum(weighed) < FIRST_VISIT


@pytest.mark.parametrize("back", [0, 3], ids=["as it opens", "after scrolling up"])
def test_a_refresh_of_a_long_conversation_is_light(shift: World, back: int) -> None:
    seat = shift.seat("李雪")
    seat.page.goto(f"{shift.url}/desk/c/{id_of(shift, 'oShift000')}")
    seat.claim()
    shown = seat.thread().locator("li.said-by")
    for _ in range(back):
        before = shown.count()
        seat.page.locator("#scroll").evaluate("e => e.scrollTo(0, 0)")
        expect(shown).not_to_have_count(before)
    # What the seat did itself is followed by one refresh of every line, which may still be due.
    shift.house.says("有人吗", openid="oShift000")
    expect(seat.thread()).to_contain_text("有人吗")
    with seat.page.expect_response(re.compile(r"/parts\?from=")) as refreshed:
        shift.house.says("还在吗", openid="oShift000")
    assert 2_000 < refreshed.value.request.sizes()["responseBodySize"] < REFRESH
    expect(seat.thread()).to_contain_text("还在吗")
    seat.page.locator("#scroll").evaluate("e => e.scrollTo(0, 0)")
    expect(shown).not_to_have_count(40)
    numbers = seat.page.eval_on_selector_all("#thread li", "all => all.map(e => e.id)")
    assert len(numbers) == len(set(numbers)), "nothing stands there twice"
    said = [int(each[1:]) for each in numbers if each.startswith("m")]
    assert said == sorted(said)
    assert len(said) >= 40 * (back + 1), "what was scrolled up to stays"


def test_three_consultants_and_a_lead_share_two_phones(shift: World) -> None:
    a, b = shift.waiting("a"), shift.waiting("b")
    li, wang = shift.seat("李雪"), shift.seat("王敏", (1024, 768), color_scheme="dark")
    chen = shift.seat("陈晨", PHONE, has_touch=True, is_mobile=True)
    lead = shift.seat("小林", color_scheme="dark")
    for seat, phone, name in ((li, a, "a"), (wang, b, "b")):
        sit_before(shift, seat, name)
        seat.claim()
        seat.write(f"您好，我来看 {name}")
        phone.sees(f"我来看 {name}")
    hand_over(shift, lead, of="王敏", to="陈晨")
    expect(chen.page.locator("#told")).to_contain_text("把 商家 boxb 转给了你")
    expect(wang.page.locator("#foot")).to_contain_text("陈晨 在接待")
    sit_before(shift, chen, "b")
    chen.page.fill("#text", "我接着看")
    chen.page.locator(".send").tap()
    b.sees("我接着看")
    take_over(shift, lead, "a")
    expect(li.page.locator("#told")).to_contain_text("小林 接手了 商家 boxa")
    expect(li.page.locator("#composer")).to_have_count(0)
    lead.write("我来处理")
    a.sees("我来处理")
    assert said_to(a) == ["您好，我来看 a", "我来处理"]
    assert said_to(b) == ["您好，我来看 b", "我接着看"]


def hand_over(world: World, lead: ConsultantPage, *, of: str, to: str) -> None:
    lead.page.goto(f"{world.url}/desk/team")
    card = card_of(lead, of)
    expect(card).to_contain_text("手上 1")
    card.locator("details > summary").click()
    card.get_by_label("交给").select_option(to)
    card.get_by_role("button", name="移交").click()
    expect(card_of(lead, to)).to_contain_text("手上 1")


def card_of(lead: ConsultantPage, name: str) -> Locator:
    return lead.page.locator("li.card").filter(has=lead.page.locator("b", has_text=name))


def take_over(world: World, lead: ConsultantPage, phone: str) -> None:
    sit_before(world, lead, phone)
    lead.page.once("dialog", lambda asked: asked.accept())
    lead.page.get_by_role("button", name="接手").click()
    lead.page.locator("#composer").wait_for()


def said_to(phone: Phone) -> list[str]:
    """What consultants said, as the phone shows it."""
    shown = phone.bubbles().all_inner_texts()
    return [text for text in shown if "我" in text and len(text) < 12]


def test_on_a_weak_net_nothing_is_lost_and_nothing_comes_twice(shift: World) -> None:
    phone = shift.waiting("a")
    seat = shift.seat("李雪")
    sit_before(shift, seat, "a")
    net = seat.page.context.new_cdp_session(seat.page)
    weaken(net)
    seat.claim()
    seat.write("弱网里先说一句我在")
    phone.sees("弱网里先说一句我在")
    for spell in range(3):
        weaken(net, offline=True)
        seat.write(f"断网 {spell} 我还在写")
        expect(seat.state_of(f"断网 {spell} 我还在写")).to_contain_text("还没发出")
        seat.page.wait_for_timeout(2500)  # a beat of the open stream comes every two seconds
        expect(seat.page.locator("#trouble")).to_be_visible()
        phone.say(f"还在吗 {spell}")
        weaken(net)
        phone.sees(f"断网 {spell} 我还在写")
        expect(seat.thread()).to_contain_text(f"还在吗 {spell}")
        expect(seat.page.locator("#trouble")).not_to_be_visible()
    assert said_to(phone) == ["弱网里先说一句我在", *(f"断网 {n} 我还在写" for n in range(3))]


def weaken(net: CDPSession, *, offline: bool = False) -> None:
    net.send("Network.enable")
    net.send("Network.emulateNetworkConditions", WEAK | {"offline": offline})


def test_what_a_screen_reader_reads(shift: World) -> None:
    shift.waiting("a")
    seat = shift.seat("小林")
    sit_before(shift, seat, "a")
    seat.claim()
    page = seat.page
    seat.write("您好")
    expect(page.get_by_role("status").filter(has_text="还可发 4 条")).to_be_visible()
    shift.house.says("页面不一样", openid="oSandbox-a")
    mine = re.compile(r"等你处理 ?商家 boxa 欠回 .*页面不一样")
    expect(page.get_by_role("link", name=mine)).to_be_visible()
    waits = re.compile(r"等你处理 ?商家 t001 .*手机号停了保证金能退吗.*要人工")
    expect(page.get_by_role("link", name=waits)).to_be_attached()
    for name in ("结束", "更多"):
        expect(page.locator("summary").filter(has_text=name)).to_be_visible()
    expect(page.get_by_role("textbox", name="回复商家")).to_have_accessible_description(
        re.compile("还可发 5 条.*Enter 发送")
    )
    for path in PAGES:
        page.goto(f"{shift.url}/desk/{path}")
        lines = page.locator("body").aria_snapshot().splitlines()
        assert (path, [line for line in lines if NAMELESS.match(line)]) == (path, [])
