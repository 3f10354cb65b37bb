"""What the desk says of a conversation is so: how parts fare, whose words, how sure."""

import re

from storage.models.conversations import Delivery
from tests.conftest import Clock
from tests.desk.fixtures import Browser, Office, text


def fares(office: Office, *states: str) -> None:
    """The parts of the last message are now so."""
    with office.house.database.write() as session:
        message = office.last().id
        rows = session.query(Delivery).filter_by(message_id=message).order_by(Delivery.part).all()
        for row, state in zip(rows, states, strict=True):
            row.state = state


def told(browser: Browser, talk: int) -> list[tuple[str, str]]:
    """State and text of each part of the consultant's last message."""
    page = text(browser, f"/desk/c/{talk}")
    line = page[page.rindex('class="said-by consultant"') :].partition("</li>")[0]
    texts = re.findall(r'<div class="text">\s*(.*?)</div>', line, re.DOTALL)
    return list(zip(re.findall(r'class="sent is-(\w+)"', line), texts, strict=True))


def test_parts_that_fare_differently_stand_apart(office: Office) -> None:
    owner = office.browser("小林")
    talk = office.claimed(owner)
    words = "甲" * 600 + "\n\n" + "乙" * 600 + "\n\n" + "丙" * 600
    owner.post(f"/desk/c/{talk}/messages", text=words, key="k" * 12)
    fares(office, "sent", "sent", "held")
    (sent, first), (held, rest) = told(owner, talk)
    assert (sent, held) == ("sent", "held")
    assert set(first.strip()) == {"甲", "乙", "\n"}
    assert set(rest) == {"丙"}
    fares(office, "sent", "uncertain", "held")
    assert [state for state, _ in told(owner, talk)] == ["sent", "uncertain", "held"]
    fares(office, "sent", "pending", "held")
    assert len(told(owner, talk)) == 1, "still under way"
    fares(office, "sent", "sent", "sent")
    assert [state for state, _ in told(owner, talk)] == ["sent"]


def test_a_step_that_was_asked_for_has_no_certainty(office: Office, clock: Clock) -> None:
    office.house.says("保证金怎么退")
    clock.forward(minutes=1)
    office.house.says("下一步")
    office.house.says("转人工")
    owner = office.browser("小林")
    page = text(owner, f"/desk/c/{office.conversation()}")
    sure = re.findall(r"把握 (\d+)%", page)
    assert len(sure) == 2, "at the answer and in the brief, not at the step"
    assert min(map(int, sure)) > 50


def test_no_guess_stands_for_the_merchants_words(office: Office) -> None:
    office.house.says("保证金怎么退")
    office.house.says("转人工")  # in the same moment: there are no words from before the case
    assert "想要" not in text(office.browser("小林"), f"/desk/c/{office.conversation()}")


def test_a_row_shows_words_that_tell_something(office: Office, clock: Clock) -> None:
    office.house.says("手机号停了保证金能退吗")
    clock.forward(minutes=1)
    office.house.says("转人工")
    assert '<span class="what">手机号停了保证金能退吗</span>' in text(
        office.browser("小林"), "/desk/"
    )
    office.house.says("转人工", openid="oOther")
    assert '<span class="what">转人工</span>' in text(office.browser("小林"), "/desk/")


def test_a_name_that_a_consultant_wrote_is_not_the_merchants(office: Office) -> None:
    owner = office.browser("小林")
    talk = office.claimed(owner)
    office.house.says("我店名叫海风小铺")
    assert "店铺名称（商家说的）" in text(owner, f"/desk/c/{talk}/profile")
    owner.post(f"/desk/c/{talk}/name", name="海风小铺（海口）")
    page = text(owner, f"/desk/c/{talk}/profile")
    assert "店铺名称</label>" in page


def test_without_a_script_a_conversation_opens_at_its_end(office: Office) -> None:
    owner = office.browser("小林")
    talk = office.waiting()
    for path in ("claim", "messages", "notes"):
        answer = owner.post(f"/desk/c/{talk}/{path}", text="您好", note="老客户")
        assert answer.headers["Location"].endswith(f"/desk/c/{talk}#end")


def test_who_was_away_finds_the_notes_that_name_them(office: Office, clock: Clock) -> None:
    lead, colleague = office.browser("小林"), office.browser("李雪")
    talk = office.claimed(lead)
    lead.post(f"/desk/c/{talk}/notes", note="@李雪 看一下报价")
    assert "小林：@李雪 看一下报价" in text(colleague, "/desk/")
    assert "提到我的" not in text(lead, "/desk/")
    colleague.post(f"/desk/c/{talk}/notes", note="看了，可以")
    assert "提到我的" not in text(colleague, "/desk/")
    lead.post(f"/desk/c/{talk}/notes", note="@李雪 再看一下")
    assert "再看一下" in text(colleague, "/desk/")
    clock.forward(days=4)
    assert "提到我的" not in text(colleague, "/desk/")
