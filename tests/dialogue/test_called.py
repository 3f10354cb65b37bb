"""How the merchant says to be called, wherever that is said: the desk's title, the case's form."""

import pytest

from storage.queries import conversations
from tests.desk.fixtures import Office, text
from tests.installed import House


def known_as(house: House, *said: str) -> tuple[str, object]:
    """The conversation's name and the form's field after these messages."""
    for words in said:
        house.says(words)
    with house.database.read() as session:
        conversation = conversations.by_openid(session, "oMerchant")
        assert conversation is not None
        case = conversations.open_case(session, conversation.id)
        return conversation.name, case.form.get("shop") if case else None


@pytest.mark.parametrize(
    "said",
    [
        ("我们店叫海风小铺", "转人工"),
        ("保证金怎么退，店铺名称是海风小铺", "转人工"),
        ("店名海风小铺", "保证金怎么退", "下一步", "转人工"),
        ("转人工", "店铺名称：海风小铺"),
        ("转人工", "我的店是海风小铺，手机号13812345678"),
        ("店名海风", "店名写错了，是海风小铺", "转人工"),
    ],
)
def test_a_name_told_anywhere_is_the_title_and_in_the_form(house: House, said: list[str]) -> None:
    assert known_as(house, *said) == ("海风小铺", "海风小铺")


@pytest.mark.parametrize(
    "said", ["店铺是个体户", "店名违规被退回怎么办", "店名改成海风小铺要多久", "你们店名叫什么"]
)
def test_what_only_speaks_of_a_shop_names_none(house: House, said: str) -> None:
    assert known_as(house, "转人工", said) == ("", None)


def test_an_inquiry_does_not_ask_again(house: House) -> None:
    house.says("我们店叫海风小铺")
    assert "店铺名称？" not in house.says("询价")


def test_told_to_a_consultant_it_is_kept_but_what_they_wrote_stays(office: Office) -> None:
    owner = office.browser("李雪")
    talk = office.claimed(owner)
    office.house.says("我店名叫海风小铺")
    assert "<h1>海风小铺</h1>" in text(owner, f"/desk/c/{talk}")
    owner.post(f"/desk/c/{talk}/name", name="海风小铺（海口）")
    office.house.says("店名叫海风铺子")
    page = text(owner, f"/desk/c/{talk}")
    assert "<h1>海风小铺（海口）</h1>" in page
    assert "<p>店铺名称：海风铺子</p>" in page
