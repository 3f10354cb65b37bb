"""axe finds nothing serious on any page, in light and dark, wide and narrow."""

import pytest

from tests.browser.accessibility import serious
from tests.browser.conftest import World

pytestmark = pytest.mark.browser
DESK = (
    "", "?list=team", "?list=bot", "?list=closed", "?q=保证金", "c/1", "c/1/facts", "settings",
    "people", "tags",
)  # fmt: skip
SMALLER = [pytest.param(size, marks=pytest.mark.slow) for size in ((1024, 768), (390, 844))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), *SMALLER])
def test_nothing_serious_anywhere(world: World, size: tuple[int, int], scheme: str) -> None:
    phone = world.phone(size=size, color_scheme=scheme, bypass_csp=True)
    phone.ask("手机号停了保证金能退吗")
    phone.ask("转人工")
    assert serious(phone.page) == []
    page = world.context(size, color_scheme=scheme, bypass_csp=True).new_page()
    page.goto(f"{world.url}/desk/login")
    assert serious(page) == []
    world.login(page, "小林")
    page.locator("#queue").wait_for()
    page.goto(f"{world.url}/desk/c/1")
    page.locator("[data-claim], .bottom-claim button").locator("visible=true").click()
    page.locator("#guidance summary").first.wait_for()
    page.locator("#note").evaluate("e => { e.value = '备注'; e.form.requestSubmit(); }")
    page.locator("#thread .note").wait_for()
    for path in DESK:
        page.goto(f"{world.url}/desk/{path}")
        assert (path, serious(page)) == (path, [])
    page.goto(f"{world.url}/desk/c/1")
    page.locator("#guidance summary").first.wait_for()
    assert serious(page) == []
    page.locator("#guidance").evaluate("e => e.replaceChildren()")  # as while it is on its way
    assert serious(page) == []
