"""Real Chromium against the real program: desk, phone page, webhook and a simulator for WeChat."""

import queue
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from faq.bank import Button
from handlers import api, desk, sandbox
from handlers.app import create_app
from handlers.desk.live import NAME, Hub
from handlers.inbound import webhook
from handlers.knowledge import publications, published_bank
from handlers.outbound import sender
from storage.database import Database
from tests.conftest import need
from tests.full_stack import serving
from tests.installed import ACCOUNT, AES_KEY, APP_ID, PASSWORD, SECRET, TOKEN, House, build_house
from tests.knowledge.water import put_in_force
from wechat.simulator import Server, SimulatedAccount, Simulator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
WIDE, NARROW = (1440, 900), (390, 844)
MENU = (Button("退保证金", "deposit-refund"), Button("联系顾问", "human"))
SECONDS = 15_000  # of patience, in milliseconds: a loaded machine is no failure


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        need("Chromium is missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Phone:
    """A merchant's WeChat."""

    page: Page

    def say(self, text: str) -> None:
        self.page.fill("#text", text)
        self.page.press("#text", "Enter")
        self.page.locator(".line.mine").get_by_text(text, exact=True).last.wait_for()

    def ask(self, text: str) -> str:
        """Say it and wait for the answer."""
        before = self.bubbles().count()
        self.say(text)
        self.bubbles().nth(before).wait_for()
        return self.bubbles().last.inner_text()

    def bubbles(self) -> Locator:
        """What came from the account."""
        return self.page.locator(".line:not(.mine) .bubble")

    def sees(self, text: str) -> None:
        self.page.locator("#chat").get_by_text(text).last.wait_for()


@dataclass
class ConsultantPage:
    """A consultant in front of the desk."""

    page: Page

    def open(self, name: str) -> None:
        """A conversation of the list, by what the list calls it."""
        self.page.locator("#queue .rows").get_by_text(name).first.click()
        self.page.locator("#thread").wait_for()

    def claim(self) -> None:
        self.page.locator("[data-claim], .bottom-claim button").locator("visible=true").click()
        self.page.locator("#composer").wait_for()

    def write(self, text: str) -> None:
        self.page.fill("#text", text)
        self.page.press("#text", "Enter")

    def thread(self) -> Locator:
        return self.page.locator("#thread")

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).locator("visible=true").last.wait_for()

    def state_of(self, text: str) -> Locator:
        return self.thread().locator(".consultant").filter(has_text=text).locator(".sent")


@dataclass
class World:
    """The program with its merchants and consultants."""

    url: str
    house: House
    simulator: Simulator
    browser: Browser
    contexts: list[BrowserContext]

    def context(self, size: tuple[int, int] = WIDE, **more: object) -> BrowserContext:
        width, height = size
        made = self.browser.new_context(
            viewport={"width": width, "height": height},
            **more,  # type: ignore[arg-type]
        )
        made.set_default_timeout(SECONDS)
        self.contexts.append(made)
        return made

    def phone(self, who: str = "a", size: tuple[int, int] = (390, 844), **more: object) -> Phone:
        page = self.context(size, **more).new_page()
        page.goto(f"{self.url}/?who={who}")
        page.click("#back")  # the page opens with the menu
        return Phone(page)

    def seat(self, name: str, size: tuple[int, int] = WIDE, **more: object) -> ConsultantPage:
        page = self.context(size, **more).new_page()
        page.goto(f"{self.url}/desk/")
        self.login(page, name)
        page.locator("#queue").wait_for()
        return ConsultantPage(page)

    def login(self, page: Page, name: str) -> None:
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.click("button.main")

    def waiting(self, who: str = "a") -> Phone:
        """A merchant who asked for a human."""
        phone = self.phone(who)
        phone.ask("手机号停了保证金能退吗")
        phone.ask("转人工")
        return phone


@contextmanager
def background(house: House) -> Iterator[Callable[[int], None]]:
    """Delivers what is rung for, on a thread, as the job queue does."""
    bells: queue.Queue[int | None] = queue.Queue()

    def work() -> None:
        while (conversation_id := bells.get()) is not None:
            sender.deliver(house.context, conversation_id)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield bells.put
    finally:
        bells.put(None)
        thread.join()


@pytest.fixture
def sqlite_file(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(sqlite_template, tmp_path / "dianban.db")
    database = Database(f"sqlite:///{tmp_path / 'dianban.db'}")
    yield database
    database.close()


@pytest.fixture
def streams() -> int:
    """How many live pages one process serves; a test may say otherwise."""
    return 20


@pytest.fixture
def world(
    chromium: Browser, sqlite_file: Database, tmp_path: Path, streams: int
) -> Iterator[World]:
    settings = SimulatedAccount(
        app_id=APP_ID, app_secret=SECRET, token=TOKEN, encoding_aes_key=AES_KEY,
        original_id=ACCOUNT, pause=0.01,
    )  # fmt: skip
    simulator = Simulator(settings, now)
    with Server(simulator) as server:
        house = build_house(sqlite_file, now, tmp_path, api_base_url=server.url)
        house.with_firm(streams=streams, menu=MENU)
        with background(house) as enqueue_delivery:
            house.context = replace(house.context, enqueue_delivery=enqueue_delivery)
            hire(house)
            app = create_app(
                house.context,
                [webhook.install, api.install, desk.install, sandbox.install(server.url)],
                secret_key="not a secret in a test",
            )
            with serving(app) as url:
                simulator.settings = replace(settings, webhook=f"{url}/wechat")
                made = World(url, house, simulator, chromium, [])
                yield made
                for context in made.contexts:
                    context.close()
                cast("Hub", app.extensions[NAME]).close()


def hire(house: House) -> None:
    for name, role in (("小林", "admin"), ("李雪", "consultant")):
        house.consultant(name, role=role)


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "phone"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    found: tuple[int, int] = request.param
    return found


@pytest.fixture
def water(world: World) -> World:
    """The water bank in force; what is published is worked on beside, as the job queue does."""
    put_in_force(world.house.database, now())
    context = world.house.context
    bank = published_bank.DatabaseBank(world.house.database)
    running = [context]

    def enqueue(number: int) -> None:
        threading.Thread(target=publications.run, args=(running[0], number, "here")).start()

    object.__setattr__(context, "published_bank", bank)
    object.__setattr__(context, "enqueue_publication", enqueue)
    return world
